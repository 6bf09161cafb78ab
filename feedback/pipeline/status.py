"""Where the store stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.label_model import labels_in_force
from feedback.pipeline.dimensions import known_columns
from feedback.quality import compare_periods
from feedback.store import Store
from feedback.store.run import Run
from feedback.store.snapshot import Snapshot

_COUNTED = ("events", "quarantine", "interactions", "labels", "open_labels", "quality", "reviews")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class StoreStatus:
    """What is stored, how fresh it is and what could not be used.

    `rows` counts the rows of every table that has any; `quarantine` the rows per reason; `oldest_event` and
    `newest_event` are null without events.
    """

    last_run: Run | None
    oldest_event: datetime | None
    newest_event: datetime | None
    rows: Mapping[str, int]
    quarantine: Mapping[str, int]


def summarise_store(store: Store) -> StoreStatus:
    """Return where the store stands, as of its latest run."""
    snapshot = store.at()
    events = snapshot.table("events").select(
        oldest=pl.col("occurred_at").min(), newest=pl.col("occurred_at").max()
    )  # fmt: skip
    oldest, newest = events.collect().row(0)
    reasons = snapshot.table("quarantine").group_by("reason").len().sort("len", "reason", descending=[True, False])
    return StoreStatus(
        last_run=snapshot.run,
        oldest_event=oldest,
        newest_event=newest,
        rows={name: n for name in _COUNTED if (n := _count_rows(snapshot, name))},
        quarantine=dict(reasons.collect().iter_rows()),
    )


def _count_rows(snapshot: Snapshot, name: str) -> int:
    """Return how many rows a table has; of the labels, those that hold."""
    table = snapshot.table(name)
    if name == "labels":
        # A restatement writes some interactions anew: rows of several versions are in force together.
        table = snapshot.table("interactions").filter("is_final")
    return table.select(pl.len()).collect().item()


def current_labels(store: Store) -> pl.LazyFrame:
    """Return the labels that hold now, one row per interaction: final ones and open ones, told apart by `is_final`.

    Of the final ones, each interaction's row with the greatest label version.
    """
    snapshot = store.at()
    in_force = labels_in_force(snapshot.table("labels"), snapshot.table("open_labels"))
    return in_force.sort("final_at", "interaction_id")


def summarise_changes(store: Store, *, days: int = 7, level: float = 0.95) -> pl.DataFrame:
    """Return the values of dimensions whose mean behaviour score changed in the last days, the greatest drop first.

    One row per value whose interval excludes no change; columns as in `compare_periods`. The intervals
    cover jointly: each is drawn at 1 - (1 - level) / number of values. Without final labels, no row.
    """
    labels = current_labels(store).filter("is_final").collect()
    newest: datetime | None = labels.select(pl.col("shown_at").max()).item()
    known = known_columns(store.at(), labels, role="dimension")
    since = (newest or _LONG_AGO) - timedelta(days=days)
    compared = 1 + sum(labels[name].n_unique() for name in known)
    changes = compare_periods(labels, dimensions=known, since=since, level=1 - (1 - level) / compared)
    return changes.filter((pl.col("low") > 0) | (pl.col("high") < 0))
