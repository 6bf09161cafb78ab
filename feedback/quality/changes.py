"""How the behaviour score changed from one period to a later one, value by value."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from feedback.quality.people import prepare_labels, sum_up_people
from feedback.stats import IN_ORDER, mean_of_clusters

_BY = ["period", "dimension", "value"]


def compare_periods(
    labels: pl.DataFrame, *, dimensions: Sequence[str], since: datetime, level: float = 0.95
) -> pl.DataFrame:
    """Return how the mean behaviour score of each value of each dimension changed from before a time to after it.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions are left out.
    dimensions
        The columns to break it down by.
    since
        Start of the later period.
    level
        Coverage of the interval of the change.

    Returns
    -------
    pl.DataFrame
        One row per dimension and value with scores in both periods, the greatest drop first, as `compare_clusters`.
        Dimension `all` is everything.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> long_ago = datetime.fromisoformat("2026-01-05T00:00:00+00:00")
    >>> compare_periods(empty_table("labels"), dimensions=["feature"], since=long_ago).columns[:2]
    ['dimension', 'value']
    """
    # Whatever is frequent in one of the periods is to be found in the other: values are chosen over both.
    period = (pl.col("shown_at") >= since).alias("period")
    prepared = prepare_labels(
        labels, dimensions, time=period, is_reviewed=pl.lit(value=False), within=pl.lit(value=True)
    )
    return compare_clusters(pl.concat(sum_up_people(prepared, dimensions, time="period")), level=level)


def compare_clusters(clusters: pl.DataFrame, *, level: float = 0.95) -> pl.DataFrame:
    """Return how the mean score of each value changed from one period to the later one.

    Parameters
    ----------
    clusters
        One row per `period` (true: the later one), `dimension`, `value` and cluster, such as a person: `n_scored`
        labels with a score, `total` of these.
    level
        Coverage of the interval of the change.

    Returns
    -------
    pl.DataFrame
        One row per dimension and value with scores in both periods, the greatest drop first: `n_before`,
        `n_after` (labels with a score), `score_before`, `score_after`, `change` and its interval `low`,
        `high`, which allows for values of one cluster being alike; null under five clusters on a side.

    References
    ----------
    Zou and Donner (2008), Construction of confidence limits about effect measures, Statistics in Medicine 27.

    Examples
    --------
    >>> clusters = pl.DataFrame({"period": [False, True] * 5, "dimension": "all", "value": "all", "n_scored": 2,
    ...                          "total": [1.0, 0.5] * 5})
    >>> compare_clusters(clusters).select("n_before", "score_before", "score_after", "change", "high").row(0)
    (10, 0.5, 0.25, -0.25, -0.25)
    """
    n = clusters.lazy().group_by(_BY).agg(n=pl.col("n_scored").sum())
    periods = mean_of_clusters(clusters.lazy().with_columns(n_values="n_scored"), by=_BY, level=level).join(n, on=_BY)
    before, after = periods.filter(~pl.col("period")), periods.filter("period")
    below = ((pl.col("mean_after") - pl.col("low_after")) ** 2 + (pl.col("high") - pl.col("mean")) ** 2).sqrt()
    above = ((pl.col("high_after") - pl.col("mean_after")) ** 2 + (pl.col("mean") - pl.col("low")) ** 2).sqrt()
    change = pl.col("mean_after") - pl.col("mean")
    return (
        before.join(after, on=["dimension", "value"], suffix="_after")
        .select(
            "dimension",
            "value",
            pl.col("n").alias("n_before"),
            "n_after",
            pl.col("mean").alias("score_before"),
            pl.col("mean_after").alias("score_after"),
            change.alias("change"),
            (change - below).alias("low"),
            (change + above).alias("high"),
        )
        .sort("change", "dimension", "value")
        .collect(optimizations=IN_ORDER)
    )
