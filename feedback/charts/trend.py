"""How a segment went, day by day, and since when it has been worse."""

import altair as alt
import polars as pl

from feedback.charts.days import day_axis, day_scale, day_tooltip
from feedback.charts.marks import onset_marks, release_marks
from feedback.charts.meaning import SCORE
from feedback.charts.spans import trend_scale


def segment_trend(trend: pl.DataFrame, *, title: str, onset: pl.DataFrame, releases: pl.DataFrame) -> alt.LayerChart:
    """Return the mean of each day with its interval, and the span in which it began to get worse.

    Parameters
    ----------
    trend
        One row per day: `day`, `n`, `n_users`, `rate`, `low`, `high`, as `daily_trend` gives them.
    title
        What the mean is of, such as `Behaviour score`.
    onset
        One row with `onset_at`, `onset_low` and `onset_high`; no row where no onset was found.
    releases
        One row per release: `first_at`, `column`, `value`.
    """
    base = alt.Chart(trend).encode(alt.X("day:T", scale=day_scale(trend), axis=day_axis()))
    axis = alt.Axis(format=".2f", tickCount=4, domain=False, ticks=False)
    mean = alt.Y("rate:Q", title=title, scale=trend_scale(trend, is_score=True), axis=axis)
    tooltips = [
        day_tooltip(),
        alt.Tooltip("rate:Q", title=title, format=".2f"),
        alt.Tooltip("low:Q", title="95 % interval from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
        alt.Tooltip("n:Q", title="Labels with a value", format=","),
        alt.Tooltip("n_users:Q", title="People", format=","),
    ]
    layers = [
        *onset_marks(trend, onset),
        *release_marks(trend, releases),
        base.mark_area(color=SCORE, opacity=0.2).encode(alt.Y("low:Q", title=title), alt.Y2("high:Q")),
        base.mark_line(color=SCORE, strokeWidth=2.2).encode(mean),
        base.mark_point(color=SCORE, filled=True, size=28, opacity=1).encode(mean),
        base.mark_rule(strokeWidth=16, opacity=0).encode(tooltip=tooltips),
    ]
    description = f"{title} per day with its 95 % interval, when it began to get worse, and releases"
    return alt.LayerChart(layer=layers).properties(height=230, description=description)
