"""What was counted per day, for any span of days: read from the tables that each run writes, never from labels."""

from typing import Literal

import polars as pl

from feedback.errors import UnknownNameError, name_some
from feedback.explore.labels import final_labels
from feedback.explore.periods import Period
from feedback.quality.daily import derive_days
from feedback.quality.people import EVERYTHING
from feedback.store.snapshot import Snapshot

Counted = Literal["tallies", "outcomes"]


def read_counted(snapshot: Snapshot, table: Counted, period: Period, *, dimension: str = EVERYTHING) -> pl.DataFrame:
    """Return the rows of table `tallies` or `outcomes` of the days of a period, for one dimension.

    A store that no run has written since these tables exist is counted here and now.

    Raises
    ------
    UnknownNameError
        When the labels have no such dimension.
    """
    check_dimension(snapshot, dimension)
    wanted = pl.col("day").is_between(period.first, period.last), pl.col("dimension") == dimension
    if table in snapshot.versions or "labels" not in snapshot.versions:
        return snapshot.table(table).filter(*wanted).collect()
    dimensions = [] if dimension == EVERYTHING else [dimension]
    labels = final_labels(snapshot).filter(period.holds("shown_at")).collect()
    counted = derive_days(labels, dimensions=dimensions, time_zone=period.time_zone)
    return getattr(counted, table).filter(*wanted)


def check_dimension(snapshot: Snapshot, dimension: str) -> None:
    """Return nothing when labels are broken down by that dimension.

    Raises
    ------
    UnknownNameError
        When they are not.
    """
    if dimension == EVERYTHING:
        return
    known = snapshot.table("quality").filter(pl.col("dimension") == dimension).head(1).collect()
    if known.is_empty():
        raise UnknownNameError(f"there is no dimension {name_some([dimension])}")
