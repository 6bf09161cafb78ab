"""Do the probabilities hold: predicted against observed."""

import altair as alt
import polars as pl

from feedback.charts.meaning import GREY, SCORE

_SHARE = alt.Scale(domain=(0, 1))
_AXIS = alt.Axis(format="%", tickCount=5, domain=False, ticks=False)


def reliability_plot(bins: pl.DataFrame) -> alt.LayerChart:
    """Return the observed share of good responses against the predicted one, with intervals.

    Parameters
    ----------
    bins
        One row per bin: `mean_predicted`, `observed_rate`, `n`, `low`, `high`. On the grey line predictions
        hold exactly.
    """
    perfect = alt.Chart(pl.DataFrame({"at": [0.0, 1.0]})).mark_line(color=GREY, strokeDash=[4, 4])
    base = alt.Chart(bins).encode(
        x=alt.X("mean_predicted:Q", title="Predicted probability of good", scale=_SHARE, axis=_AXIS),
        tooltip=[
            alt.Tooltip("mean_predicted:Q", title="Predicted", format=".1%"),
            alt.Tooltip("observed_rate:Q", title="People said good", format=".1%"),
            alt.Tooltip("low:Q", title="From", format=".1%"),
            alt.Tooltip("high:Q", title="To", format=".1%"),
            alt.Tooltip("n:Q", title="Reviewed"),
        ],
    )
    observed = alt.Y("observed_rate:Q", title="Share people judged good", scale=_SHARE, axis=_AXIS)
    whiskers = base.mark_rule(color=SCORE, strokeWidth=2, opacity=0.5).encode(y="low:Q", y2="high:Q")
    points = base.mark_point(color=SCORE, filled=True, size=80, opacity=1).encode(y=observed)
    return alt.LayerChart(
        layer=[perfect.encode(x="at:Q", y="at:Q"), whiskers, points],
    ).properties(height=320, description="Observed share of good responses against the predicted probability")
