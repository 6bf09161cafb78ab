"""What became of the responses, day by day."""

import polars as pl

from feedback.explore.periods import Period
from feedback.explore.scores import place_of_outcome
from feedback.explore.tallied import read_counted
from feedback.store.snapshot import Snapshot


def daily_outcomes(snapshot: Snapshot, period: Period, *, time_zone: str = "UTC") -> pl.DataFrame:
    """Return what became of the responses of each day of a period.

    Parameters
    ----------
    snapshot
        The tables.
    period
        Which days.
    time_zone
        Where days begin.

    Returns
    -------
    pl.DataFrame
        One row per day and outcome, sorted by day and from good to bad: `day`, `outcome`, `n`, `share` of the day's
        final labels, `place` (position from good to bad), as `count_outcomes` counts them. Automated sessions are
        left out; days without a label have no row.
    """
    found = read_counted(snapshot, "outcomes", period).select("day", "outcome", "n", place=place_of_outcome())
    return (
        found.with_columns(share=pl.col("n") / pl.col("n").sum().over("day"))
        .select("day", "outcome", "n", "share", "place")
        .sort("day", "place")
    )
