"""Whether the runs tell one story: numbered without a gap, never going back, naming tables there are."""

from collections.abc import Iterator

import polars as pl

from feedback.schemas import TABLES
from feedback.store.finding import Finding, some_ids
from feedback.store.snapshot import Snapshot

_ONWARD = {"watermark": "the watermark never goes back", "label_version": "the label version never goes back"}


def check_runs(snapshot: Snapshot) -> Iterator[Finding]:
    """Return what is wrong with table `runs`."""
    runs = snapshot.table("runs").sort("run").collect()
    numbers = runs["run"].to_list()
    gaps = sorted(set(range(1, (max(numbers, default=0)) + 1)) - set(numbers))
    if gaps:
        yield Finding("runs", "runs", "runs are numbered 1, 2, 3 ...", f"{len(gaps)} are gone", some_ids(gaps))
    for column, expected in _ONWARD.items():
        steps = runs.select("run", value=pl.col(column).forward_fill())
        back = steps.filter(pl.col("value") < pl.col("value").shift())
        if back.height:
            yield Finding("runs", "runs", expected, f"it does in {back.height} runs", some_ids(back["run"]))
    yield from _check_pins(runs)


def _check_pins(runs: pl.DataFrame) -> Iterator[Finding]:
    pins = runs.select("run", "pins").explode("pins").unnest("pins").drop_nulls("table")
    unknown = pins.filter(~pl.col("table").is_in(list(TABLES)))["table"].unique().sort()
    if unknown.len():
        yield Finding("runs", "pins", "only tables there are", f"{unknown.len()} others", some_ids(unknown),
                      "the store is of another version of feedback; upgrade feedback", is_wrong=False)  # fmt: skip
    back = pins.sort("run").filter(pl.col("version") < pl.col("version").shift().over("table"))
    if back.height:
        yield Finding("runs", "pins", "a table is never pinned at an older version than before",
                      f"{back.height} are", some_ids(back["run"].unique().sort()))  # fmt: skip
