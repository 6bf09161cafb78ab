"""All alarms on one line of time, with releases, above how many came against the budget."""

from datetime import date

import altair as alt
import polars as pl

from feedback.charts.days import day_axis, day_scale
from feedback.charts.marks import release_marks
from feedback.charts.meaning import CHANGE_KINDS, COUNT, VERMILLION, colors_of, shapes_of, words_of

_ROW, _AROUND = 19, 60
_LONGEST_NAME = 80
_ROOM = 240
_TIME = "%-d %b %H:%M"
_LEGEND = alt.Legend(title=None, orient="top", symbolOpacity=1)
_NOTHING_SEEN = "\u200b"


def alarm_timeline(alarms: pl.DataFrame, *, span: tuple[date, date], releases: pl.DataFrame) -> alt.LayerChart:
    """Return a row per alarm, from its onset to its report, and releases.

    Parameters
    ----------
    alarms
        One row per alarm, in the order to show: `segment`, `watched` in words, `change_kind`, `onset_at` in
        `onset_low` to `onset_high`, `detected_at`.
    span
        First and last day to draw.
    releases
        One row per release: `first_at`, `column`, `value`.
    """
    days = pl.DataFrame({"day": span})
    words = pl.col("change_kind").fill_null("unknown").replace_strict(words_of(CHANGE_KINDS), return_dtype=pl.String)
    name = pl.format("{} · {}", pl.col("segment").str.slice(0, _LONGEST_NAME), "watched")
    # Two alarms may have the same name, and each has a row: what tells them apart has no width.
    again = pl.lit(_NOTHING_SEEN).repeat_by(pl.int_range(pl.len()).over(name)).list.join("")
    rows = alarms.with_columns(kind=words, name=name + again)
    axis = alt.Axis(
        labelLimit=_ROOM - 10,
        labelOverlap=False,
        minExtent=_ROOM,
        maxExtent=_ROOM,
        domain=False,
        ticks=False,
        grid=False,
    )
    scale = day_scale(days)
    base = alt.Chart(rows).encode(
        alt.Y("name:N", sort=rows["name"].to_list(), title=None, axis=axis),
        color=alt.Color("kind:N", scale=colors_of(CHANGE_KINDS), legend=_LEGEND),
        tooltip=_tooltips(),
    )
    onset, quiet = alt.X("onset_at:T", scale=scale, axis=day_axis(named=False)), alt.Axis(labels=False, ticks=False)
    layers = [
        *release_marks(days, releases),
        base.mark_bar(opacity=0.25, height=9, cornerRadius=2).encode(
            alt.X("onset_low:T", scale=scale, axis=quiet), alt.X2("onset_high:T")
        ),
        base.mark_rule(strokeWidth=1.2, opacity=0.7).encode(onset, alt.X2("detected_at:T")),
        base.mark_tick(height=11, thickness=2).encode(onset),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            alt.X("detected_at:T", scale=scale),
            shape=alt.Shape("kind:N", scale=shapes_of(CHANGE_KINDS), legend=_LEGEND),
        ),
    ]
    return alt.LayerChart(layer=layers).properties(
        height=max(rows.height, 1) * _ROW + _AROUND,
        description="Alarms by time: the band of the onset, a line to when it was reported, and releases",
    )


def alarms_per_span(counts: pl.DataFrame, *, span: tuple[date, date]) -> alt.LayerChart:
    """Return how many alarms were reported per span of the budget, and how many false ones that allows.

    Parameters
    ----------
    counts
        One row per span, as `count_alarms` gives them.
    span
        First and last day to draw, as for `alarm_timeline`, so that days line up.
    """
    days = pl.DataFrame({"day": span})
    x = alt.X("starts_at:T", scale=day_scale(days), axis=day_axis())
    axis = alt.Axis(
        tickCount=3, tickMinStep=1, domain=False, ticks=False, format="~s", minExtent=_ROOM, maxExtent=_ROOM
    )
    tooltips = [
        alt.Tooltip("starts_at:T", title="From", format=_TIME),
        alt.Tooltip("ends_at:T", title="To", format=_TIME),
        alt.Tooltip("n_alarms:Q", title="Alarms", format=","),
        alt.Tooltip("n_echoes:Q", title="Later ones they explain", format=","),
        alt.Tooltip("n_allowed:Q", title="False ones allowed", format="~g"),
    ]
    top = alt.Y("n_alarms:Q", title=None, axis=axis, scale=alt.Scale(zero=True))
    base = alt.Chart(counts)
    bars = base.mark_rect(color=COUNT, opacity=0.55, stroke="white", strokeOpacity=0.4, clip=True).encode(
        x, alt.X2("ends_at:T"), top, y2=alt.datum(0), tooltip=tooltips
    )
    layers = [bars]
    if counts["n_allowed"].count():
        layers.append(
            base.mark_rule(color=VERMILLION, strokeDash=[5, 3], strokeWidth=1.5).encode(
                x, alt.X2("ends_at:T"), alt.Y("n_allowed:Q"), tooltip=tooltips
            )
        )
    description = "Alarms reported per span of the budget, and the number of false ones it allows"
    return alt.LayerChart(layer=layers).properties(height=90, description=description)


def _tooltips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("segment:N", title="Segment"),
        alt.Tooltip("watched:N", title="Of"),
        alt.Tooltip("kind:N", title="Likely"),
        alt.Tooltip("onset_at:T", title="Began about", format=_TIME),
        alt.Tooltip("onset_low:T", title="95 % interval from", format=_TIME),
        alt.Tooltip("onset_high:T", title="to", format=_TIME),
        alt.Tooltip("detected_at:T", title="Reported", format=_TIME),
    ]
