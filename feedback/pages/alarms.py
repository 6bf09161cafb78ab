"""What changed, since when, and what other settings would have reported."""

import polars as pl
import streamlit as st

from feedback.charts.alarm_timeline import alarm_timeline, alarms_per_span
from feedback.charts.meaning import CHANGE_KINDS, words_of
from feedback.explore.alarm_budget import count_alarms
from feedback.pages import formats, reading
from feedback.pages.alarm_details import name_metric, show_alarm
from feedback.pages.backtest import show_backtest
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.leads import show_lead, tell_alarms
from feedback.settings import Settings
from feedback.store.snapshot import Snapshot

_MOST_DRAWN = 40
_ROW_HEIGHT, _MOST_ROWS = 35, 12


def show_alarms(snapshot: Snapshot, settings: Settings) -> None:
    """Show the alarms, newest first, the one that the address names up close, and a replay with other settings."""
    st.title("Alarms", anchor=False)
    setup = reading.watch_setup(snapshot)
    if snapshot.run is None or snapshot.run.label_version is None or setup is None:
        show_unlabelled()
        return
    found = reading.list_alarms(snapshot)
    show_lead(tell_alarms(found), snapshot.run)
    shown = _choose(found)
    if shown.is_empty():
        _show_nothing(setup)
    else:
        _show_timeline(snapshot, found, shown, setup, settings)
        row = shown.row(_pick_row(shown), named=True)
        show_alarm(snapshot, row, found, settings)
    if setup["has_begun"]:
        _show_watched(snapshot, setup)
        show_backtest(snapshot, settings)


def _choose(found: pl.DataFrame) -> pl.DataFrame:
    """Return the alarms to list: those that others explain only on demand. In the address: `echoes`."""
    echoes = found.filter(pl.col("echo_of").is_not_null())
    if echoes.is_empty():
        return found
    is_asked = st.toggle(
        f"Also the {echoes.height:,} that an earlier one explains",
        value=bool(st.query_params.get("echoes")),
        key="echoes",
        on_change=_write_echoes,
        help="The same change seen from further away, such as the whole when one feature fell.",
    )
    return found if is_asked else found.filter(pl.col("echo_of").is_null())


def _write_echoes() -> None:
    st.query_params.pop("echoes", None)
    if st.session_state["echoes"]:
        st.query_params["echoes"] = "shown"


def _show_nothing(setup: dict) -> None:
    if not setup["has_begun"]:
        st.info(
            f"Nothing can alarm yet: what is usual is learned until {formats.moment(setup['begins_at'])}. "
            "Go on with `feedback ingest` and `feedback run`, or name an earlier day in feedback.toml: "
            "`baseline` under `[watch]`.",
            icon=":material/hourglass_top:",
        )
        return
    st.info(
        "No alarm so far: nothing changed by more than the false-alarm budget lets pass. Try a looser budget on the "
        "past below.",
        icon=":material/check_circle:",
    )


def _show_timeline(
    snapshot: Snapshot, found: pl.DataFrame, shown: pl.DataFrame, setup: dict, settings: Settings
) -> None:
    """Show when each alarm began and was reported, beside releases and above the budget."""
    period = reading.whole_period(snapshot)
    if period is None or snapshot.run is None:
        return
    counts = count_alarms(found, settings.watch, begins_at=setup["begins_at"], until=snapshot.run.watermark)
    with st.container(border=True):
        st.markdown("**When it began, when it was reported**")
        latest = shown.head(_MOST_DRAWN)
        drawn = latest.with_columns(watched=formats.each(latest["metric"], name_metric))
        timeline = alarm_timeline(drawn, span=period, releases=reading.releases(snapshot))
        told = f"The latest {_MOST_DRAWN} of {shown.height:,}. " if shown.height > _MOST_DRAWN else ""
        show_chart(
            [timeline, alarms_per_span(counts, span=period)], name="alarms",
            caption=f"{told}Band: 95 % interval of the onset. Point: reported. Triangles: releases. Below: alarms "
            f"per {settings.watch.per}; dashed: how many false ones the budget lets pass. Real ones come on top.",
        )  # fmt: skip


