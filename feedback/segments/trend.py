"""How a segment went day by day, and when it started to get worse."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.segments.rows import Frame, require_columns
from feedback.stats.clusters import mean_of_clusters
from feedback.stats.sums import Numbers

# Twice the log-likelihood that a change-point costs: a set that holds the true one about 95 times in 100.
_WITHIN = 7.0
_FEWEST_ON_A_SIDE = 10
_TREND_TYPES: dict[str, pl.DataType] = {
    "day": pl.Date(), "n": pl.Int64(), "n_users": pl.Int64(), "rate": pl.Float64(), "low": pl.Float64(),
    "high": pl.Float64(), "is_after_onset": pl.Boolean(),
}  # fmt: skip


class Onset(NamedTuple):
    """When a segment got worse: the best guess, the span it lies in, and the means on either side."""

    at: datetime
    earliest: datetime
    latest: datetime
    rate_before: float
    rate_after: float


def daily_trend(labels: Frame, *, value: str, time_zone: str = "UTC") -> pl.DataFrame:
    """Return how good the labels of each day were.

    Returns
    -------
    pl.DataFrame
        One row per day with labels, in order: `n`, `n_users`, `rate` with `low`, `high` clustered by user (null
        under five); `is_after_onset`, null where no onset was found.

    Raises
    ------
    SchemaError
        When a column is missing.

    Examples
    --------
    >>> at = pl.Series([datetime.fromisoformat("2026-01-05T10:00:00+00:00")])
    >>> labels = pl.DataFrame({"session_id": ["s1"], "shown_at": at, "p_good": [0.5]})
    >>> daily_trend(labels, value="p_good").select("n", "rate").row(0)
    (1, 0.5)
    """
    counted = _countable(labels, value)
    onset = _find_onset(counted)
    day = pl.col("shown_at").dt.convert_time_zone(time_zone).dt.date()
    persons = counted.lazy().group_by(day.alias("day"), "person").agg(total=pl.col("value").sum(), n_values=pl.len())
    n = persons.group_by("day").agg(n=pl.col("n_values").sum())
    means = mean_of_clusters(persons, by=["day"]).join(n, on="day")
    local = pl.lit(onset.at if onset else None, pl.Datetime("us", "UTC")).dt.convert_time_zone(time_zone).dt.date()
    return (
        means.with_columns(is_after_onset=pl.col("day") >= local, rate="mean", n_users="n_clusters")
        .select(pl.col(name).cast(dtype) for name, dtype in _TREND_TYPES.items())
        .sort("day")
        .collect()
    )


def estimate_onset(labels: Frame, *, value: str) -> Onset | None:
    """Return when the labels got worse: the split into two means, the second lower, that fits best; None without one.

    Answers of one person being alike widens the span.

    Raises
    ------
    SchemaError
        When a column is missing.

    References
    ----------
    Hinkley (1970), Inference about the change-point in a sequence of random variables, Biometrika 57.
    """
    return _find_onset(_countable(labels, value))


def _countable(labels: Frame, value: str) -> pl.DataFrame:
    require_columns(labels, ["session_id", "shown_at", value])
    names = labels.collect_schema().names()
    person = pl.coalesce("user_id", "session_id") if "user_id" in names else pl.col("session_id")
    kept = ~pl.col("is_automated").fill_null(value=False) if "is_automated" in names else pl.lit(value=True)
    counted = (
        labels.lazy()
        .filter(kept)
        .select("shown_at", person=person, value=pl.col(value).cast(pl.Float64).fill_nan(None))
    )
    return counted.drop_nulls("value").sort("shown_at", "person").collect()


def _find_onset(counted: pl.DataFrame) -> Onset | None:
    n, values = counted.height, counted["value"].to_numpy()
    if n < 2 * _FEWEST_ON_A_SIDE:
        return None
    first = np.arange(_FEWEST_ON_A_SIDE, n - _FEWEST_ON_A_SIDE + 1)
    summed = np.cumsum(values)
    before, after = summed[first - 1] / first, (summed[-1] - summed[first - 1]) / (n - first)
    gain = np.where(after < before, first * (n - first) / n * (before - after) ** 2, 0)
    best = int(gain.argmax())
    noise = _noise(counted, np.where(np.arange(n) < first[best], before[best], after[best]))
    # A gain that chance gives a whole series of splits is no onset.
    if gain[best] / noise < _WITHIN + 2 * np.log(max(np.log(n), 1.0)):
        return None
    likely = first[gain >= gain[best] - _WITHIN * noise]
    at = counted["shown_at"]
    return Onset(at[int(first[best])], at[int(likely[0])], at[int(likely[-1])], before[best], after[best])


def _noise(counted: pl.DataFrame, fitted: Numbers) -> float:
    """Return the variance of a value around the two means, times what the likeness of a person's answers adds."""
    off = counted["value"].to_numpy() - fitted
    alone = max(float((off**2).mean()), 1e-9)
    persons = pl.DataFrame({"person": counted["person"], "off": off}).group_by("person").agg(pl.col("off").sum())
    return max(float((persons["off"] ** 2).sum()) / len(off), alone)
