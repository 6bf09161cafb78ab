"""The figures of the label model's benchmark as tables for docs/label-quality.md."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from benchmarks.scores import interval_of_mean

OURS = "ours"
BASE = "base rate"
LOGISTIC = "logistic on votes"
METRICS = ("log_loss", "ece", "auc", "brier")
SIMULATED = {"worlds": "Mean over the six worlds", "held_out": "Held-out world"}
Row = dict[str, str]


def to_page(results: pl.DataFrame) -> str:
    """Return every section for which there are figures, and the targets first."""
    seeds = results["seed"].unique().sort().to_list()
    about = f"Seeds {seeds[0]} to {seeds[-1]}, {len(seeds)} of them."
    sections = [f"### Targets\n\n{about}\n\n{to_markdown(list(targets(results)))}"]
    whole = results.filter(group="all")
    for kind, title in SIMULATED.items():
        of_kind = whole.filter(kind=kind)
        if of_kind.height:
            sections += [f"### {title}", *_by_budget(of_kind)]
    worlds = whole.filter(kind="worlds", draw="uniform")
    for (k,), part in worlds.group_by("k", maintain_order=True):
        if k in {50, 200}:
            sections.append(f"### World by world, {k} reviews drawn uniformly: log-loss / ECE\n\n{_by_task(part)}")
    real = whole.filter(pl.col("kind").is_in(["crowd", "logs"]))
    if real.height:
        sections.append(
            f"### Real sets, up to 200 reviews drawn uniformly: log-loss / ECE / AUC\n\n{_by_task(real, auc=True)}"
        )
        sections.append(
            f"### Real sets: paired differences in log-loss\n\n{to_markdown(list(_real_differences(real)))}"
        )
    groups = results.filter((pl.col("kind") == "logs") & (pl.col("group") != "all"))
    if groups.height:
        sections.append(f"### Real logs by language pair or model\n\n{to_markdown(list(_by_group(groups)))}")
    return "\n\n".join(sections)


def targets(results: pl.DataFrame) -> Iterator[Row]:
    """Yield each target, what was measured and whether it is met."""
    whole = results.filter(group="all")
    worlds = whole.filter(kind="worlds", draw="uniform", method=OURS)
    for k, metric, limit in ((200, "log_loss", 0.335), (200, "ece", 0.035), (50, "log_loss", 0.350)):
        if (cell := worlds.filter(k=k)).height:
            value = interval_of_mean(_per_seed(cell, metric))
            yield _target(f"{metric} at {k} reviews, mean of worlds, <= {limit}", value, met=value[0] <= limit)
    simulated = whole.filter(pl.col("kind").is_in(["worlds", "held_out"]))
    for kind, label in (("worlds", "worlds, each and every cell"), ("held_out", "held-out world, every cell")):
        if (cell := simulated.filter(kind=kind)).height:
            yield _never_worse(cell, BASE, 0.0, f"never worse than the base rate: {label}")
    real = whole.filter(pl.col("kind").is_in(["crowd", "logs"]))
    if real.height:
        yield _never_worse(real, BASE, 0.0, "never worse than the base rate: real sets")
        yield _never_worse(real, LOGISTIC, 0.01, "at most 0.01 worse than logistic regression: real sets")


def _never_worse(results: pl.DataFrame, rival: str, slack: float, title: str) -> Row:
    """Return the largest mean difference in log-loss over tasks, draws and numbers of reviews."""
    cells = results.filter(pl.col("k") > 0).group_by("task", "draw", "k", maintain_order=True)
    gaps = {cell: interval_of_mean(_difference(rows, rival)) for cell, rows in cells}
    (task, draw, k), worst = max(gaps.items(), key=lambda one: one[1][0])
    row = _target(f"{title} (worst: {task}, {k} {draw})", worst, met=worst[0] <= slack, sign="+")
    # Above the line in the mean, but not beyond what the seeds could have done by chance.
    return row | ({"met": "no, within its interval"} if worst[0] > slack >= worst[1] else {})


def _target(title: str, value: tuple[float, float, float], *, met: bool, sign: str = "") -> Row:
    return {"target": title, "measured": _interval(value, sign), "met": "yes" if met else "no"}


def _by_budget(results: pl.DataFrame) -> Iterator[str]:
    for (draw, k), part in results.group_by("draw", "k", maintain_order=True):
        title = (
            "No reviews"
            if k == 0
            else f"{k} reviews, {'drawn uniformly' if draw == 'uniform' else 'drawn by p(1 - p)'}"
        )
        yield f"**{title}**\n\n{to_markdown(list(_methods(part)))}"


def _methods(part: pl.DataFrame) -> Iterator[Row]:
    """Yield a row per method: its scores, and by how much ours differs from it in log-loss."""
    for method in _names(part):
        own = part.filter(method=method)
        row = {"method": method} | {metric: _interval(interval_of_mean(_per_seed(own, metric))) for metric in METRICS}
        if method == OURS and (own["k"] == 0).all():
            row |= dict.fromkeys(("log_loss", "ece", "brier"), "ranks only")
        gap = (
            ""
            if method == OURS or (part["k"] == 0).all()
            else _interval(interval_of_mean(_difference(part, method)), "+")
        )
        yield row | {"ours minus it (log_loss)": gap}


def _per_seed(rows: pl.DataFrame, metric: str) -> list[float]:
    """Return, per seed, the mean over tasks."""
    return rows.group_by("seed").agg(pl.col(metric).mean()).sort("seed")[metric].to_list()


def _difference(rows: pl.DataFrame, rival: str) -> list[float]:
    """Return, per seed, the mean over tasks of our log-loss less the rival's."""
    pairs = zip(
        _per_seed(rows.filter(method=OURS), "log_loss"), _per_seed(rows.filter(method=rival), "log_loss"), strict=True
    )
    return [one - other for one, other in pairs]


