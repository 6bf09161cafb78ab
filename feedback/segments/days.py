"""The latest days that are complete, to be compared with those before."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feedback.segments.periods import Span


class Days(NamedTuple):
    """The days from the first to the last, both included."""

    first: date
    last: date

    @property
    def n_days(self) -> int:
        """Return how many they are."""
        return (self.last - self.first).days + 1

    def span(self, time_zone: str) -> Span:
        """Return their time, from midnight to midnight in a zone.

        Examples
        --------
        >>> Days(date(2026, 1, 5), date(2026, 1, 5)).span("Europe/Berlin").starts_at.astimezone(ZoneInfo("UTC")).hour
        23
        """
        zone = ZoneInfo(time_zone)
        after = self.last + timedelta(days=1)
        return Span(datetime.combine(self.first, time(), zone), datetime.combine(after, time(), zone))


def latest_days(watermark: datetime, *, window: timedelta, time_zone: str, n_days: int) -> Days:
    """Return the latest days of which every label is final.

    Parameters
    ----------
    watermark
        Event time up to which all events have arrived.
    window
        The longest observation window.
    time_zone
        Zone whose midnights part the days.
    n_days
        How many days.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-08T00:10+00:00")
    >>> latest_days(at, window=timedelta(minutes=30), time_zone="UTC", n_days=7)
    Days(first=datetime.date(2025, 12, 31), last=datetime.date(2026, 1, 6))
    """
    last = (watermark - window).astimezone(ZoneInfo(time_zone)).date() - timedelta(days=1)
    return Days(last - timedelta(days=n_days - 1), last)
