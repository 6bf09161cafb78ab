"""The tables of `segments.py` as Markdown."""

import polars as pl

from benchmarks.segment_worlds import NULL, PLANTED, Scene
from feedback.stats import wilson_interval
from feedback.stats.tails import t_quantile

PEERS = ("DivExplorer", "SliceLine", "tree")
_PEER_HEAD = [
    "scene", "worlds", "method", "setting", "recall", "precision", "anything reported", "CPU s", "times ours",
    "memory MiB",
]  # fmt: skip
_COUNTS = ("n_found", "n_planted", "n_right", "n_reported", "n_within_reach")


def page(found: pl.DataFrame) -> str:
    """Return all tables."""
    ours, peers = found.filter(method="ours"), found.filter(pl.col("method") != "ours")
    planted = [scene for scene in PLANTED if scene.name in ours["scene"]]
    nulls = [scene for scene in NULL if scene.name in ours["scene"]]
    parts = [
        _seeds(ours),
        "**What was planted, and what came out** (Wilson's 95 % intervals, as if slices of one world were "
        "independent). *Within reach*: of the planted slices, those that somebody who knew them and compared just "
        "their means would have told from chance among 20,000 candidates.",
        _table(
            ["scene", "labels", "worlds", "recall", "precision", "within reach", "CPU s", "most CPU s", "memory MiB"],
            [_planted_row(scene, ours.filter(scene=scene.name)) for scene in planted],
        ),
        "**Where nothing happened**: share of the worlds in which anything was reported.",
        _table(
            ["scene", "labels", "worlds", "anything reported", "CPU s"],
            [_null_row(scene, ours.filter(scene=scene.name)) for scene in nulls]
            + [_null_total(ours.filter(pl.col("scene").is_in([scene.name for scene in nulls])))],
        ),
        "**How large the drop is**: of the planted slices that were reported exactly and overlap with no other.",
        _table(
            ["scene", "slices", "intervals that cover", "mean error, shrunk", "mean error, as measured"],
            [_drop_row(scene, ours.filter(scene=scene.name)) for scene in planted],
        ),
    ]
    if peers.height:
        parts += _peer_parts(ours, peers)
    return "\n\n".join(parts)


def _seeds(ours: pl.DataFrame) -> str:
    first, last = ours.select(pl.col("seed").min(), pl.col("seed").max().alias("last")).row(0)
    return f"Seeds {first} to {last}; as many worlds of each scene as stated, from {first} on."


def _planted_row(scene: Scene, rows: pl.DataFrame) -> list[str]:
    found, n, right, reported, reach = rows.select(pl.col(_COUNTS).sum()).row(0)
    return [
        scene.name, f"{scene.n:,}", str(rows.height), _share(found, n), _share(right, reported), f"{reach / n:.2f}",
        f"{_mean(rows, 'cpu_s'):.2f}", f"{_most(rows, 'cpu_s'):.2f}", f"{_most(rows, 'peak_mib'):,.0f}",
    ]  # fmt: skip


def _null_row(scene: Scene, rows: pl.DataFrame) -> list[str]:
    return [scene.name, f"{scene.n:,}", str(rows.height), _any(rows), f"{_mean(rows, 'cpu_s'):.2f}"]


def _null_total(rows: pl.DataFrame) -> list[str]:
    return ["**together**", "", str(rows.height), f"**{_any(rows)}**", f"{_mean(rows, 'cpu_s'):.2f}"]


def _drop_row(scene: Scene, rows: pl.DataFrame) -> list[str]:
    n, covered, shrunk, plain = rows.select(pl.col("n_judged", "n_covered", "off_shrunk", "off_plain").sum()).row(0)
    if scene.is_soft or not n:
        return [scene.name, str(n) if not scene.is_soft else "on another scale", "-", "-", "-"]
    return [scene.name, str(n), _share(covered, n), f"{100 * shrunk / n:.2f} points", f"{100 * plain / n:.2f} points"]


