"""What of each day came late or was not recorded."""

import altair as alt
import polars as pl

from feedback.charts.days import day_axis, day_scale, day_tooltip
from feedback.charts.meaning import COUNT

_LEAST_TOP = 0.1


def share_per_day(daily: pl.DataFrame, column: str, *, title: str) -> alt.LayerChart:
    """Return a share of each day as a line from zero; the line breaks at days without one.

    Parameters
    ----------
    daily
        One row per day: `day`, `n_events` and the column.
    column
        Name of a column of shares in [0, 1].
    title
        What it is a share of, for the tooltip and for people who hear the chart.
    """
    top = max(float(daily.select(pl.col(column).max()).item() or 0.0), _LEAST_TOP)
    axis = alt.Axis(format=".0%", tickCount=3, domain=False, ticks=False)
    base = alt.Chart(daily).encode(
        x=alt.X("day:T", scale=day_scale(daily), axis=day_axis()),
        y=alt.Y(f"{column}:Q", title=None, scale=alt.Scale(domain=[0, top]), axis=axis),
        tooltip=[
            day_tooltip(),
            alt.Tooltip(f"{column}:Q", title=title, format=".2%"),
            alt.Tooltip("n_events:Q", title="Events", format=","),
        ],
    )
    layers = [
        base.mark_line(color=COUNT, strokeWidth=1.8),
        base.mark_point(color=COUNT, filled=True, size=24, opacity=1),
    ]
    return alt.LayerChart(layer=layers).properties(height=120, description=f"{title}, per day")
