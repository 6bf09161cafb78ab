"""Compared with what: two windows of labels as a person chooses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from feedback.errors import SettingsError, name_some
from feedback.explore.labels import final_labels
from feedback.explore.sample import Sample
from feedback.explore.traffic import Traffic, read_traffic
from feedback.quality.people import EVERYTHING
from feedback.segments.compared import Compared, name_sample, pair_up, sample_people
from feedback.segments.days import Days, latest_days
from feedback.segments.periods import WEEK, Periods, Span, earlier_span
from feedback.segments.releases import VERSIONS, find_release, list_releases
from feedback.store.snapshot import Snapshot

Against = Literal["previous period", "same hours last week", "pinned baseline", "release", "golden traffic"]
AGAINST: tuple[Against, ...] = (
    "previous period", "same hours last week", "pinned baseline", "release", "golden traffic",
)  # fmt: skip
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Comparison:
    """What is compared with what; small, so that answers can be remembered by it.

    Attributes
    ----------
    against
        What the later window is compared with. `previous period`: as long a span just before. `same hours last
        week`: a week earlier (several, where the span is longer than one), at the same hours of the clock.
        `pinned baseline`: the days of `baseline`. `release`: what came before a value of a dimension was first
        seen. `golden traffic`: the labels in a file.
    length
        Of the later window: the latest complete days, or the latest whole hours with final labels for the same
        hours last week. Around a release, the length of either window.
    baseline
        First and last day of the pinned baseline.
    release
        Dimension and value, such as `prompt_version` and the new version.
    traffic
        The file of golden traffic.
    """

    against: Against = "previous period"
    length: timedelta = WEEK
    baseline: tuple[date, date] | None = None
    release: tuple[str, str] | None = None
    traffic: Traffic | None = None

    def __post_init__(self) -> None:
        if self.against not in AGAINST:
            raise SettingsError(f"compare with one of {', '.join(AGAINST)}, not {name_some([self.against])}")
        if self.length < _HOUR or (self.against != "same hours last week" and self.length % _DAY):
            raise SettingsError(
                f"a window is made of whole days, not of {self.length}; of the same hours, of an hour on"
            )


class Calendar(NamedTuple):
    """How days are counted: the longest observation window, which a label needs to become final, and the zone."""

    window: timedelta = timedelta(minutes=30)
    time_zone: str = "UTC"


class Chosen(NamedTuple):
    """The labels of both windows, what they are in words, and the days of the later one."""

    compared: Compared
    words: str
    days: Days


def choose_windows(
    snapshot: Snapshot, comparison: Comparison, calendar: Calendar, *, among: Sample | None = None
) -> Chosen:
    """Return the labels that are compared, those of some people only where they are very many.

    Parameters
    ----------
    snapshot
        The tables.
    comparison
        What is compared with what.
    calendar
        How days are counted.
    among
        The labels to choose from, as `sample_labels` gives them; all in force by default.

    Raises
    ------
    SettingsError
        When nothing is labelled yet, or the comparison lacks what it compares with.
    UnknownNameError
        When the release was never seen.
    InputError, SchemaError
        When the file of golden traffic is no good.
    """
    if snapshot.run is None or snapshot.run.watermark is None:
        raise SettingsError("nothing is labelled yet; label first: feedback run")
    final_until = snapshot.run.watermark - calendar.window
    labels = final_labels(snapshot) if among is None else among.labels.lazy()
    later = _later(labels, comparison, calendar, final_until)
    if comparison.against == "golden traffic":
        return _against_traffic(labels, comparison, calendar, later)
    earlier = _earlier(comparison, calendar, later)
    near = labels.filter(earlier.holds() | later.holds())
    near, one_in = sample_people(near) if among is None else (near, among.one_in)
    periods = Periods(*(near.filter(span.holds()) for span in (earlier, later)))
    words = f"{name_span(later, calendar)} against {_name_earlier(comparison, earlier, calendar)}{name_sample(one_in)}"
    return Chosen(pair_up(periods, one_in), words, _days(later, calendar))


def releases(snapshot: Snapshot) -> pl.DataFrame:
    """Return the versions that were first seen while the log ran, as `list_releases`.

    The days on which each was first seen are known from table `quality`; only their labels are read.
    """
    days = snapshot.table("quality").filter(pl.col("dimension").is_in([EVERYTHING, *VERSIONS]))
    first = days.group_by("dimension", "value").agg(pl.col("day").min()).select(pl.col("day").unique()).collect()
    # A day of the declared zone may begin up to a day before or after that of UTC.
    near = [day + n * _DAY for day in first["day"] for n in (-1, 0, 1)]
    return list_releases(snapshot.table("labels").filter(_within_days(near)))


def whole_period(snapshot: Snapshot) -> tuple[date, date] | None:
    """Return the first and the last day with labels; null when there are none."""
    days = snapshot.table("quality").select(first=pl.col("day").min(), last=pl.col("day").max()).collect()
    first, last = days.row(0)
    return (first, last) if first is not None else None


def _within_days(days: Sequence[date]) -> pl.Expr:
    """Return whether a label was shown on one of the days, by spans, which let files be skipped."""
    spans = [
        pl.col("shown_at").is_between(pl.lit(at), pl.lit(at + _DAY), closed="left")
        for day in sorted(set(days))
        for at in [datetime.combine(day, time(), UTC)]
    ]
    return pl.any_horizontal(pl.lit(value=False), *spans)


def name_span(span: Span, calendar: Calendar) -> str:
    """Return a span as its days, or its times where it is not made of days.

    Examples
    --------
    >>> day = datetime.fromisoformat("2026-10-04T00:00+00:00")
    >>> name_span(Span(day, day + timedelta(days=2)), Calendar())
    '2026-10-04 to 2026-10-05'
    >>> name_span(Span(day, day + timedelta(hours=3)), Calendar())
    '2026-10-04 00:00 to 2026-10-04 03:00 UTC'
    """
    zone = ZoneInfo(calendar.time_zone)
    starts, ends = (at.astimezone(zone) for at in span)
    if starts.time() == ends.time() == time():
        return f"{starts:%Y-%m-%d} to {ends - _DAY:%Y-%m-%d}"
    return f"{starts:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} {calendar.time_zone}"


def _later(labels: pl.LazyFrame, comparison: Comparison, calendar: Calendar, final_until: datetime) -> Span:
    """Return the span in question."""
    if comparison.against == "same hours last week":
        ends_at = final_until.replace(minute=0, second=0, microsecond=0)
        return Span(ends_at - comparison.length, ends_at)
    if comparison.against == "release":
        released_at = _released_at(labels, comparison)
        ends_at = min(released_at + comparison.length, final_until)
        return Span(released_at, max(ends_at, released_at + timedelta(seconds=1)))
    n_days = comparison.length // _DAY
    days = latest_days(final_until, window=timedelta(0), time_zone=calendar.time_zone, n_days=n_days)
    return days.span(calendar.time_zone)


def _earlier(comparison: Comparison, calendar: Calendar, later: Span) -> Span:
    """Return the span it is compared with."""
    if comparison.against == "release":
        return Span(later.starts_at - comparison.length, later.starts_at)
    if comparison.against == "pinned baseline":
        if comparison.baseline is None or comparison.baseline[0] > comparison.baseline[1]:
            raise SettingsError("a pinned baseline needs its first and its last day, in this order")
        return Days(*comparison.baseline).span(calendar.time_zone)
    if comparison.against == "same hours last week":
        return earlier_span(later, comparison.against, time_zone=calendar.time_zone)
    return earlier_span(later)


def _released_at(labels: pl.LazyFrame, comparison: Comparison) -> datetime:
    if comparison.release is None:
        raise SettingsError("before and after a release needs its dimension and value, such as prompt_version = v2")
    return find_release(labels, *comparison.release)


def _against_traffic(labels: pl.LazyFrame, comparison: Comparison, calendar: Calendar, later: Span) -> Chosen:
    if comparison.traffic is None:
        raise SettingsError("golden traffic needs its file")
    sampled, one_in = sample_people(labels.filter(later.holds()))
    before, after = read_traffic(comparison.traffic, labels), sampled.collect()
    shared = [name for name in after.columns if name in before.columns]
    compared = pair_up(Periods(before.select(shared), after), one_in)
    words = f"{name_span(later, calendar)} against {comparison.traffic.name}{name_sample(one_in)}"
    return Chosen(compared, words, _days(later, calendar))


def _name_earlier(comparison: Comparison, earlier: Span, calendar: Calendar) -> str:
    if comparison.against == "release" and comparison.release is not None:
        n_days = comparison.length // _DAY
        return f"the {n_days} days before {' = '.join(comparison.release)}"
    if comparison.against == "previous period":
        return f"the {comparison.length // _DAY} days before"
    return name_span(earlier, calendar)


def _days(span: Span, calendar: Calendar) -> Days:
    zone = ZoneInfo(calendar.time_zone)
    return Days(
        span.starts_at.astimezone(zone).date(), (span.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    )
