"""What is compared with what: two windows of the same labels."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from feedback.errors import SettingsError, name_some
from feedback.segments.releases import find_release
from feedback.segments.rows import Frame, require_columns

WEEK = timedelta(days=7)
Comparison = Literal["previous period", "same hours last week", "pinned baseline"]
COMPARISONS: tuple[Comparison, ...] = ("previous period", "same hours last week", "pinned baseline")


class Span(NamedTuple):
    """The time from `starts_at` up to and without `ends_at`."""

    starts_at: datetime
    ends_at: datetime

    def holds(self) -> pl.Expr:
        """Return whether a label was shown in it."""
        return pl.col("shown_at").is_between(pl.lit(self.starts_at), pl.lit(self.ends_at), closed="left")


class Periods(NamedTuple):
    """Labels before and after, as given (lazy stays lazy)."""

    before: Frame
    after: Frame


def choose_periods(
    labels: Frame,
    now: Span,
    compared_with: Comparison = "previous period",
    *,
    baseline: Span | None = None,
    time_zone: str = "UTC",
) -> Periods:
    """Return the labels of a span, and those it is compared with.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction, with `shown_at`.
    now
        The span in question.
    compared_with
        `previous period`: as long a span just before. `same hours last week`: a week earlier (several, where
        the span is longer than one), at the same hours of the clock. `pinned baseline`: the span given.
    baseline
        The pinned baseline.
    time_zone
        Zone whose clock the same hours are those of.

    Raises
    ------
    SettingsError
        When a span has no length, a time has no zone, or the baseline is missing.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 7, 8)]
    >>> labels = pl.DataFrame({"interaction_id": ["i1", "i2", "i3"], "shown_at": at})
    >>> today = Span(at[2], at[2] + timedelta(days=1))
    >>> choose_periods(labels, today).before["interaction_id"].to_list()
    ['i2']
    >>> choose_periods(labels, today, "same hours last week").before["interaction_id"].to_list()
    ['i1']
    """
    return _cut(labels, earlier_span(now, compared_with, baseline=baseline, time_zone=time_zone), now)


def earlier_span(
    now: Span, compared_with: Comparison = "previous period", *, baseline: Span | None = None, time_zone: str = "UTC"
) -> Span:
    """Return the span that `choose_periods` compares a span with.

    Raises
    ------
    SettingsError
        As `choose_periods`.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 8, 12, tzinfo=UTC)
    >>> earlier_span(Span(noon, noon + timedelta(hours=1)), "same hours last week").starts_at.day
    1
    """
    _check(now)
    if compared_with not in COMPARISONS:
        raise SettingsError(f"compare with one of {', '.join(COMPARISONS)}, not {name_some([compared_with])}")
    if compared_with == "previous period":
        return Span(now.starts_at - (now.ends_at - now.starts_at), now.starts_at)
    if compared_with == "same hours last week":
        return _weeks_earlier(now, time_zone)
    if baseline is None:
        raise SettingsError("a pinned baseline needs its span")
    _check(baseline)
    return baseline


def around_release(
    labels: Frame, *, dimension: str, value: str, span: timedelta = WEEK, until: datetime | None = None
) -> Periods:
    """Return the labels before and after a value of a dimension was first seen: all of them, whatever their value.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction, with `shown_at` and the dimension.
    dimension, value
        What was released, such as `prompt_version` and the new version.
    span
        Length of either window.
    until
        No label from then on; none: all.

    Raises
    ------
    UnknownNameError
        When the value was never seen.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    >>> labels = pl.DataFrame({"shown_at": at, "model": ["m1", "m2", "m1"]})
    >>> [window["model"].to_list() for window in around_release(labels, dimension="model", value="m2")]
    [['m1'], ['m2', 'm1']]
    """
    released_at = find_release(labels, dimension, value)
    ends_at = released_at + span
    ends_at = ends_at if until is None else min(ends_at, until)
    return _cut(labels, Span(released_at - span, released_at), Span(released_at, ends_at))


def _cut(labels: Frame, earlier: Span, later: Span) -> Periods:
    require_columns(labels, ["shown_at"])
    return Periods(labels.filter(earlier.holds()), labels.filter(later.holds()))


def _weeks_earlier(now: Span, time_zone: str) -> Span:
    n_weeks = -(-(now.ends_at - now.starts_at) // WEEK)
    zone = ZoneInfo(time_zone)
    # A time less some days of its own zone keeps the hour of the clock.
    earlier = ((at.astimezone(zone) - n_weeks * WEEK).astimezone(ZoneInfo("UTC")) for at in now)
    return Span(*earlier)


def _check(span: Span) -> None:
    if span.starts_at.tzinfo is None or span.ends_at.tzinfo is None or span.starts_at >= span.ends_at:
        raise SettingsError("a span needs times with a zone, and must end after it starts")
