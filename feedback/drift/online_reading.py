"""The labels an online model learns from: final, in order, a bounded number at a time, whole hours together."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import polars as pl

from feedback.drift.label_columns import ORDER, check_labels
from feedback.errors import SchemaError

MOST_ROWS = 500_000
"""labels in memory at a time; a single hour may have more"""
HOUR = "1h"
Place = tuple[datetime, str]
"""of a label in the order they are taken in: `final_at` and `interaction_id`"""
_TIME = pl.Datetime("us", "UTC")


def prepare_labels(labels: pl.DataFrame | pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
    """Return one row per label: id, `final_at`, the columns, and `label`: `p_good` where there is one, else the score.

    Labels of automated sessions, and those without a time or an id, are left out; NaN is unknown.

    Raises
    ------
    SchemaError
        When a column is missing, or `final_at` has no time zone.
    """
    frame = labels.lazy()
    types = check_labels(frame, columns)
    if types["final_at"] != _TIME:
        frame = frame.with_columns(pl.col("final_at").cast(_TIME))
    values = [name for name in ("p_good", "score") if name in types]
    if not values:
        raise SchemaError("labels need the column score or p_good")
    if "is_automated" in types:
        frame = frame.filter(~pl.col("is_automated").fill_null(value=False))
    version = ["label_version"] if "label_version" in types else []
    label = pl.coalesce(pl.col(values).cast(pl.Float64).fill_nan(None)).alias("label")
    return frame.select(*dict.fromkeys((*ORDER, *version, *columns)), label).drop_nulls(ORDER)


def count_through(prepared: pl.LazyFrame, place: Place) -> int:
    """Return how many rows there are up to a place, itself included; of several label versions each counts."""
    at, name = place
    earlier = pl.col("final_at") < at
    return prepared.filter(earlier | ((pl.col("final_at") == at) & (pl.col("interaction_id") <= name))).select(
        pl.len()
    ).collect().item()  # fmt: skip


def read_in_batches(prepared: pl.LazyFrame, *, since: datetime | None, most: int = MOST_ROWS) -> Iterator[pl.DataFrame]:
    """Yield the labels final from a time on, in order, as many whole hours at a time as have up to `most` rows.

    Of an interaction with several label versions the greatest counts.

    Raises
    ------
    SchemaError
        When a label lies outside [0, 1].
    """
    wanted = prepared if since is None else prepared.filter(pl.col("final_at") >= since)
    hour = pl.col("final_at").dt.truncate(HOUR).alias("hour")
    counts = wanted.select(hour).group_by("hour").len().sort("hour").collect()
    for first, last in _spans(counts, most):
        within = pl.col("final_at").is_between(first, last + timedelta(hours=1), closed="left")
        yield _checked(wanted.filter(within).collect())


def _spans(counts: pl.DataFrame, most: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield the first and last hour of each batch."""
    first: datetime | None = None
    last, n_rows = None, 0
    for hour, n in counts.iter_rows():
        if first is not None and n_rows + n > most:
            yield first, last or first
            first, n_rows = None, 0
        first, last, n_rows = first or hour, hour, n_rows + n
    if first is not None:
        yield first, last or first


def _checked(labels: pl.DataFrame) -> pl.DataFrame:
    if "label_version" in labels.columns:
        if labels["label_version"].n_unique() > 1:
            labels = labels.sort("label_version").unique("interaction_id", keep="last")
        labels = labels.drop("label_version")
    if ((labels["label"] < 0) | (labels["label"] > 1)).any():
        raise SchemaError("what is to be expected lies in [0, 1]; column score or p_good does not")
    return labels.sort(ORDER)
