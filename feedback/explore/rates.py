"""The share of good responses, once people have reviewed some."""

import polars as pl

from feedback.explore.labels import value_of
from feedback.explore.periods import Period
from feedback.explore.sample import sample_labels
from feedback.explore.tallied import read_counted
from feedback.quality import estimate_rates, reviews_needed
from feedback.quality.people import EVERYTHING
from feedback.reviews import response_verdicts
from feedback.store.snapshot import Snapshot


def period_rate(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return the success rate of a period, by the label model alone and corrected by reviews: one row.

    Columns as in `estimate_rates`: `n`, `n_reviewed`, `proxy_rate` (null while the label model is not
    calibrated), `rate`, `low`, `high`, `n_effective`, `method`, `n_unanswered`. The reviews of all time
    calibrate; those of the period make its rate. On a long log the labels beside the reviewed ones are those of
    some people (`sample_labels`); `n` and `proxy_rate` are of all.
    """
    sample = sample_labels(snapshot)
    # Lazy, so that of all their columns only those that a rate needs are filtered.
    rate = estimate_rates(sample.labels.lazy().filter(period.holds("shown_at")), _verdicts(snapshot))
    return rate if sample.one_in == 1 else rate.with_columns(_count_all(snapshot, period))


def proxy_rate(snapshot: Snapshot, period: Period) -> float | None:
    """Return the success rate of a period by the label model alone; null while it is not calibrated."""
    return _count_all(snapshot, period)["proxy_rate"].item()


def reviews_to_go(snapshot: Snapshot, *, half_width: float, dimension: str = EVERYTHING) -> pl.DataFrame:
    """Return how many more reviews pin the rate of each value of a dimension down so far, most labels first.

    One row per value: `value` (`all` without a dimension), and the columns of `reviews_needed`: `n`,
    `n_reviewed`, `half_width_now`, `n_more`, `is_reachable`.

    Raises
    ------
    UnknownNameError
        When the labels have no such dimension.
    SettingsError
        When `half_width` is not between 0 and 0.5.
    """
    sample = sample_labels(snapshot)
    valued = sample.labels.with_columns(value_of(snapshot, dimension, sample.labels.columns).alias("value"))
    needed = reviews_needed(valued, _verdicts(snapshot), half_width=half_width, by=["value"])
    if sample.one_in > 1:
        enough = pl.col("n_more") <= pl.col("n") - pl.col("n_reviewed")
        counted = needed.drop("n").join(_count_values(snapshot, dimension), on="value", how="left")
        needed = counted.with_columns(is_reachable=enough).select(needed.columns)
    return needed.sort("n", "value", descending=[True, False])


def _count_all(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return how many labels a period has and what their mean `p_good` is: one row."""
    sums = read_counted(snapshot, "tallies", period).select(pl.col("n", "n_calibrated", "total_p_good").sum())
    is_calibrated = pl.col("n_calibrated") > 0
    return sums.select("n", proxy_rate=pl.when(is_calibrated).then(pl.col("total_p_good") / pl.col("n_calibrated")))


def _count_values(snapshot: Snapshot, dimension: str) -> pl.DataFrame:
    """Return how many labels each value has, as table `quality` counts them."""
    counts = snapshot.table("quality").filter(pl.col("dimension") == dimension).group_by("value")
    return counts.agg(pl.col("n").sum()).collect()


def _verdicts(snapshot: Snapshot) -> pl.DataFrame:
    """Return one row per response with the verdict that holds."""
    return response_verdicts(snapshot.table("reviews").collect())
