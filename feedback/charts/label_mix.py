"""What became of the responses, day by day."""

import altair as alt
import polars as pl

from feedback.charts.days import day_axis, day_scale, day_tooltip
from feedback.charts.meaning import OUTCOMES, colors_of, words_of

_FINAL = {name: meaning for name, meaning in OUTCOMES.items() if name != "open"}
_AXIS = alt.Axis(format="%", tickCount=4, domain=False, ticks=False)


def outcomes_over_time(daily: pl.DataFrame) -> alt.Chart:
    """Return a bar per day cut into what became of its responses, good below and bad above.

    Parameters
    ----------
    daily
        One row per day and outcome: `day`, `outcome`, `n`, `share` of the day, `place` (position from good to bad).
    """
    half = pl.duration(hours=9)
    day = pl.col("day").cast(pl.Datetime("us", "UTC"))
    # Stacked here: bars of a width in hours know no stacking.
    until = pl.col("share").cum_sum().over("day", order_by="place")
    shown = daily.with_columns(
        words=pl.col("outcome").replace_strict(words_of(OUTCOMES), return_dtype=pl.String),
        bar_from=day - half,
        bar_until=day + half,
        until=until,
        since=until - pl.col("share"),
    )
    return (
        alt.Chart(shown)
        .mark_rect()
        .encode(
            x=alt.X("bar_from:T", scale=day_scale(daily), axis=day_axis()),
            x2="bar_until:T",
            y=alt.Y("since:Q", title="Share of the final labels", axis=_AXIS, scale=alt.Scale(domain=[0, 1])),
            y2="until:Q",
            color=alt.Color(
                "words:N",
                scale=colors_of(_FINAL),
                legend=alt.Legend(title=None, orient="top", columns=7, symbolType="square", labelLimit=200),
            ),
            tooltip=[
                day_tooltip(),
                alt.Tooltip("words:N", title="Outcome"),
                alt.Tooltip("share:Q", title="Share of the day", format=".1%"),
                alt.Tooltip("n:Q", title="Responses", format=","),
            ],
        )
        .properties(height=270, description="Share of the responses of each day by what became of them")
    )
