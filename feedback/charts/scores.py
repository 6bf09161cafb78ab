"""The behaviour score over time, and what became of the interactions."""

from datetime import date

import altair as alt
import polars as pl

from feedback.charts.days import count_axis, day_axis, day_bars, day_scale, day_tooltip
from feedback.charts.meaning import COUNT, OUTCOMES, SCORE, colors_of, words_of

Span = tuple[float, float]
_LEAST_SPAN = 0.3
# Both axes of stacked charts need the same room, or their days do not line up.
_AXIS_ROOM = 46
_COUNTS = alt.Axis(grid=False, minExtent=_AXIS_ROOM, maxExtent=_AXIS_ROOM, **count_axis(n_ticks=2))


def score_span(daily: pl.DataFrame) -> Span:
    """Return the part of [0, 1] in which all scores and intervals lie, in tenths; at least 0.3 wide.

    An axis cut closer would make noise look like news.

    Parameters
    ----------
    daily
        One row per day: `mean_score`, `score_low`, `score_high`.

    Examples
    --------
    >>> score_span(pl.DataFrame({"mean_score": [0.52, 0.58], "score_low": [0.47, None], "score_high": [0.63, None]}))
    (0.4, 0.7)
    """
    least = daily.select(pl.min_horizontal(pl.col("mean_score", "score_low").min())).item()
    most = daily.select(pl.max_horizontal(pl.col("mean_score", "score_high").max())).item()
    if least is None:
        return 0.0, 1.0
    low, high = int(least * 10) / 10, -(int(-most * 10 - 0.999) / 10)
    missing = max(_LEAST_SPAN - (high - low), 0)
    low = max(round(low - missing / 2, 1), 0.0)
    high = min(round(max(high, low + _LEAST_SPAN), 1), 1.0)
    return round(min(low, high - _LEAST_SPAN), 1), high


def score_over_time(daily: pl.DataFrame, *, marked: tuple[date, date] | None = None) -> alt.LayerChart:
    """Return the score per day with its interval.

    Parameters
    ----------
    daily
        One row per day: `day`, `n`, `n_voted`, `voted_share`, `mean_score`, `score_low`, `score_high`. The line
        breaks at days without a score, the band at days without an interval.
    marked
        First and last day of a period to mark.
    """
    layers = _band_and_line(daily, score_span(daily), is_alone=False)
    if marked:
        layers.insert(0, _mark(daily, marked))
    return alt.LayerChart(layer=layers).properties(
        height=230, description="Behaviour score per day with its 95 % interval"
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
