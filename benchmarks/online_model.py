"""How well the online model predicts labels, and what it costs, beside learning one label at a time and plain means.

    uv run python -m benchmarks.online_model [--seed 0] [--seeds 20] [--labels 30000] [--write]

Every peer predicts a label from those before it. The means and river's models learn from every label at once, ours
when the hour is over. Figures are progressive log-losses in nats; differences are paired over seeds. With `--write`
the tables go into docs/drift.md.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from river.preprocessing import StandardScaler
from river.tree import HoeffdingAdaptiveTreeRegressor
from scipy import stats

from benchmarks.drift_tables import write_between_marks
from benchmarks.drift_worlds import STARTS_AT, mix_shift, quiet_segments
from benchmarks.segment_worlds import DIMENSIONS, EASY, Scene, build
from feedback.drift.online import OnlineModel
from feedback.drift.online_model import GREATEST, LEAST, make_regression
from feedback.drift.online_reading import prepare_labels, read_in_batches
from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels
from feedback.labelling import cast_votes, registered_functions
from feedback.simulate import simulate_traffic

PAGE, MARKS = Path("docs/drift.md"), ("<!-- online model -->", "<!-- /online model -->")
MONTH_US = 28 * 86_400 * 1e6
SHRINKAGE = 10
MEASURES = ("latency_ms", "cost_usd", "confidence")
Log = tuple[pl.DataFrame, Sequence[str], Sequence[str]]
Array = np.ndarray


def simulated(seed: int, n: int) -> Log:
    """Return the labels of the simulator, in which four incidents are planted."""
    events = simulate_traffic(sessions=round(n / 1.3), seed=seed).events
    interactions = derive_interactions(events, watermark=datetime(2027, 1, 1, tzinfo=UTC))
    weights = {function.name: function.weight for function in registered_functions()}
    labels = derive_labels(interactions, cast_votes(interactions), weights, label_version=1)
    names = ("feature", "intent", "language", "tenant", "plan", "model", "index_version", "prompt_version")
    return labels, names, MEASURES


def planted(scene: Scene, seed: int, n: int) -> Log:
    """Return a world of eight dimensions in which, half-way, three slices get worse."""
    world = build(Scene(**{**vars(scene), "n": n}), seed)
    labels = pl.concat([world.before, world.after])
    at = np.datetime64(STARTS_AT.replace(tzinfo=None), "us") + np.linspace(0, MONTH_US, n).astype("timedelta64[us]")
    number = pl.int_range(n, eager=True).cast(pl.String).str.zfill(9)
    return (
        labels.with_columns(interaction_id="i" + number, final_at=pl.Series(at).dt.replace_time_zone("UTC")),
        tuple(DIMENSIONS),
        (),
    )


WORLDS: dict[str, Callable[[int, int], Log]] = {
    "simulator": simulated,
    "eight dimensions": lambda seed, n: planted(EASY, seed, n),
    "eight dimensions, soft": lambda seed, n: planted(Scene("soft", n_planted=3, is_soft=True), seed, n),
    "100 segments": lambda seed, n: (
        quiet_segments(np.random.default_rng([seed, 1]), n_segments=100, labels_a_week=n / 500),
        ("segment",),
        (),
    ),
    "mix shift": lambda seed, n: (
        mix_shift(np.random.default_rng([seed, 2]), labels_a_week=n // 5),
        ("tenant",),
        (),
    ),
}


def losses(log: Log) -> dict[str, float]:
    """Return the mean log-loss of each peer on the known labels of a log."""
    labels, dimensions, measures = log
    prepared = prepare_labels(labels, (*dimensions, *measures))
    known = pl.concat(read_in_batches(prepared, since=None)).drop_nulls("label")
    value = known["label"].to_numpy()
    by_dimension = [log_loss(value, running_mean(known, [name])) for name in dimensions]
    return {
        "ours": log_loss(value, ours(known.lazy(), dimensions, measures)),
        "ours, at most 10 an hour": log_loss(value, ours(known.lazy(), dimensions, measures, most=10)),
        "one at a time": log_loss(value, one_at_a_time(known, dimensions, measures)),
        "tree": log_loss(value, tree(known, dimensions, measures)),
        "base rate": log_loss(value, running_mean(known, [])),
        "mean of the segment": min(by_dimension),
        "mean of the cell": log_loss(value, running_mean(known, dimensions)),
    }


def log_loss(value: Array, expected: Array) -> float:
    inside = np.clip(expected, LEAST, GREATEST)
    return float(-(value * np.log(inside) + (1 - value) * np.log1p(-inside)).mean())


def ours(known: pl.LazyFrame, dimensions: Sequence[str], measures: Sequence[str], **settings: int) -> Array:
    model = OnlineModel(dimensions, measures, **{f"{name}_learned": most for name, most in settings.items()})
    return pl.concat(model.take(batch) for batch in read_in_batches(known, since=None))["expected"].to_numpy()


def one_at_a_time(known: pl.DataFrame, dimensions: Sequence[str], measures: Sequence[str]) -> Array:
    """Return what the same regression expects when it learns from each label at once."""
    model = make_regression()
    scaler = StandardScaler()
    expected = np.empty(known.height)
    for at, (row, value) in enumerate(rows_of(known, dimensions, measures)):
        numbers = {name: np.log1p(number) for name in measures if (number := row[name]) is not None}
        scaler.learn_one(numbers)
        named = {(name, row[name]): 1.0 for name in (*dimensions, *measures) if name not in numbers}
        given = named | scaler.transform_one(numbers)
        expected[at] = model.predict_proba_one(given)[True]
        model.learn_one(given, value)
    return expected


def tree(known: pl.DataFrame, dimensions: Sequence[str], measures: Sequence[str]) -> Array:
    """Return what river's Hoeffding adaptive tree expects."""
    model = HoeffdingAdaptiveTreeRegressor(leaf_prediction="mean", seed=0)
    expected = np.full(known.height, 0.5)
    for at, (row, value) in enumerate(rows_of(known, dimensions, measures)):
        given = {name: row[name] or "?" for name in dimensions} | {name: row[name] or 0.0 for name in measures}
        if at:
            expected[at] = model.predict_one(given)
        model.learn_one(given, value)
    return expected


