"""Numbers, times and foreign words as people read them."""

import re
from datetime import datetime

from feedback.explore import Period
from feedback.store.run import Run

UNKNOWN = "–"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])")
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
    """Return a time to the minute.

    Examples
    --------
    >>> moment(datetime.fromisoformat("2026-10-04T22:10:31+00:00"))
    '2026-10-04 22:10 UTC'
    """
    return UNKNOWN if at is None else f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def freshness(run: Run | None) -> str:
    """Return which run a page was made from, and up to when it knows what happened.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-10-04T22:10:31+00:00")
    >>> freshness(Run(4, "run", at, at, watermark=at)), freshness(None)
    ('Run 4 · data up to 2026-10-04 22:10 UTC', 'No run yet')
    """
    return "No run yet" if run is None else f"Run {run.run} · data up to {moment(run.watermark)}"


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

    Examples
    --------
    >>> plain("**bold** <img src=x>")
    '\\\\*\\\\*bold\\\\*\\\\* \\\\<img src=x\\\\>'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