def _pick_row(shown: pl.DataFrame) -> int:
    """Return the row that is ticked, the newest at the beginning. In the address: `alarm`."""
    keys = shown["alarm_id"].to_list()
    chosen = st.query_params.get("alarm")
    at = keys.index(chosen) if chosen in keys else 0
    show_table(
        _write(shown),
        name="alarms table",
        whole=shown,
        caption=f"Stated: {formats.plain('; '.join(sorted(set(shown['budget']))))}. Tick a row to look into it.",
        column_config=_columns(),
        key="alarms",
        on_select=lambda: _write_address(shown),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [at]}},
        height=_ROW_HEIGHT * (min(shown.height, _MOST_ROWS) + 1) + 3,
        placeholder=formats.UNKNOWN,
        alt="Alarms, newest first",
    )
    return at


def _write_address(shown: pl.DataFrame) -> None:
    rows = st.session_state["alarms"]["selection"]["rows"]
    st.query_params.pop("alarm", None)
    if rows:
        st.query_params["alarm"] = shown["alarm_id"][rows[0]]


def _write(shown: pl.DataFrame) -> pl.DataFrame:
    """Return the table as people read it."""
    return shown.select(
        "detected_at",
        "segment",
        formats.each(shown["metric"], name_metric),
        pl.col("direction").replace({"drop": "↓", "rise": "↑"}),
        pl.col("change_kind").replace(words_of(CHANGE_KINDS)),
        "onset_at",
        "rate_before",
        "rate_after",
        pl.col("follows_release"),
        "n_echoes",
        pl.when("is_replayed").then(pl.lit("replayed")).alias("news"),
    )


def _columns() -> dict:
    columns = st.column_config
    return {
        "detected_at": time_column("Reported", width=95),
        "segment": columns.TextColumn("Segment", width=190),
        "metric": columns.TextColumn("Of", width=140),
        "direction": columns.TextColumn("", width=30),
        "change_kind": columns.TextColumn(
            "Likely",
            width=90,
            help="Signal: people do something more or less often, and quality need not have changed.",
        ),
        "onset_at": time_column("Began about", width=95),
        "rate_before": columns.NumberColumn("Before", format="%.2f", width=60),
        "rate_after": columns.NumberColumn("After", format="%.2f", width=60),
        "follows_release": columns.TextColumn("Follows", width=140, help="The release it began near to."),
        "n_echoes": columns.NumberColumn(
            "Explains", width=65, help="Later alarms that are the same change.", format="localized"
        ),
        "news": columns.TextColumn("", width=65, help="Replayed: found again in labels that were made anew."),
    }


def _show_watched(snapshot: Snapshot, setup: dict) -> None:
    """Show what is watched, nearest to an alarm first, and what is left out."""
    with st.expander("What is watched"):
        watched = reading.list_watched(snapshot)
        left_out = f" Not watched: {formats.plain(', '.join(setup['left_out']))}." if setup["left_out"] else ""
        st.caption(
            f"{watched.height:,} series of {watched['segment'].n_unique():,} segments and "
            f"{watched['metric'].n_unique():,} metrics, against the labels from before "
            f"{formats.moment(setup['begins_at'])}.{left_out} Nearest to an alarm first."
        )
        named = formats.each(watched["metric"], name_metric)
        show_table(
            watched.select("segment", named, "direction", "n", "share").head(200),
            name="what is watched",
            whole=watched,
            column_config={
                "segment": st.column_config.TextColumn("Segment", width=300),
                "metric": "Of",
                "direction": "For a",
                "n": st.column_config.NumberColumn("Labels", format="localized"),
                "share": st.column_config.ProgressColumn("Of the evidence an alarm takes", format="percent"),
            },
        )