def rows_of(known: pl.DataFrame, dimensions: Sequence[str], measures: Sequence[str]) -> Iterator[tuple[dict, float]]:
    return zip(known.select(*dimensions, *measures).iter_rows(named=True), known["label"].to_list(), strict=True)


def running_mean(known: pl.DataFrame, names: Sequence[str]) -> Array:
    """Return the mean of the labels before, of those with the same values shrunk to it as by ten labels."""
    value = pl.col("label")
    base = (value.cum_sum() - value + 0.5) / (pl.int_range(pl.len()) + 1)
    if not names:
        return known.select(base).to_series().to_numpy()
    total, n = (value.cum_sum() - value).over(names), pl.int_range(pl.len()).over(names)
    return known.select((total + SHRINKAGE * base) / (n + SHRINKAGE)).to_series().to_numpy()


def speeds(seed: int) -> dict[str, float]:
    """Return labels per CPU second: ours on long logs, and river's models one label at a time."""
    million, dimensions, _ = planted(EASY, seed, 1_000_000)
    short = prepare_labels(million.head(30_000), dimensions).collect()
    copies = [million.with_columns(pl.col("interaction_id") + f"-{copy}") for copy in range(4)]
    logs = {"ours, 1 M labels in four weeks": million, "ours, 4 M labels in four weeks": pl.concat(copies)}
    return {
        **{name: rate(ours, prepare_labels(log, dimensions), log.height, dimensions) for name, log in logs.items()},
        "the same regression, one label at a time": rate(one_at_a_time, short, short.height, dimensions),
        "Hoeffding adaptive tree, one label at a time": rate(tree, short, short.height, dimensions),
    }


def rate(expect: Callable, log: pl.DataFrame | pl.LazyFrame, n: int, dimensions: Sequence[str]) -> float:
    started = time.process_time()
    expect(log, dimensions, ())
    return n / (time.process_time() - started)


def page(found: dict[str, list[dict[str, float]]], rates: dict[str, float], options: argparse.Namespace) -> str:
    """Return the tables."""
    peers = [name for name in next(iter(found.values()))[0] if name != "ours"]
    lines = []
    for world, runs in found.items():
        ours_ = np.array([run["ours"] for run in runs])
        differences = [difference(ours_ - np.array([run[peer] for run in runs])) for peer in peers]
        lines.append([world, f"{ours_.mean():.4f}", *differences])
    speed_lines = [[name, f"{rate / 1e3:,.0f} k"] for name, rate in rates.items()]
    return "\n\n".join([
        f"{len(runs)} logs per world, about {options.labels:,} labels each, seed {options.seed}. Progressive log-loss "
        "in nats, and ours less that of each peer (95 % interval, paired); below zero ours is better. The segment is "
        "that of the best single dimension, chosen with hindsight; the cell crosses all dimensions.",
        table(["world", "ours", *(f"less {peer}" for peer in peers)], lines),
        "**Cost** on one thread, eight dimensions:",
        table(["model", "labels per CPU second"], speed_lines),
    ])  # fmt: skip


def difference(values: Array) -> str:
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return f"{values.mean():+.4f} ± {half:.4f}"


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--labels", type=int, default=30_000)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/drift.md")
    options = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {}
    for name, make in WORLDS.items():
        found[name] = [losses(make(1_000 * options.seed + seed, options.labels)) for seed in range(options.seeds)]
        print(name, {peer: round(value, 4) for peer, value in found[name][0].items()}, flush=True)
    text = page(found, speeds(options.seed), options)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
