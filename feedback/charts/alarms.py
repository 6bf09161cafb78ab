"""How what an alarm is about went, and on which days alarms would have come."""

import altair as alt
import polars as pl

from feedback.charts.days import day_axis, day_scale, day_tooltip
from feedback.charts.marks import onset_marks, release_marks
from feedback.charts.meaning import BLUE, GREY, ORANGE, PALE, SCORE, VERMILLION
from feedback.charts.spans import trend_scale

_COLORS = (BLUE, ORANGE, PALE)
_WIDEST_NAME = 24


def alarm_trend(
    trend: pl.DataFrame, *, title: str, alarm: pl.DataFrame, releases: pl.DataFrame, is_score: bool
) -> alt.LayerChart:
    """Return the mean of each day with its interval, when the change began, when it was reported, and releases.

    Parameters
    ----------
    trend
        One row per day: `day`, `n`, `rate`, `low`, `high` (null where there is no interval).
    title
        What the mean is of, such as `Behaviour score`.
    alarm
        One row: `onset_at` with `onset_low` and `onset_high`, and `detected_at`.
    releases
        One row per release: `first_at`, `column`, `value`.
    is_score
        Whether the mean is of a score or a probability; a share or a number of labels is drawn from zero.
    """
    base = alt.Chart(trend).encode(alt.X("day:T", scale=day_scale(trend), axis=day_axis()))
    shown = ".2f" if trend["low"].count() else ",.0f"
    axis = alt.Axis(format=shown, tickCount=4, domain=False, ticks=False)
    mean = alt.Y("rate:Q", title=title, scale=trend_scale(trend, is_score=is_score), axis=axis)
    tooltips = [
        day_tooltip(),
        alt.Tooltip("rate:Q", title=title, format=shown),
        alt.Tooltip("low:Q", title="95 % interval from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
        alt.Tooltip("n:Q", title="Labels", format=","),
    ]
    layers = [
        *onset_marks(trend, alarm),
        *_detection(trend, alarm),
        *release_marks(trend, releases),
        base.mark_area(color=SCORE, opacity=0.2).encode(alt.Y("low:Q", title=title), alt.Y2("high:Q")),
        base.mark_line(color=SCORE, strokeWidth=2.2).encode(mean),
        base.mark_point(color=SCORE, filled=True, size=28, opacity=1).encode(mean),
        base.mark_rule(strokeWidth=16, opacity=0).encode(tooltip=tooltips),
    ]
    return alt.LayerChart(layer=layers).properties(
        height=240, description=f"{title} per day, with the onset of the change and releases"
    )


def fired_days(days: pl.DataFrame, *, first: str) -> alt.LayerChart:
    """Return on which days each way would have raised alarms: a row per way, a dot per day.

    Parameters
    ----------
    days
        One row per `day` and `way`: `n_alarms`, and the `segments` in words.
    first
        The way that is listed first.
    """
    ways = [first, *sorted(set(days["way"]) - {first})]
    way = alt.Y("way:N", sort=ways, title=None, axis=alt.Axis(labelLimit=200, domain=False, ticks=False))
    base = alt.Chart(days).encode(alt.X("day:T", scale=day_scale(days), axis=day_axis()), way)
    size = alt.Size("n_alarms:Q", scale=alt.Scale(range=[60, 500]), legend=None)
    color = alt.Color("way:N", scale=alt.Scale(domain=ways, range=list(_COLORS[: len(ways)])), legend=None)
    tooltips = [
        alt.Tooltip("way:N", title="With"),
        day_tooltip(),
        alt.Tooltip("n_alarms:Q", title="Alarms", format=","),
        alt.Tooltip("segments:N", title="About"),
    ]
    fired = base.transform_filter("datum.n_alarms > 0")
    layers = [
        base.mark_tick(color=GREY, opacity=0.35, thickness=1, height=8),
        fired.mark_circle(opacity=0.85).encode(size, color, tooltip=tooltips),
    ]
    return alt.LayerChart(layer=layers).properties(
        height=60 + 44 * len(ways), description="Days on which alarms would have been raised, by way of watching"
    )


def _detection(trend: pl.DataFrame, alarm: pl.DataFrame) -> list[alt.Chart]:
    tip = [alt.Tooltip("detected_at:T", title="Reported", format="%-d %b %H:%M")]
    x = alt.X("detected_at:T", scale=day_scale(trend))
    return [alt.Chart(alarm).mark_rule(color=VERMILLION, strokeWidth=1.5).encode(x, tooltip=tip)]
