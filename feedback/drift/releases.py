"""Releases that show in the data, and which of them a change follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

FIRST_DAY = timedelta(days=1)
"""what is there within a day of the first label was there before"""
SLACK = timedelta(hours=6)
"""an onset is known no better; a change this long before a release may be its doing"""
LEAST_SHARE = 0.1
"""of the labels after the onset that must be of the release"""
MOST_RELEASES = 10_000
"""values of a column up to which new ones are kept; past that they are no releases"""
_TIME = pl.Datetime("us", "UTC")
_COLUMNS = {"column": pl.String, "value": pl.String, "first_at": _TIME, "final_at": _TIME}


@dataclass
class Releases:
    """Values of some columns and when each first appeared.

    Attributes
    ----------
    begins_at
        When the log begins; null before the first label.
    first
        One row per column and value: `first_at`, the time of its first label in closing order, and `final_at` of that
        label.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 5)]
    >>> labels = pl.DataFrame({"model": ["m1", "m1", "m2"], "shown_at": at, "final_at": at})
    >>> releases = Releases()
    >>> releases.note(labels, ["model", "prompt_version"], time="shown_at")
    >>> releases.known(at[2]).select("column", "value").rows()
    [('model', 'm2')]
    """

    begins_at: datetime | None = None
    first: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_COLUMNS))

    def note(self, labels: pl.DataFrame, columns: Sequence[str], *, time: str) -> None:
        """Note the values of the next labels, in closing order; columns that they lack are left out."""
        if labels.is_empty():
            return
        self.begins_at = self.begins_at or labels[time][0]
        found = [_first_seen(labels, name, time) for name in columns if name in labels.columns]
        fresh = [one.join(self.first, on=["column", "value"], how="anti") for one in found]
        kept = [one.head(max(MOST_RELEASES - self._n_known(one), 0)) for one in fresh if one.height]
        self.first = pl.concat([self.first, *kept])

    def _n_known(self, of: pl.DataFrame) -> int:
        return self.first.filter(pl.col("column") == of["column"][0]).height

    def known(self, until: datetime) -> pl.DataFrame:
        """Return the releases known at a time: values first seen later than a day after the log begins."""
        if self.begins_at is None:
            return self.first
        is_known = pl.col("final_at") <= until
        return self.first.filter(is_known, pl.col("first_at") > self.begins_at + FIRST_DAY).sort(
            "first_at", "column", "value"
        )


def _first_seen(labels: pl.DataFrame, name: str, time: str) -> pl.DataFrame:
    values = labels.select(
        pl.lit(name).alias("column"), pl.col(name).cast(pl.String).alias("value"),
        pl.col(time).alias("first_at"), pl.col("final_at").alias("closed"),
    ).drop_nulls()  # fmt: skip
    first = values.unique(["column", "value"], keep="first", maintain_order=True)
    return first.rename({"closed": "final_at"}).cast(_COLUMNS)  # pyright: ignore[reportArgumentType]


def release_before(
    releases: pl.DataFrame, after: pl.DataFrame, *, onset: datetime, low: datetime, high: datetime
) -> str | None:
    """Return the release a change follows as `column = value`, null when none was near its onset.

    Parameters
    ----------
    releases
        From `Releases.known`.
    after
        The labels of the segment after the onset; a release must have a tenth of them.
    onset, low, high
        When the change began, and the interval of that.
    """
    near = releases.filter(pl.col("first_at").is_between(low - SLACK, high))
    for column, value in (
        near.sort((pl.col("first_at") - onset).abs(), "column", "value").select("column", "value").rows()
    ):
        share = after.select((pl.col(column).cast(pl.String) == value).mean()).item() if after.height else None
        if share is not None and share >= LEAST_SHARE:
            return f"{column} = {value}"
    return None
