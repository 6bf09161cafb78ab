"""Counts of the same thing in several tables: they agree."""

from collections.abc import Iterator

import polars as pl

from feedback.label_model import latest_labels
from feedback.pipeline.horizons import read_horizons
from feedback.pipeline.store_check.rule import Broken, Rule, tell
from feedback.quality.people import EVERYTHING
from feedback.store.run import Run, run_from_row
from feedback.store.snapshot import Snapshot
from feedback.store.versions import Version, read_version, scan_version

_RUN_AGAIN = "feedback run writes what changed anew; if it stays, restore a backup"
_LABELS = ("run", "fit", "restate")


def _quality(snapshot: Snapshot) -> Iterator[Broken]:
    """Compare `n` of everything with the labels that hold; automated sessions are in no rate."""
    labels = latest_labels(snapshot.table("labels").select("interaction_id", "label_version", "is_automated"))
    n_labels = labels.filter(~pl.col("is_automated")).select(pl.len()).collect().item()
    days = snapshot.table("quality").filter(pl.col("dimension") == EVERYTHING)
    n_counted = days.select(pl.col("n").sum()).collect().item()
    if _last_of(snapshot, *_LABELS):
        yield Broken("quality", abs(n_counted - n_labels), f"more or fewer than the {n_labels:,} labels there are", ())


def _dimensions(snapshot: Snapshot) -> Iterator[Broken]:
    """Compare the sum over the values of each dimension with everything, day by day."""
    sums = snapshot.table("quality").group_by("day", "dimension").agg(pl.col("n").sum())
    whole = sums.filter(pl.col("dimension") == EVERYTHING).select("day", whole="n")
    differ = sums.join(whole, on="day", how="left").filter(pl.col("n").ne_missing(pl.col("whole")))
    yield tell("quality", differ.select("day", "dimension"), found="days and dimensions do not")


def _hours(snapshot: Snapshot) -> Iterator[Broken]:
    """Compare the events of each hour with what data health says, at the run that counted them.

    Hours of which events have aged out stay as they were counted.
    """
    run = _last_of(snapshot, "run")
    if run is None or run.pins.get("events") != snapshot.versions.get("events"):
        return
    hour = pl.col("occurred_at").dt.truncate("1h").alias("hour")
    events = snapshot.table("events").group_by(hour).agg(n=pl.len().cast(pl.Int64))
    both = events.join(snapshot.table("data_health").select("hour", "n_events"), on="hour", how="full", coalesce=True)
    aged = read_horizons(snapshot).events
    still = both if aged is None else both.filter(pl.col("hour") >= aged)
    differ = still.filter(pl.col("n").ne_missing(pl.col("n_events")))
    yield tell("data_health", differ.select("hour"), found="hours differ")


def _of_runs(snapshot: Snapshot) -> Iterator[Broken]:
    """Compare what the last run said it made with what it left."""
    run = _last_of(snapshot, "run")
    version = run and _at(snapshot, run, "interactions")
    if run is None or version is None:
        return
    is_final = pl.col("is_final")
    n_rows, n_final = scan_version(version).select(pl.len(), is_final.sum()).collect().row(0)
    left = {"n_interactions": n_rows, "n_final": n_final, "n_open": n_rows - n_final}
    wrong = [f"{name} of run {run.run}" for name, n in left.items() if run.counts.get(name, n) != n]
    yield Broken("runs", len(wrong), "counts differ from the tables", tuple(wrong))


def _last_of(snapshot: Snapshot, *commands: str) -> Run | None:
    rows = snapshot.table("runs").filter(pl.col("command").is_in(commands)).sort("run").tail(1).collect()
    return run_from_row(rows.row(0, named=True)) if rows.height else None


def _at(snapshot: Snapshot, run: Run, name: str) -> Version | None:
    """Return a table as a run left it; null where it has been written since, as it may have expired then."""
    if name not in run.pins or run.pins[name] != snapshot.versions.get(name):
        return None
    return read_version(snapshot.path / name, name, run.pins[name])


COUNTS = (
    Rule("daily counts", "the days of table quality count every final label once", ("labels", "quality", "runs"),
         _quality, _RUN_AGAIN),
    Rule("values add up", "the values of a dimension add up to everything", ("quality",), _dimensions, _RUN_AGAIN),
    Rule("hourly counts", "data health counts every event once", ("events", "data_health", "runs", "horizons"), _hours,
         _RUN_AGAIN),
    Rule("counts of runs", "a run left as many rows as it says", ("interactions", "runs"), _of_runs),
)  # fmt: skip
