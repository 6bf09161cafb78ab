"""Honest axes: which part of the possible values a chart shows."""

import altair as alt
import polars as pl

Span = tuple[float, float]
_LEAST_SPAN = 0.3
_ROOM = 1.1


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
    return _widen(daily, "mean_score", "score_low", "score_high")


def trend_scale(trend: pl.DataFrame, *, is_score: bool) -> alt.Scale:
    """Return the scale of a trend: of a score as `score_span`, of a share or a count from zero.

    Parameters
    ----------
    trend
        One row per day: `rate`, `low`, `high`.
    is_score
        Whether it is a behaviour score or a probability, which lie far from zero.

    Examples
    --------
    >>> trend = pl.DataFrame({"rate": [0.01, 0.02], "low": [0.0, 0.01], "high": [0.03, 0.04]})
    >>> trend_scale(trend, is_score=False).domain, trend_scale(trend, is_score=True).domain
    ([0.0, 0.044], [0.0, 0.3])
    """
    if is_score:
        return alt.Scale(domain=list(_widen(trend, "rate", "low", "high")), nice=False, zero=False)
    most = trend.select(pl.max_horizontal(pl.col("rate", "high").max())).item() or 1.0
    return alt.Scale(domain=[0.0, round(most * _ROOM, 9)], nice=False)


def _widen(daily: pl.DataFrame, mean: str, low: str, high: str) -> Span:
    least = daily.select(pl.min_horizontal(pl.col(mean, low).min())).item()
    most = daily.select(pl.max_horizontal(pl.col(mean, high).max())).item()
    if least is None:
        return 0.0, 1.0
    start, end = int(least * 10) / 10, -(int(-most * 10 - 0.999) / 10)
    missing = max(_LEAST_SPAN - (end - start), 0)
    start = max(round(start - missing / 2, 1), 0.0)
    end = min(round(max(end, start + _LEAST_SPAN), 1), 1.0)
    return round(min(start, end - _LEAST_SPAN), 1), end
