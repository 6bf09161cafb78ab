"""The axis of days that charts share, so that they line up."""

from datetime import UTC, datetime, time, timedelta

import altair as alt
import polars as pl

from feedback.charts.meaning import COUNT

_HALF_BAR = timedelta(hours=8)
# Room for the half of a bar that lies before its day.
_MARGIN = timedelta(hours=14)


def day_scale(daily: pl.DataFrame) -> alt.Scale:
    """Return a scale from the first `day` to the last with room at both ends.

    It is in UTC: in its own time zone a browser would show a date as the evening before.
    """
    first, last = daily.select(first=pl.col("day").min(), last=pl.col("day").max()).row(0)
    if first is None:
        return alt.Scale(type="utc")
    start, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    # As text: Vega-Lite does not take numbers for times here.
    return alt.Scale(type="utc", domain=[(start - _MARGIN).isoformat(), (end + _MARGIN).isoformat()], nice=False)


def day_axis(*, named: bool = True) -> alt.Axis:
    """Return an axis that names one day a week, or none."""
    week = {"interval": "week", "step": 1}
    return alt.Axis(format="%-d %b", labels=named, domain=named, ticks=False, grid=False, tickCount=week, title=None)


def day_tooltip() -> alt.Tooltip:
    """Return the line of a tooltip that says which `day` it is."""
    return alt.Tooltip("day:T", title="Day", timeUnit="utcyearmonthdate", format="%a %-d %b %Y")


def count_axis(*, n_ticks: int) -> dict:
    """Return the settings of an axis of counts: 0, 500, 1k."""
    # As an expression, as a format alone writes zero as 0k.
    return {"labelExpr": "format(datum.value, '~s')", "tickCount": n_ticks, "domain": False, "ticks": False}


def day_bars(daily: pl.DataFrame, column: str, *, title: str, axis: alt.Axis, tooltip: list[alt.Tooltip]) -> alt.Chart:
    """Return a bar per `day` from zero to a count, two thirds of a day wide however many days there are."""
    day = pl.col("day").cast(pl.Datetime("us", "UTC"))
    return (
        alt.Chart(daily.with_columns(bar_from=day - _HALF_BAR, bar_until=day + _HALF_BAR))
        .mark_rect(color=COUNT, opacity=0.8, cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X("bar_from:T", scale=day_scale(daily), axis=day_axis()),
            x2="bar_until:T",
            y=alt.Y(f"{column}:Q", title=title, axis=axis, scale=alt.Scale(zero=True)),
            y2=alt.datum(0),
            tooltip=tooltip,
        )
    )
