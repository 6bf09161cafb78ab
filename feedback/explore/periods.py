"""Spans of whole days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from feedback.errors import SettingsError
from feedback.store.snapshot import Snapshot


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included, parted by the midnights of a time zone."""

    first: date
    last: date
    time_zone: str = "UTC"

    @property
    def n_days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def starts_at(self) -> datetime:
        """The midnight it starts with."""
        return _midnight(self.first, self.time_zone)

    @property
    def ends_at(self) -> datetime:
        """The midnight after its last day."""
        return _midnight(self.last + timedelta(days=1), self.time_zone)

    def before(self) -> "Period":
        """Return the equally long period just before.

        Examples
        --------
        >>> Period(date(2026, 1, 8), date(2026, 1, 14)).before().first
        datetime.date(2026, 1, 1)
        """
        return Period(self.first - timedelta(days=self.n_days), self.first - timedelta(days=1), self.time_zone)

    def back_to(self, n_days: int) -> "Period":
        """Return the period of that many days with the same end.

        Examples
        --------
        >>> Period(date(2026, 1, 8), date(2026, 1, 14)).back_to(10).first
        datetime.date(2026, 1, 5)
        """
        return Period(self.last - timedelta(days=n_days - 1), self.last, self.time_zone)

    def holds(self, column: str) -> pl.Expr:
        """Return whether the time in that column lies in the period."""
        return pl.col(column).is_between(pl.lit(self.starts_at), pl.lit(self.ends_at), closed="left")


def latest_period(snapshot: Snapshot, n_days: int, *, time_zone: str = "UTC") -> Period | None:
    """Return the latest days that have quality; null when there are none.

    Parameters
    ----------
    snapshot
        The tables.
    n_days
        How many days.
    time_zone
        The zone that table `quality` was made with.

    Raises
    ------
    SettingsError
        When there is to be less than one day.

    Examples
    --------
    >>> from feedback.store import Store
    >>> latest_period(Store("no/such/folder").at(), 7) is None
    True
    """
    if n_days < 1:
        raise SettingsError(f"a period has at least one day, not {n_days}")
    last: date | None = snapshot.table("quality").select(pl.col("day").max()).collect().item()
    return Period(last, last, time_zone).back_to(n_days) if last else None


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(ZoneInfo("UTC"))