def _by_task(rows: pl.DataFrame, *, auc: bool = False) -> str:
    metrics = METRICS[: 3 if auc else 2]
    table = [
        {"method": method}
        | {
            task: " / ".join(f"{part[metric].mean():.3f}" for metric in metrics)
            for (task,), part in rows.filter(method=method).group_by("task", maintain_order=True)
        }
        for method in _names(rows)
    ]
    return to_markdown(table)


def _real_differences(rows: pl.DataFrame) -> Iterator[Row]:
    for (task,), part in rows.group_by("task", maintain_order=True):
        rivals = [name for name in _names(part) if name != OURS]
        best = min(rivals, key=lambda name: part.filter(method=name)["log_loss"].to_numpy().mean())
        yield {
            "set": task,
            "unseen rows": f"{part['n'].mean():,.0f}",
            "ours minus base rate": _interval(interval_of_mean(_difference(part, BASE)), "+"),
            "ours minus logistic on votes": _interval(interval_of_mean(_difference(part, LOGISTIC)), "+"),
            "best rival": best,
            "ours minus best rival": _interval(interval_of_mean(_difference(part, best)), "+"),
        }


def _by_group(rows: pl.DataFrame) -> Iterator[Row]:
    for (task, group), part in rows.group_by("task", "group", maintain_order=True):
        own = part.filter(method=OURS)
        yield (
            {"set": task, "group": group, "unseen rows": f"{own['n'].mean():,.0f}"}
            | {metric: _interval(interval_of_mean(own[metric].to_numpy())) for metric in ("log_loss", "ece", "auc")}
            | {"base rate's log_loss": f"{part.filter(method=BASE)['log_loss'].mean():.3f}"}
        )


def _names(rows: pl.DataFrame) -> list[str]:
    return rows["method"].unique(maintain_order=True).to_list()


def _interval(value: tuple[float, float, float], sign: str = "") -> str:
    mean, low, high = value
    return f"{mean:{sign}.3f}" if np.isnan(low) else f"{mean:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def to_markdown(rows: Iterable[Row]) -> str:
    rows = list(rows)
    lines = [" | ".join(rows[0]), " | ".join("---" for _ in rows[0])]
    lines += [" | ".join(row.values()) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
