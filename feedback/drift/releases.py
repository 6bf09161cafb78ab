"""Releases that show in the data, and which of them a change follows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

FIRST_DAY = timedelta(days=1)
"""what is there within a day of the first label was there before"""
SLACK = timedelta(hours=6)
"""an onset is known no better; a change this long before a release may be its doing"""
LEAST_SHARE = 0.1
"""of the labels after the onset that must be of the release"""
_COLUMNS = {"column": pl.String, "value": pl.String, "first_at": pl.Datetime("us", "UTC")}


def find_releases(labels: pl.DataFrame, columns: Sequence[str], *, time: str) -> pl.DataFrame:
    """Return one row per value of the columns that is first seen later than a day after the log begins.

    Parameters
    ----------
    labels
        One row per label.
    columns
        For instance `prompt_version`; those that the labels lack are left out.
    time
        The column that says when.

    Returns
    -------
    pl.DataFrame
        `column`, `value`, `first_at`, in order of time.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 5)]
    >>> labels = pl.DataFrame({"model": ["m1", "m1", "m2"], "shown_at": at})
    >>> find_releases(labels, ["model", "prompt_version"], time="shown_at").select("column", "value").rows()
    [('model', 'm2')]
    """
    begins: datetime | None = labels.select(pl.col(time).min()).item()
    known = [name for name in columns if name in labels.columns]
    first = [
        labels.select(pl.lit(name).alias("column"), pl.col(name).cast(pl.String).alias("value"), first_at=time)
        .drop_nulls()
        .group_by("column", "value")
        .agg(pl.col("first_at").min())
        .filter(pl.col("first_at") > begins + FIRST_DAY)
        for name in known
        if begins is not None
    ]
    return pl.concat([pl.DataFrame(schema=_COLUMNS), *(some.cast(_COLUMNS) for some in first)]).sort(  # pyright: ignore[reportArgumentType]
        "first_at", "column", "value"
    )


def release_before(
    releases: pl.DataFrame, after: pl.DataFrame, *, onset: datetime, low: datetime, high: datetime
) -> str | None:
    """Return the release a change follows as `column = value`, null when none was near its onset.

    Parameters
    ----------
    releases
        From `find_releases`.
    after
        The labels of the segment after the onset; a release must have a tenth of them.
    onset, low, high
        When the change began, and the interval of that.
    """
    near = releases.filter(pl.col("first_at").is_between(low - SLACK, high))
    for column, value, _ in near.sort((pl.col("first_at") - onset).abs(), "column", "value").rows():
        share = after.select((pl.col(column).cast(pl.String) == value).mean()).item() if after.height else None
        if share is not None and share >= LEAST_SHARE:
            return f"{column} = {value}"
    return None
