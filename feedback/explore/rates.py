"""The share of good responses, once people have reviewed some."""

import polars as pl

from feedback.explore.labels import final_labels
from feedback.explore.periods import Period
from feedback.quality import estimate_rates
from feedback.reviews import current_verdicts
from feedback.store.snapshot import Snapshot


def period_rate(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return the success rate of a period, by the label model alone and corrected by reviews: one row.

    Columns as in `estimate_rates`: `n`, `n_reviewed`, `proxy_rate` (null while the label model is not
    calibrated), `rate`, `low`, `high`, `n_effective`, `method`, `n_unanswered`. The reviews of all time
    calibrate; those of the period make its rate.
    """
    labels = final_labels(snapshot).filter(period.holds("shown_at")).collect()
    verdicts = current_verdicts(snapshot.table("reviews").collect()).filter(pl.col("level") == "response")
    return estimate_rates(labels, verdicts)
