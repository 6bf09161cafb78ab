"""How many events arrive."""

import altair as alt
import polars as pl

from feedback.charts.days import count_axis, day_bars, day_tooltip


def events_per_day(days: pl.DataFrame) -> alt.Chart:
    """Return the events of each day as bars from zero.

    Parameters
    ----------
    days
        One row per day: `day`, `n_events`, `n_responses`, `lag_s`.
    """
    tooltip = [
        day_tooltip(),
        alt.Tooltip("n_events:Q", title="Events", format=","),
        alt.Tooltip("n_responses:Q", title="AI responses", format=","),
        alt.Tooltip("lag_s:Q", title="Median seconds to arrive", format=",.1f"),
    ]
    bars = day_bars(days, "n_events", title="Events", axis=alt.Axis(**count_axis(n_ticks=4)), tooltip=tooltip)
    return bars.properties(height=180, description="Events per day")
