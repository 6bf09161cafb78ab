"""Numbers, times and foreign words as people read them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import bidirectional

import polars as pl

from feedback.explore import Period
from feedback.pages.viewer import in_viewer_zone, name_zone
from feedback.store.run import Run

UNKNOWN = "–"
LONGEST_NAME = 120
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])")
# What turns the direction of a line, and other controls.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# What Markdown takes for an address even without brackets; something without width in it prevents that.
_LINKS, _NO_LINK = re.compile(r"(:(?=//)|\bwww(?=\.)|@)", re.IGNORECASE), "\u2060"
_STEPS = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))


def count(n: int | None) -> str:
    """Return a count in two or three digits.

    Examples
    --------
    >>> [count(n) for n in (999, 1234, 12_345, 2_000_000, None)]
    ['999', '1.2 k', '12 k', '2 m', '–']
    """
    if n is None:
        return UNKNOWN
    for step, word in _STEPS:
        if n >= step:
            return f"{n / step:.{0 if n >= 10 * step else 1}f}".removesuffix(".0") + f" {word}"
    return f"{n:d}"


def score(value: float | None) -> str:
    """Return a behaviour score: a number from 0 to 1, never a percentage.

    Examples
    --------
    >>> score(0.5789), score(None)
    ('0.58', '–')
    """
    return UNKNOWN if value is None else f"{value:.2f}"


def vote(value: float) -> str:
    """Return a vote in words.

    Examples
    --------
    >>> [vote(value) for value in (0, 0.25, 0.5, 0.8, 1)]
    ['bad', 'leans bad (0.25)', 'undecided (0.50)', 'leans good (0.80)', 'good']
    """
    if value in (0, 1):
        return "good" if value else "bad"
    leaning = "undecided" if value == 0.5 else "leans good" if value > 0.5 else "leans bad"
    return f"{leaning} ({score(value)})"


def rate(value: float | None) -> str:
    """Return a success rate in per cent, with the one digit few reviews can carry.

    Examples
    --------
    >>> rate(0.7964), rate(None)
    ('79.6 %', '–')
    """
    return UNKNOWN if value is None else f"{value * 100:.1f} %"


def rate_with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return a success rate with what its 95 % interval spans to either side.

    Examples
    --------
    >>> rate_with_interval(0.834, 0.823, 0.845), rate_with_interval(0.98, 0.90, 0.995)
    ('83.4 % ±1.1', '98.0 % −8.0 +1.5')
    >>> rate_with_interval(0.8, None, None), rate_with_interval(None, None, None)
    ('80.0 %', '–')
    """
    if value is None or low is None or high is None:
        return rate(value)
    below, above = (f"{100 * part:.1f}" for part in (value - low, high - value))
    return f"{rate(value)} ±{above}" if below == above else f"{rate(value)} −{below} +{above}"