def _peer_parts(ours: pl.DataFrame, peers: pl.DataFrame) -> list[str]:
    """Return the comparison on the worlds that both we and the peers were run on, per scene."""
    rows = []
    for scene in (one for one in (*PLANTED, *NULL) if one.name in peers["scene"]):
        of_scene = peers.filter(scene=scene.name)
        same = ours.filter(scene=scene.name).join(of_scene.select("seed").unique(), on="seed")
        if same.height:
            rows.append(_method_row(scene, "ours", same, same))
            rows += [_method_row(scene, name, _best(of_scene.filter(method=name)), same) for name in PEERS]
    return [
        "**Beside the peers**, in the same worlds. Each is told how many slices there are, except where there are "
        "none, and has the best of its settings per scene with hindsight; its CPU is that of all settings over the "
        "same mined patterns for DivExplorer, of one setting for SliceLine and the tree, without the model of the "
        "window before, which ours includes. *Times ours*: CPU over ours in the same worlds, mean of the ratios.",
        _table(
            _PEER_HEAD,
            rows,
        ),
        "**Ours less the peer**, per world and on average, with 95 % intervals over the worlds; a world in which "
        "nothing is reported has a precision of 0.",
        _table(["scene", "worlds", "peer", "recall", "precision"], _difference_rows(ours, peers)),
    ]


def _difference_rows(ours: pl.DataFrame, peers: pl.DataFrame) -> list[list[str]]:
    """Return how much more we find than each peer in the same worlds, and how much more of it is right."""
    rows = []
    for scene in (one for one in PLANTED if one.name in peers["scene"]):
        for name in PEERS:
            best = _best(peers.filter(scene=scene.name, method=name))
            both = _shares(ours.filter(scene=scene.name)).join(_shares(best), on="seed", suffix="_peer")
            if both.height > 1:
                gaps = [_paired(both[one] - both[f"{one}_peer"]) for one in ("recall", "precision")]
                rows.append([scene.name, str(both.height), name, *gaps])
    return rows


def _shares(rows: pl.DataFrame) -> pl.DataFrame:
    """Return recall and precision of each world; where nothing was reported, nothing reported was right."""
    precision = pl.col("n_right") / pl.col("n_reported").clip(lower_bound=1)
    return rows.select("seed", recall=pl.col("n_found") / pl.col("n_planted"), precision=precision)


def _paired(gaps: pl.Series) -> str:
    middle, spread = float(gaps.to_numpy().mean()), float(gaps.to_numpy().std(ddof=1))
    half = float(t_quantile(len(gaps) - 1)) * spread / len(gaps) ** 0.5
    return f"{middle:+.3f} ({middle - half:+.2f} to {middle + half:+.2f})"


def _best(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the setting with the greatest F1; with the fewest reports where nothing was planted."""
    totals = rows.group_by("setting", maintain_order=True).agg(pl.col(_COUNTS).sum())
    right = pl.col("n_found") + pl.col("n_right")
    f1 = right / (pl.col("n_planted") + pl.col("n_reported")).clip(lower_bound=1)
    order = {"descending": [True, False], "maintain_order": True}
    best = totals.sort(f1, "n_reported", **order)["setting"][0]  # pyright: ignore[reportArgumentType]
    return rows.filter(setting=best)


def _method_row(scene: Scene, name: str, rows: pl.DataFrame, ours: pl.DataFrame) -> list[str]:
    found, n, right, reported, _ = rows.select(pl.col(_COUNTS).sum()).row(0)
    ratio = rows.join(ours.select("seed", ours_s="cpu_s"), on="seed").select(
        (pl.col("cpu_s") / pl.col("ours_s")).mean()
    )
    memory = "-" if rows["peak_mib"].null_count() else f"{_most(rows, 'peak_mib'):,.0f}"
    return [
        scene.name, str(rows["seed"].n_unique()), name, rows["setting"][0], _share(found, n), _share(right, reported),
        _any(rows),
        f"{_mean(rows, 'cpu_s'):.2f}", "1" if name == "ours" else f"{ratio.item():.1f}", memory,
    ]  # fmt: skip


def _any(rows: pl.DataFrame) -> str:
    return _share(rows.filter(pl.col("n_reported") > 0).height, rows.height)


def _share(part: float, whole: float) -> str:
    if not whole:
        return "-"
    low, high = wilson_interval(part / whole, whole)
    return f"{part / whole:.3f} ({float(low):.2f} to {float(high):.2f})"


def _mean(rows: pl.DataFrame, column: str) -> float:
    values = rows[column].drop_nulls().to_list()
    return sum(values) / max(len(values), 1)


def _most(rows: pl.DataFrame, column: str) -> float:
    return max(rows[column].drop_nulls().to_list(), default=0.0)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
