"""What an evaluation passes beside what is good in production."""

import altair as alt
import polars as pl

from feedback.charts.meaning import ORANGE, SCORE

_SHARE = alt.Scale(domain=(0, 1))
_AXIS = alt.Axis(format="%", tickCount=5, domain=False, ticks=False)
_SIDES = {"evaluation": SCORE, "production": ORANGE}
_ROW = 56


def pass_rate_plot(rates: pl.DataFrame) -> alt.LayerChart:
    """Return the weighted pass rate and the production rate of each segment, with their intervals.

    Parameters
    ----------
    rates
        One row per segment, as `compare_with_production` gives them: `segment`, `weighted_pass_rate`,
        `weighted_low`, `weighted_high`, `rate`, `rate_low`, `rate_high`, `n_examples`, `n_reviewed`.
    """
    names = {"evaluation": ("weighted_pass_rate", "weighted_low", "weighted_high", "n_examples"),
             "production": ("rate", "rate_low", "rate_high", "n_reviewed")}  # fmt: skip
    rows = pl.concat(
        rates.select("segment", side=pl.lit(side), share=share, low=low, high=high, n=n)
        for side, (share, low, high, n) in names.items()
    ).drop_nulls("share")
    order = rates["segment"].to_list()
    base = alt.Chart(rows).encode(
        y=alt.Y("segment:N", sort=order, title=None, axis=alt.Axis(labelLimit=260, domain=False, ticks=False)),
        yOffset=alt.YOffset("side:N", sort=list(_SIDES)),
        color=alt.Color(
            "side:N",
            title=None,
            scale=alt.Scale(domain=list(_SIDES), range=list(_SIDES.values())),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("segment:N", title="Segment"),
            alt.Tooltip("side:N", title="Of"),
            alt.Tooltip("share:Q", title="Share", format=".1%"),
            alt.Tooltip("low:Q", title="95 % interval from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
            alt.Tooltip("n:Q", title="Examples or reviews", format=","),
        ],
    )
    spans = base.mark_rule(strokeWidth=3, opacity=0.45).encode(x=alt.X("low:Q", scale=_SHARE, axis=_AXIS), x2="high:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("share:Q", title="Passed, or good", scale=_SHARE, axis=_AXIS)
    )
    return alt.LayerChart(layer=[spans, points]).properties(
        height=_ROW * max(rates.height, 1) + 40,
        description="Weighted pass rate of the evaluation and success rate of production, per segment",
    )
