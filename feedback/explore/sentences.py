"""What changed, in plain sentences made of small frames: what broke, when and for whom; calm when nothing did."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from feedback.incidents.notify import KIND_WORDS
from feedback.incidents.states import OPEN
from feedback.settings.incidents import SEVERITIES

Tone = Literal["worse", "better", "calm", "unknown"]
GRAVEST_FIRST = SEVERITIES[::-1]
_LONGEST = 120
_WITHOUT_A_NAME = "unrated"
_SHARES: Mapping[str, Callable[[str], str]] = {
    "fires": lambda name: f"the sign “{name}” is on",
    "event": lambda name: f"people did “{name}” after",
    "outcome": lambda name: f"“{name}” is the end of",
}


class Headline(NamedTuple):
    """One sentence, how it is meant, and the page it leads to with what is said in its address."""

    lead: str
    text: str
    tone: Tone
    page: str
    address: dict[str, str]


def say_week(whole: pl.DataFrame, *, n_days: int) -> Headline:
    """Return how all answers together did against the period before.

    Parameters
    ----------
    whole
        One row, as `compare_values` gives it for everything; no row where there is nothing.
    n_days
        Length of either period.

    Examples
    --------
    >>> whole = pl.DataFrame({"n": [900], "n_before": [880], "score": [0.6], "change": [-0.03], "change_low": [-0.05],
    ...                       "change_high": [-0.01], "direction": ["worse"]})
    >>> say_week(whole, n_days=7).text
    'The behaviour score fell by 0.03 to 0.60 (95 %: −0.05 to −0.01; 900 answers, 880 before).'
    """
    lead, where = f"Latest {n_days} days", {"against": "previous period", "length": str(n_days)}
    row = whole.row(0, named=True) if whole.height else {"direction": "unknown", "n": 0, "n_before": 0}
    counts = f"{row['n']:,} answers, {row['n_before']:,} before"
    if row["direction"] == "unknown":
        return Headline(lead, f"Too few answers to compare with the {n_days} days before ({counts}).", "unknown",
                        "segments", where)  # fmt: skip
    spread = f"(95 %: {_signed(row['change_low'])} to {_signed(row['change_high'])}; {counts})"
    if row["direction"] == "unclear":
        text = f"As good as the {n_days} days before: the behaviour score is {row['score']:.2f}, and its change "
        return Headline(lead, f"{text}no more than chance {spread}.", "calm", "segments", where)
    did = "fell" if row["direction"] == "worse" else "rose"
    text = f"The behaviour score {did} by {abs(row['change']):.2f} to {row['score']:.2f} {spread}."
    return Headline(lead, text, "worse" if did == "fell" else "better", "segments", where)


def say_worst(segments: pl.DataFrame, incidents: pl.DataFrame, *, time_zone: str) -> Headline:
    """Return which segment lost most, since when, after what, and how many people it meets.

    A segment in which, by its open incidents, only a signal changed its meaning comes after those that got worse.

    Parameters
    ----------
    segments
        Table `segments` of the current labels.
    incidents
        One row per incident, as `fold_incidents`.
    time_zone
        Zone of the reader.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> incidents = pl.DataFrame(schema={"segment": pl.String, "kind": pl.String, "state": pl.String})
    >>> say_worst(empty_table("segments"), incidents, time_zone="UTC").text
    'No group of answers got worse by more than chance or a changed mix explains.'
    """
    if segments.is_empty():
        text = "No group of answers got worse by more than chance or a changed mix explains."
        return Headline("Worst hit", text, "calm", "segments", {})
    signals = _only_signals(incidents)
    is_signal = pl.col("segment").is_in(signals.implode())
    row = segments.sort(is_signal, "lost_successes", "segment", descending=[False, True, False]).row(0, named=True)
    value = "behaviour score" if row["value"] == "score" else "probability of a good answer"
    days = (row["first_day"], row["last_day"])
    n_lost = round(row["lost_successes"])
    lost = f", of which about {n_lost:,} good ones were lost by that measure" if n_lost > 0 else ""
    span = f" in {(days[1] - days[0]).days + 1} days" if all(days) else ""
    text = (
        f"{_name_segment(row['segment'])}: {value} {row['rate_before']:.2f} → {row['rate_after']:.2f} "
        f"(95 %: {_signed(row['change_low'])} to {_signed(row['change_high'])})"
        f"{_say_since(row['onset_at'], time_zone)}{_say_release(row['follows_release'])}. "
        f"For whom: {row['n_users_after']:,} people, {row['n_after']:,} answers{span}{lost}."
    )
    if row["segment"] in signals:
        text += " Its alarm says that only a signal changed its meaning: the answers need not be worse."
    query = {"segment": row["segment"], "since": str(row["first_day"])}
    return Headline("Worst hit", text, "worse", "segments", query)


def say_new(
    incidents: pl.DataFrame, alarms: pl.DataFrame, *, since: datetime | None, until: datetime | None, time_zone: str
) -> Headline:
    """Return which incident is new, the gravest first, and how many are open.

    Parameters
    ----------
    incidents
        One row per incident, as `fold_incidents`.
    alarms
        Table `alarms` of the current labels.
    since, until
        What counts as new, in event time; null before the first run.
    time_zone
        Zone of the reader.

    Examples
    --------
    >>> from feedback.incidents.states import fold_incidents
    >>> from feedback.schemas import empty_table
    >>> incidents = fold_incidents(empty_table("incident_events"))
    >>> say_new(incidents, empty_table("alarms"), since=None, until=None, time_zone="UTC").text
    'Nothing new, and no incident is open.'
    """
    is_open = incidents.filter(pl.col("state").is_in(OPEN))
    new = is_open.filter(pl.col("detected_at").is_between(pl.lit(since), pl.lit(until))) if since else is_open.clear()
    if is_open.is_empty():
        return Headline("Since yesterday", "Nothing new, and no incident is open.", "calm", "incidents", {})
    if new.is_empty():
        text = f"Nothing new. Still open: {count_severities(is_open)}."
        return Headline("Since yesterday", text, "calm", "incidents", {})
    row = order_incidents(new).row(0, named=True)
    what = KIND_WORDS.get(row["kind"] or "", "something changed")
    text = (
        f"{_name_segment(row['segment'] or 'all')}: {what}{_say_since(row['onset_at'], time_zone)}"
        f"{_say_alarm(row, alarms)}. {_count_new(new.height, is_open.height)}"
    )
    return Headline("Since yesterday", text, "worse", "incidents", {"incident": row["incident_id"]})


def order_incidents(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return incidents with the open ones first, the gravest first among them, then the latest detected."""
    rank = pl.col("severity").replace_strict(
        {name: place for place, name in enumerate(GRAVEST_FIRST)}, default=len(GRAVEST_FIRST), return_dtype=pl.Int64
    )
    is_closed = ~pl.col("state").is_in(OPEN)
    latest = pl.coalesce("detected_at", "opened_at")
    return incidents.sort(is_closed, rank, latest, "incident_id", descending=[False, False, True, False])


