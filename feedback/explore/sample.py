"""The labels of some people, kept in memory: what shares and rates of a long log are told by.

Reading every label of ten million takes seconds, and tells no more than those of some thousand people. Who is looked at
is decided by a hash of the person, so that all of somebody's labels are there or none; reviewed responses all are.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import Lock

import polars as pl

from feedback.explore.labels import final_labels
from feedback.quality.people import EVERYTHING
from feedback.schemas.people import choose_people
from feedback.store.snapshot import Snapshot

# Shares are then known to a tenth of a point or so, far better than reviews tell a rate.
MOST_LABELS = 300_000
_LOCK = Lock()


@dataclass(frozen=True)
class Sample:
    """Labels in force of one person in `one_in` and of all that was reviewed, with the votes on them."""

    labels: pl.DataFrame
    one_in: int


@dataclass(frozen=True)
class _OfRun:
    """A run, told from all others without the heads of people's tables: labels change with runs only."""

    path: str
    run: int
    finished_at: datetime | None
    snapshot: Snapshot = field(compare=False)


def sample_labels(snapshot: Snapshot) -> Sample:
    """Return the labels in force, of everybody or, where they are more than 300,000, of one person in 2, 3, 4 ...

    Remembered per run: reviews that came since then and are of nobody who was chosen are not among them.

    Examples
    --------
    >>> from feedback.store import Store
    >>> sample_labels(Store("no/such/folder").at()).one_in
    1
    """
    # One reads, all others wait for it rather than read the same.
    with _LOCK:
        return _read_labels(_name_run(snapshot))


def sample_votes(snapshot: Snapshot) -> pl.DataFrame:
    """Return the votes on the labels of the sample: table `votes`, one row per interaction."""
    with _LOCK:
        return _read_votes(_name_run(snapshot))


def _name_run(snapshot: Snapshot) -> _OfRun:
    finished_at = snapshot.run.finished_at if snapshot.run else None
    return _OfRun(str(snapshot.path), snapshot.version, finished_at, snapshot)


@lru_cache(maxsize=2)
def _read_labels(of: _OfRun) -> Sample:
    labels = final_labels(of.snapshot).drop("evidence_event_ids")
    one_in = -(-_count(of.snapshot) // MOST_LABELS) or 1
    if one_in == 1:
        return Sample(labels.collect(), 1)
    reviewed = of.snapshot.table("reviews").select("interaction_id").drop_nulls().unique().collect().to_series()
    is_reviewed = pl.col("interaction_id").is_in(reviewed.implode())
    return Sample(choose_people(labels, one_in, also=is_reviewed).collect(), one_in)


@lru_cache(maxsize=2)
def _read_votes(of: _OfRun) -> pl.DataFrame:
    known = _read_labels(of).labels.select("interaction_id").lazy()
    return of.snapshot.table("votes").join(known, on="interaction_id", how="semi").collect()


def _count(snapshot: Snapshot) -> int:
    """Return how many labels there are, by the days that were counted."""
    return (
        snapshot.table("quality").filter(pl.col("dimension") == EVERYTHING).select(pl.col("n").sum()).collect().item()
    )
