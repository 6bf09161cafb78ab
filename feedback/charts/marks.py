"""What is marked on a trend: releases, and since when it has been worse."""

import altair as alt
import polars as pl

from feedback.charts.days import day_scale
from feedback.charts.meaning import GREY, ORANGE

_TIME = "%-d %b %H:%M"


def release_marks(days: pl.DataFrame, releases: pl.DataFrame) -> list[alt.Chart]:
    """Return a dotted line and a triangle for each release among the days drawn; nothing without one.

    Parameters
    ----------
    days
        The days of the chart: `day`.
    releases
        One row per release: `first_at`, `column`, `value`, as `list_releases` gives them.
    """
    first, last = days["day"].min(), days["day"].max()
    drawn = releases.filter(pl.col("first_at").dt.date().is_between(pl.lit(first), pl.lit(last)))
    if drawn.is_empty():
        return []
    named = drawn.select("first_at", release=pl.format("{} = {}", "column", "value"))
    base = alt.Chart(named).encode(alt.X("first_at:T", scale=day_scale(days)))
    tip = [alt.Tooltip("release:N", title="Release"), alt.Tooltip("first_at:T", title="First seen", format=_TIME)]
    return [
        base.mark_rule(color=GREY, strokeDash=[1, 3], strokeWidth=1.5).encode(tooltip=tip),
        base.mark_point(color=GREY, filled=True, shape="triangle-down", size=70, opacity=1).encode(
            y=alt.value(4), tooltip=tip
        ),
    ]


def onset_marks(days: pl.DataFrame, onset: pl.DataFrame) -> list[alt.Chart]:
    """Return a band and a dashed line where something began; nothing without a row.

    Parameters
    ----------
    days
        The days of the chart: `day`.
    onset
        At most one row: `onset_at` in its interval `onset_low` to `onset_high`.
    """
    if onset.is_empty():
        return []
    scale, one = day_scale(days), alt.Chart(onset)
    tip = [
        alt.Tooltip("onset_at:T", title="Began about", format=_TIME),
        alt.Tooltip("onset_low:T", title="95 % interval from", format=_TIME),
        alt.Tooltip("onset_high:T", title="to", format=_TIME),
    ]
    return [
        one.mark_rect(color=ORANGE, opacity=0.15).encode(
            alt.X("onset_low:T", scale=scale), alt.X2("onset_high:T"), tooltip=tip
        ),
        one.mark_rule(color=ORANGE, strokeDash=[4, 3], strokeWidth=1.5).encode(
            alt.X("onset_at:T", scale=scale), tooltip=tip
        ),
    ]
