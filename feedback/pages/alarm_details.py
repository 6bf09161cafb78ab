"""One alarm up close: how what it is about went, what changed, and where to look next."""

import polars as pl
import streamlit as st

from feedback.charts.alarms import alarm_trend
from feedback.charts.meaning import CHANGE_KINDS
from feedback.explore.alarms import read_conditions
from feedback.pages import formats, reading
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.places import place
from feedback.settings import Settings
from feedback.store.snapshot import Snapshot

METRICS = {
    "score": "Behaviour score",
    "p_good": "Probability of good",
    "voted": "Labels with a vote",
    "volume": "Labels",
    "surprise": "Surprise: how little the label was expected",
}
KINDS = {
    "quality": "the answers themselves are others than before",
    "mix": "traffic moved between segments; within them little changed",
    "signal": "people do something more or less often, and the other signals do not agree that quality changed, "
    "as when a button moves",
    "volume": "more or fewer labels than usual",
    "missing data": "labels or votes are missing",
}
_SCORES = ("score", "p_good")
_MOST_ECHOES = 50


def name_metric(metric: str) -> str:
    """Return what is watched in words.

    Examples
    --------
    >>> [name_metric(name) for name in ("score", "fires: undone_soon", "event: accept", "my_rate")]
    ['Behaviour score', 'Says: undone soon', 'People: accept', 'My rate']
    """
    kind, _, name = metric.partition(": ")
    words = name.replace("_", " ")
    return METRICS.get(metric) or {
        "fires": f"Says: {words}",
        "event": f"People: {words}",
        "outcome": f"Ended: {words}",
    }.get(kind, formats.words(metric))


def show_alarm(snapshot: Snapshot, row: dict, found: pl.DataFrame, settings: Settings) -> None:
    """Show an alarm up close.

    Parameters
    ----------
    snapshot, settings
        What it was made from.
    row, found
        The alarm, and all of them.
    """
    with st.container(border=True):
        st.markdown(f"**{formats.name(row['segment'])}** · {formats.name(name_metric(row['metric']))}")
        _show_trend(snapshot, row, settings)
        _show_figures(row)
        st.markdown(_tell(row))
        st.caption(f"Stated: {formats.plain(row['budget'])}. {_evidence(row)}")
        _show_links(snapshot, row)
    _show_echoes(row, found)


def _show_trend(snapshot: Snapshot, row: dict, settings: Settings) -> None:
    trend = reading.alarm_trend(snapshot, row["segment"], row["metric"], time_zone=settings.time_zone)
    if trend.is_empty():
        st.caption("There are no labels of this segment any more.")
        return
    alarm = pl.DataFrame([{name: row[name] for name in ("onset_at", "onset_low", "onset_high", "detected_at")}])
    releases = reading.releases(snapshot)
    title, is_score = name_metric(row["metric"]), row["metric"] in _SCORES
    chart = alarm_trend(trend, title=title, alarm=alarm, releases=releases, is_score=is_score)
    marks = " · grey: a release" if releases.height else ""
    caption = f"Orange: when it began, with its 95 % interval · red: when it was reported{marks}"
    show_chart(chart, name="alarm trend", caption=caption)


def _show_figures(row: dict) -> None:
    places = st.columns(4)
    if row["metric"] == "volume":
        places[0].metric("Of the usual traffic", formats.share(row["times_usual"]))
        places[1].metric("Labels since it began", formats.count(row["n_after"]))
        return
    spread = (
        formats.interval(row["before_low"], row["before_high"]),
        formats.interval(row["after_low"], row["after_high"]),
    )
    places[0].metric("Before", formats.score(row["rate_before"]), help=f"95 %: {spread[0]}, {row['n_before']:,} labels")
    places[1].metric(
        "After",
        formats.score(row["rate_after"]),
        delta=None if row["rate_before"] is None else round(row["rate_after"] - row["rate_before"], 2),
        help=f"95 %: {spread[1]}, {row['n_after']:,} labels",
    )
    places[2].metric("Of it, traffic mix", formats.change(row["mix"]), help="Traffic that moved between strata.")
    places[3].metric("Of it, within", formats.change(row["within"]), help="Change inside the strata.")


def _tell(row: dict) -> str:
    """Return the alarm in two sentences."""
    began, low, high = (formats.moment(row[name]) for name in ("onset_at", "onset_low", "onset_high"))
    named = row["change_kind"]
    kind = f" Likely **{CHANGE_KINDS[named].words.lower()}**: {KINDS[named]}." if named else ""
    release = f" It follows the release **{formats.name(row['follows_release'])}**." if row["follows_release"] else ""
    again = " Found again in a replay of labels made anew, so nobody was told." if row["is_replayed"] else ""
    reported = formats.moment(row["detected_at"])
    return f"Began about {began} (95 %: {low} to {high}), reported {reported}.{kind}{release}{again}"


def _evidence(row: dict) -> str:
    if row["evidence"] is None:
        return f"Detector {formats.plain(row['detector'])}, which states no evidence."
    return f"Evidence {row['evidence']:,.0f}, where an alarm took {row['threshold']:,.0f}."


def _show_links(snapshot: Snapshot, row: dict) -> None:
    values = list(read_conditions(snapshot, row["segment"]).items())
    query = {"days": "14", "dimension": values[0][0], "value": values[0][1]} if values else {"days": "14"}
    with st.container(horizontal=True):
        named = f" of {formats.name(values[0][1])}" if values else ""
        st.page_link(place("examples"), label=f"Examples{named}", icon=":material/search:", query_params=query)
        st.page_link(place("segments"), label="Which segments got worse", icon=":material/trending_down:")


def _show_echoes(row: dict, found: pl.DataFrame) -> None:
    """Show the alarms that this one explains, or name the one that explains it."""
    if row["echo_of"] is not None:
        root = found.filter(alarm_id=row["echo_of"])
        if root.height:
            first = root.row(0, named=True)
            st.caption(
                f"The same change as an earlier alarm: {formats.name(first['segment'])}, "
                f"{formats.plain(name_metric(first['metric']))}, reported {formats.moment(first['detected_at'])}."
            )
        return
    echoes = found.filter(echo_of=row["alarm_id"])
    if echoes.is_empty():
        return
    with st.expander(f"Explains {echoes.height:,} later alarms" if echoes.height > 1 else "Explains one later alarm"):
        named = formats.each(echoes["metric"], name_metric)
        show_table(
            echoes.select("detected_at", "segment", named, "rate_before", "rate_after").head(_MOST_ECHOES),
            name="alarms that it explains",
            whole=echoes,
            column_config={
                "detected_at": time_column("Reported"),
                "segment": st.column_config.TextColumn("Segment", width=300),
                "metric": "Of",
                "rate_before": st.column_config.NumberColumn("Before", format="%.2f"),
                "rate_after": st.column_config.NumberColumn("After", format="%.2f"),
            },
        )