def score_with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return a behaviour score with what its 95 % interval spans to either side, the longer of both.

    Examples
    --------
    >>> score_with_interval(0.611, 0.604, 0.618), score_with_interval(0.6, None, None)
    ('0.61 ±0.01', '0.60')
    """
    if value is None or low is None or high is None:
        return score(value)
    return f"{score(value)} ±{max(value - low, high - value):.2f}"


def compare_rates(proxy: float, corrected: float | None, low: float | None, high: float | None) -> str:
    """Return in words what the difference between the label model's rate and the corrected one means.

    Examples
    --------
    >>> compare_rates(0.82, 0.76, 0.71, 0.80)
    'The label model flatters: people judge fewer responses good than it expects, beyond chance.'
    >>> compare_rates(0.78, None, None, None)
    'No review of this period was drawn at random, so there is nothing to correct the label model by.'
    """
    if corrected is None or low is None or high is None:
        return "No review of this period was drawn at random, so there is nothing to correct the label model by."
    if proxy > high:
        return "The label model flatters: people judge fewer responses good than it expects, beyond chance."
    if proxy < low:
        return "The label model is too strict: people judge more responses good than it expects, beyond chance."
    return "The label model and the reviews agree within what so many reviews can tell."


def change(value: float | None) -> str:
    """Return a change of the score with its sign.

    Examples
    --------
    >>> change(-0.0312), change(0.031), change(-0.001)
    ('-0.03', '+0.03', '+0.00')
    """
    if value is None:
        return UNKNOWN
    return f"{round(value, 2) + 0.0:+.2f}"


def score_change(before: float | None, after: float | None) -> str:
    """Return a score before and after.

    Examples
    --------
    >>> score_change(0.59, 0.407)
    '0.59 → 0.41'
    """
    return f"{score(before)} → {score(after)}"


def chance(p: float | None) -> str:
    """Return how likely chance alone does as much.

    Examples
    --------
    >>> chance(1.2e-27), chance(0.0372), chance(None)
    ('< 0.0001', '0.037', '–')
    """
    if p is None:
        return UNKNOWN
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}" if p >= 0.01 else f"{p:.4f}"


def interval(low: float | None, high: float | None) -> str:
    """Return both ends of an interval of scores.

    Examples
    --------
    >>> interval(0.556, 0.604), interval(None, None)
    ('0.56 to 0.60', '–')
    """
    return UNKNOWN if low is None or high is None else f"{score(low)} to {score(high)}"


def change_interval(low: float | None, high: float | None) -> str:
    """Return both ends of an interval of changes.

    Examples
    --------
    >>> change_interval(-0.038, 0.021)
    '-0.04 to +0.02'
    """
    return UNKNOWN if low is None or high is None else f"{change(low)} to {change(high)}"


def share(value: float | None) -> str:
    """Return a share of interactions as a percentage.

    Examples
    --------
    >>> share(0.524), share(None)
    ('52 %', '–')
    """
    return UNKNOWN if value is None else f"{value * 100:.0f} %"


def number(value: float | None) -> str:
    """Return a small number, without a decimal it does not need.

    Examples
    --------
    >>> number(2.0), number(1.5), number(None)
    ('2', '1.5', '–')
    """
    return UNKNOWN if value is None else f"{value:,.1f}".removesuffix(".0")


def moment(at: datetime | None) -> str:
    """Return a time to the minute, as the viewer's clock shows it, and how far that is ahead of UTC.

    Examples
    --------
    >>> moment(datetime.fromisoformat("2026-10-04T22:10:31+00:00"))
    '2026-10-04 22:10 UTC'
    """
    return UNKNOWN if at is None else _write_moment(in_viewer_zone(at))


def moment_with_utc(at: datetime | None) -> str:
    """Return a time as the viewer's clock shows it, and the same in UTC where that is another.

    Examples
    --------
    >>> moment_with_utc(datetime.fromisoformat("2026-10-04T22:10:31+00:00"))
    '2026-10-04 22:10 UTC'
    """
    if at is None:
        return UNKNOWN
    local, utc = moment(at), moment_in_utc(at)
    return local if local == utc else f"{local} ({utc})"


def moment_in_utc(at: datetime | None) -> str:
    """Return a time in UTC.

    Examples
    --------
    >>> moment_in_utc(datetime.fromisoformat("2026-10-05T00:10+02:00"))
    '2026-10-04 22:10 UTC'
    """
    return UNKNOWN if at is None else _write_moment(at.astimezone(UTC))


def ago(span: timedelta) -> str:
    """Return how long ago something was.

    Examples
    --------
    >>> [ago(timedelta(minutes=n)) for n in (0, 14, 180, 2900)]
    ['just now', '14 min ago', '3 h ago', '2 days ago']
    """
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 2 * 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 2 * 24 * 60 else f"{minutes // 60 // 24} days ago"


def _write_moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} {name_zone(at)}"


def freshness(run: Run | None) -> str:
    """Return which run a page was made from, and up to when it knows what happened.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-10-04T22:10:31+00:00")
    >>> freshness(Run(4, "run", at, at, watermark=at)), freshness(None)
    ('Run 4 · data up to 2026-10-04 22:10 UTC', 'No run yet')
    """
    return "No run yet" if run is None else f"Run {run.run} · data up to {moment_with_utc(run.watermark)}"


def days(period: Period) -> str:
    """Return the days of a period.

    Examples
    --------
    >>> from datetime import date
    >>> days(Period(date(2026, 9, 28), date(2026, 10, 4)))
    '28 Sep to 4 Oct 2026'
    """
    return f"{period.first:%-d %b} to {period.last:%-d %b %Y}"


def seconds(value: float | None) -> str:
    """Return a span of time.

    Examples
    --------
    >>> seconds(1.62), seconds(75), seconds(7300)
    ('1.6 s', '1 min 15 s', '2 h 1 min')
    """
    if value is None:
        return UNKNOWN
    if value < 60:
        return f"{value:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def words(name: str | None) -> str:
    """Return a name of ours as words.

    Examples
    --------
    >>> words("undone_soon")
    'Undone soon'
    """
    return UNKNOWN if name is None else name.replace("_", " ").capitalize()


def plain(text: str) -> str:
    """Return foreign text so that streamlit's Markdown shows it as it is, on one line.

    Nothing of it becomes markup, a link, or turns the direction of what stands around it.

    Examples
    --------
    >>> plain("**bold** <img src=x>")
    '\\\\*\\\\*bold\\\\*\\\\* \\\\<img src=x\\\\>'
    >>> plain("see www.example.org") == f"see www{_NO_LINK}\\\\.example\\\\.org"
    True
    """
    line = " ".join(_UNSEEN.sub(" ", text).split())
    return _isolate(_SPECIAL.sub(r"\\\1", _LINKS.sub(rf"\1{_NO_LINK}", line)))


def name(text: str) -> str:
    """Return a foreign name, such as that of a segment, for Markdown: as `plain`, cut where it is very long.

    Examples
    --------
    >>> name("intent = refund"), len(name(500 * "x"))
    ('intent = refund', 120)
    """
    line = " ".join(text.split())
    return plain(line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…")


def _isolate(text: str) -> str:
    """Return the text; where it runs from right to left, so that this ends with it."""
    return f"\u2068{text}\u2069" if any(bidirectional(one) in ("R", "AL") for one in text) else text


def each(values: pl.Series, say: Callable[[Any], str]) -> pl.Series:
    """Return every value of a column in words; what is null stays so.

    In place of `map_elements`, by which threads of polars call Python: beside another visitor's thread that keeps them
    from it while it waits for them, as a table on its way to pandas does, both would wait for ever.

    Examples
    --------
    >>> each(pl.Series("took_s", [1.5, None]), seconds).to_list()
    ['1.5 s', None]
    """
    return pl.Series(values.name, [None if value is None else say(value) for value in values], dtype=pl.String)
