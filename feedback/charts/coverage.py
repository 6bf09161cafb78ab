"""How much of the traffic the golden set reaches, segment by segment."""

import altair as alt
import polars as pl

from feedback.charts.meaning import GREY, SCORE

_SHARE = alt.Scale(domain=(0, 1))
_AXIS = alt.Axis(format="%", tickCount=5, domain=False, ticks=False)
_TITLE = "Share of the traffic within reach of an example"
_ROW, _FOOT = 30, 50


def coverage_map(coverage: pl.DataFrame, *, enough: float, most: int = 20) -> alt.LayerChart:
    """Return the share of traffic within reach of an example per segment, with its interval; `all` on top.

    Parameters
    ----------
    coverage
        One row per segment, most traffic out of reach first: `segment`, `n_examples`, `n`, `coverage`, `low`, `high`,
        `n_out_of_reach`. Segments without traffic are left out.
    enough
        From which share on a segment counts as covered, drawn as a line.
    most
        How many segments at most.
    """
    shown = coverage.drop_nulls("coverage").head(most)
    order = shown["segment"].to_list()
    base = alt.Chart(shown).encode(
        y=alt.Y("segment:N", sort=order, title=None, axis=alt.Axis(labelLimit=320, domain=False, ticks=False)),
        tooltip=[
            alt.Tooltip("segment:N", title="Segment"),
            alt.Tooltip("coverage:Q", title="Within reach", format=".1%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
            alt.Tooltip("n:Q", title="Interactions", format=","),
            alt.Tooltip("n_out_of_reach:Q", title="Out of reach", format=","),
            alt.Tooltip("n_examples:Q", title="Examples", format=","),
        ],
    )
    share = alt.X("coverage:Q", title=_TITLE, scale=_SHARE, axis=_AXIS)
    bars = base.mark_bar(color=SCORE, opacity=0.25, height=14, cornerRadius=2).encode(x=share)
    spans = base.mark_rule(color=SCORE, strokeWidth=3, opacity=0.6).encode(
        x=alt.X("low:Q", scale=_SHARE, axis=_AXIS, title=_TITLE), x2="high:Q"
    )
    points = base.mark_point(color=SCORE, filled=True, size=80, opacity=1).encode(x=share)
    line = (
        alt.Chart(pl.DataFrame({"at": [enough]}))
        .mark_rule(color=GREY, strokeDash=[4, 4])
        .encode(x=alt.X("at:Q", scale=_SHARE, axis=_AXIS, title=_TITLE))
    )
    return alt.LayerChart(layer=[bars, line, spans, points]).properties(
        height=_ROW * max(shown.height, 1) + _FOOT,
        description="Share of the current traffic within reach of a golden example, with 95 % intervals, per segment",
    )
