"""Where the store stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.incidents import fold_incidents
from feedback.incidents.states import OPEN
from feedback.label_model import labels_in_force
from feedback.pipeline.dimensions import known_columns
from feedback.pipeline.horizons import Horizons, read_horizons
from feedback.quality import compare_periods
from feedback.store import Store
from feedback.store.run import Run
from feedback.store.snapshot import Snapshot

_COUNTED = ("events", "quarantine", "interactions", "labels", "open_labels", "quality", "reviews")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AlarmStatus:
    """Alarms of the current label version: those of their own, those they explain, and the latest.

    While `is_learning`, what is usual is learned until `begins_at`; null before the first labels.
    """

    n_own: int
    n_echoes: int
    latest_at: datetime | None
    latest: str | None
    is_learning: bool
    begins_at: datetime | None


@dataclass(frozen=True)
class StoreStatus:
    """What is stored, how fresh it is and what could not be used.

    `rows` counts the rows of every table that has any; `quarantine` the rows per reason; `oldest_event` and
    `newest_event` are null without events. `horizons` says how far back texts and events are still there,
    `pseudonyms` in which columns of the log people go by other names.
    """

    last_run: Run | None
    oldest_event: datetime | None
    newest_event: datetime | None
    rows: Mapping[str, int]
    quarantine: Mapping[str, int]
    alarms: AlarmStatus
    n_open_incidents: int = 0
    horizons: Horizons = field(default_factory=Horizons)
    pseudonyms: tuple[str, ...] = ()


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
        n_open_incidents=_count_open(snapshot),
        horizons=read_horizons(snapshot),
        pseudonyms=tuple(snapshot.table("pseudonyms").select("column").sort("column").collect()["column"]),
        alarms=_summarise_alarms(snapshot),
    )


def _count_open(snapshot: Snapshot) -> int:
    return fold_incidents(snapshot.table("incident_events").collect()).filter(pl.col("state").is_in(OPEN)).height


def _summarise_alarms(snapshot: Snapshot) -> AlarmStatus:
    version = snapshot.run.label_version if snapshot.run else None
    alarms = snapshot.table("alarms").filter(pl.col("label_version") == pl.lit(version, pl.Int64))
    found = alarms.select("detected_at", "segment", "echo_of").sort("detected_at").collect()
    own = found.filter(pl.col("echo_of").is_null())
    latest_at, latest = own.select("detected_at", "segment").row(-1) if own.height else (None, None)
    states = snapshot.table("watch_states").select("begins_at", pl.col("state").is_null()).head(1).collect()
    begins_at, is_learning = states.row(0) if states.height else (None, False)
    is_learning = is_learning and begins_at is not None and not found.height
    return AlarmStatus(own.height, found.height - own.height, latest_at, latest, is_learning, begins_at)


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
