"""How everything together did each day: what the small lines beside the numbers are drawn from."""

import polars as pl

from feedback.explore.periods import Period
from feedback.quality.people import EVERYTHING
from feedback.store.snapshot import Snapshot


def daily_rates(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return the quality of each day with labels, everything together.

    One row per day, in order: `day`, `n`, `voted_share`, `n_reviewed`, `mean_score`, `proxy_rate`, `rate`; null where
    unknown.

    Examples
    --------
    >>> from datetime import date
    >>> from feedback.store import Store
    >>> daily_rates(Store("no/such/folder").at(), Period(date(2026, 1, 1), date(2026, 1, 7))).columns[:3]
    ['day', 'n', 'voted_share']
    """
    share = pl.when(pl.col("n") > 0).then(pl.col("n_voted") / pl.col("n"))
    return (
        snapshot.table("quality")
        .filter(pl.col("dimension") == EVERYTHING, pl.col("day").is_between(period.first, period.last))
        .select("day", "n", share.alias("voted_share"), "n_reviewed", "mean_score", "proxy_rate", "rate")
        .sort("day")
        .collect()
    )
