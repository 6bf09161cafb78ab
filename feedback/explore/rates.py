"""The share of good responses, once people have reviewed some."""

import polars as pl

from feedback.explore.labels import final_labels, value_of
from feedback.explore.periods import Period
from feedback.quality import estimate_rates, reviews_needed
from feedback.quality.daily import EVERYTHING
from feedback.reviews import response_verdicts
from feedback.store.snapshot import Snapshot


def period_rate(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return the success rate of a period, by the label model alone and corrected by reviews: one row.

    Columns as in `estimate_rates`: `n`, `n_reviewed`, `proxy_rate` (null while the label model is not
    calibrated), `rate`, `low`, `high`, `n_effective`, `method`, `n_unanswered`. The reviews of all time
    calibrate; those of the period make its rate.
    """
    labels = final_labels(snapshot).filter(period.holds("shown_at")).collect()
    return estimate_rates(labels, _verdicts(snapshot))


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
    labels = final_labels(snapshot).collect()
    valued = labels.with_columns(value_of(snapshot, dimension, labels.columns).alias("value"))
    needed = reviews_needed(valued, _verdicts(snapshot), half_width=half_width, by=["value"])
    return needed.sort("n", "value", descending=[True, False])


def _verdicts(snapshot: Snapshot) -> pl.DataFrame:
    """Return one row per response with the verdict that holds."""
    return response_verdicts(snapshot.table("reviews").collect())
