"""The behaviour score over time, and what became of the interactions."""

from datetime import date

import altair as alt
import polars as pl

from feedback.charts.days import count_axis, day_axis, day_bars, day_scale, day_tooltip
from feedback.charts.marks import release_marks
from feedback.charts.meaning import COUNT, OUTCOMES, SCORE, colors_of, words_of
from feedback.charts.spans import Span, score_span

# Both axes of stacked charts need the same room, or their days do not line up.
_AXIS_ROOM = 46
_COUNTS = alt.Axis(grid=False, minExtent=_AXIS_ROOM, maxExtent=_AXIS_ROOM, **count_axis(n_ticks=2))


def score_over_time(
    daily: pl.DataFrame, *, marked: tuple[date, date] | None = None, releases: pl.DataFrame | None = None
) -> alt.LayerChart:
    """Return the score per day with its interval, and releases.

    Parameters
    ----------
    daily
        One row per day: `day`, `n`, `n_voted`, `voted_share`, `mean_score`, `score_low`, `score_high`. The line
        breaks at days without a score, the band at days without an interval.
    marked
        First and last day of a period to mark.
    releases
        One row per release: `first_at`, `column`, `value`.
    """
    layers = _band_and_line(daily, score_span(daily), is_alone=False)
    if releases is not None:
        layers = [*release_marks(daily, releases), *layers]
    if marked:
        layers.insert(0, _mark(daily, marked))
    return alt.LayerChart(layer=layers).properties(
        height=230, description="Behaviour score per day with its 95 % interval, and releases"
    )


def volume_over_time(daily: pl.DataFrame) -> alt.Chart:
    """Return how many interactions there were per day; its days line up with those of `score_over_time`.

    Parameters
    ----------
    daily
        One row per day, as for `score_over_time`.
    """
    bars = day_bars(daily, "n", title="Interactions", axis=_COUNTS, tooltip=_tooltips())
    return bars.properties(height=110, description="Interactions per day")


def score_of_value(daily: pl.DataFrame, span: Span, *, height: int = 110) -> alt.LayerChart:
    """Return the score of one value per day with its interval, on an axis shared with its neighbours.

    Parameters
    ----------
    daily
        One row per day, as for `score_over_time`.
    span
        Ends of the score axis.
    height
        Height in pixels.
    """
    chart = alt.LayerChart(layer=_band_and_line(daily, span, is_alone=True))
    return chart.properties(height=height, description="Behaviour score of one value per day with its 95 % interval")


def outcome_bar(outcomes: pl.DataFrame) -> alt.Chart:
    """Return one bar cut into what became of the interactions.

    Parameters
    ----------
    outcomes
        One row per outcome: `outcome`, `n`, `share`, `place` (position in the bar).
    """
    shown = outcomes.with_columns(words=pl.col("outcome").replace_strict(words_of(OUTCOMES), return_dtype=pl.String))
    return (
        alt.Chart(shown)
        .mark_bar(height=26)
        .encode(
            x=alt.X("share:Q", stack="zero", axis=None, scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("words:N", scale=colors_of(OUTCOMES), legend=None),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("words:N", title="Outcome"),
                alt.Tooltip("n:Q", title="Interactions", format=","),
                alt.Tooltip("share:Q", title="Share of interactions", format=".1%"),
            ],
        )
        .properties(height=44, description="Share of the interactions of the period by what became of them")
    )


def _band_and_line(daily: pl.DataFrame, span: Span, *, is_alone: bool) -> list[alt.Chart]:
    """Return the layers; alone, the chart names its days, and what it shows is said above it."""
    base = alt.Chart(daily).encode(alt.X("day:T", scale=day_scale(daily), axis=day_axis(named=is_alone)))
    scale = alt.Scale(domain=list(span), nice=False, zero=False)
    how = {"scale": scale, "title": None if is_alone else "Behaviour score", "axis": _score_axis(is_alone=is_alone)}
    score = alt.Y("mean_score:Q", **how)
    return [
        base.mark_area(color=SCORE, opacity=0.2).encode(alt.Y("score_low:Q", **how), alt.Y2("score_high:Q")),
        base.mark_line(color=SCORE, strokeWidth=1.8 if is_alone else 2.2).encode(score),
        base.mark_point(color=SCORE, filled=True, size=12 if is_alone else 28, opacity=1).encode(score),
        # Days lie apart: without this one would have to hit the point itself.
        base.mark_rule(strokeWidth=16, opacity=0).encode(tooltip=_tooltips()),
    ]


def _mark(daily: pl.DataFrame, marked: tuple[date, date]) -> alt.Chart:
    first, last = marked
    inside = pl.DataFrame({"first": [max([first, *daily["day"].head(1)])], "last": [last]})
    return (
        alt.Chart(inside)
        .mark_rect(color=COUNT, opacity=0.10)
        .encode(alt.X("first:T", scale=day_scale(daily)), alt.X2("last:T"))
    )


def _score_axis(*, is_alone: bool) -> alt.Axis:
    room = alt.Undefined if is_alone else _AXIS_ROOM
    return alt.Axis(format=".1f", tickCount=4, domain=False, ticks=False, minExtent=room, maxExtent=room)


def _tooltips() -> list[alt.Tooltip]:
    return [
        day_tooltip(),
        alt.Tooltip("mean_score:Q", title="Behaviour score", format=".2f"),
        alt.Tooltip("score_low:Q", title="95 % interval from", format=".2f"),
        alt.Tooltip("score_high:Q", title="to", format=".2f"),
        alt.Tooltip("n:Q", title="Interactions", format=","),
        alt.Tooltip("voted_share:Q", title="Share with any vote", format=".0%"),
    ]