def count_severities(incidents: pl.DataFrame) -> str:
    """Return how many incidents there are of each severity, the gravest first.

    Examples
    --------
    >>> count_severities(pl.DataFrame({"severity": ["low", "high", "low", None]}))
    '1 high, 2 low, 1 unrated'
    """
    named = incidents["severity"].fill_null(_WITHOUT_A_NAME)
    counts = {name: (named == name).sum() for name in (*GRAVEST_FIRST, _WITHOUT_A_NAME)}
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n)


def _only_signals(incidents: pl.DataFrame) -> pl.Series:
    """Return the segments of whose open incidents none is about more than a signal."""
    is_open = incidents.filter(pl.col("state").is_in(OPEN)).drop_nulls("segment")
    kinds = is_open.group_by("segment").agg((pl.col("kind") == "signal").fill_null(value=False).all().alias("only"))
    return kinds.filter("only")["segment"].sort()


def _say_alarm(incident: Mapping, alarms: pl.DataFrame) -> str:
    """Return by how much what is watched changed, by the latest alarm about it; nothing where there is none."""
    same = alarms.filter(pl.col("segment") == incident["segment"], pl.col("metric") == incident["metric"])
    if same.is_empty():
        return ""
    row = same.sort("detected_at", "alarm_id").row(-1, named=True)
    release = _say_release(row["follows_release"])
    n = f"n = {row['n_after']:,}"
    if row["rate_before"] is None or row["rate_after"] is None:
        usual = f" ({100 * row['times_usual']:.0f} % of the usual traffic)" if row["times_usual"] is not None else ""
        return f"{release}{usual}"
    before, after = row["rate_before"], row["rate_after"]
    kind, _, name = row["metric"].partition(": ")
    if kind in _SHARES:
        said = _SHARES[kind](name.replace("_", " "))
        return f"{release} ({said} {100 * after:.1f} % of them, {100 * before:.1f} % before; {n})"
    if row["metric"] == "voted":
        return f"{release} ({100 * after:.1f} % of them have any vote, {100 * before:.1f} % before; {n})"
    spread = "" if row["after_low"] is None else f", 95 %: {row['after_low']:.2f} to {row['after_high']:.2f}"
    return f"{release} ({before:.2f} → {after:.2f}{spread}; {n})"


def _count_new(n_new: int, n_open: int) -> str:
    others = f"{n_new - 1:,} more new, " if n_new > 1 else ""
    return f"{others}{n_open:,} open in all." if n_open > 1 else "It is the only one open."


def _name_segment(segment: str) -> str:
    """Return a segment as part of a sentence.

    Examples
    --------
    >>> _name_segment("intent = refund & language = de"), _name_segment("all")
    ('Answers with intent = refund and language = de', 'All answers')
    """
    if segment == "all":
        return "All answers"
    shown = segment if len(segment) <= _LONGEST else f"{segment[: _LONGEST - 1]}…"
    return f"Answers with {shown.replace(' & ', ' and ')}"


def _say_since(at: datetime | None, time_zone: str) -> str:
    return f" since about {at.astimezone(ZoneInfo(time_zone)):%-d %b, %-H}:00" if at else ""


def _say_release(release: str | None) -> str:
    return f", after the release {release[:_LONGEST]}" if release else ""


def _signed(value: float) -> str:
    """Return a change with its sign, a real minus.

    Examples
    --------
    >>> _signed(-0.031), _signed(0.001)
    ('−0.03', '+0.00')
    """
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
