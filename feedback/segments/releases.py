"""Versions that were released while a log ran."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from feedback.errors import UnknownNameError, name_some
from feedback.segments.rows import Frame, require_columns

# Where versions stand. A new value of another dimension, such as a customer, is no release.
VERSIONS = ("prompt_version", "model", "index_version")
# What is there within a day of the first label was there before.
FIRST_DAY = timedelta(days=1)
_TYPES = {"column": pl.String(), "value": pl.String(), "first_at": pl.Datetime("us", "UTC")}


def list_releases(labels: Frame, columns: Sequence[str] = VERSIONS) -> pl.DataFrame:
    """Return the versions that were first seen later than a day after the log began, the latest first.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction, with `shown_at`.
    columns
        Where versions stand; those that the labels lack are left out.

    Returns
    -------
    pl.DataFrame
        One row per version: `column`, `value`, `first_at`, when its first answer was shown.

    Raises
    ------
    SchemaError
        When `shown_at` is missing.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 5)]
    >>> labels = pl.DataFrame({"model": ["m1", "m1", "m2"], "shown_at": at})
    >>> list_releases(labels).select("column", "value").rows()
    [('model', 'm2')]
    """
    require_columns(labels, ["shown_at"])
    known = [name for name in columns if name in labels.collect_schema().names()]
    shown = pl.col("shown_at")
    first = [
        labels.lazy().group_by(value=pl.col(name).cast(pl.String)).agg(column=pl.lit(name), first_at=shown.min())
        for name in known
    ]
    begins = labels.lazy().select(begins=shown.min())
    found = pl.concat([pl.LazyFrame(schema=_TYPES), *(one.select(_TYPES.keys()).cast(_TYPES) for one in first)])  # pyright: ignore[reportArgumentType]
    late = found.drop_nulls("value").join(begins, how="cross").filter(pl.col("first_at") > pl.col("begins") + FIRST_DAY)
    return late.drop("begins").sort("first_at", "column", "value", descending=[True, False, False]).collect()


def find_release(labels: Frame, dimension: str, value: str) -> datetime:
    """Return when a value of a dimension was first seen.

    Raises
    ------
    SchemaError
        When there is no such dimension.
    UnknownNameError
        When the value was never seen.
    """
    require_columns(labels, ["shown_at", dimension])
    first = labels.lazy().filter(pl.col(dimension).cast(pl.String) == value).select(pl.col("shown_at").min())
    released_at: datetime | None = first.collect().item()
    if released_at is None:
        raise UnknownNameError(f"{name_some([value])} was never seen in {name_some([dimension])}")
    return released_at
