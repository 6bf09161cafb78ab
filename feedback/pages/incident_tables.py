"""The tables of the page on incidents."""

from typing import Literal

import polars as pl
import streamlit as st

from feedback.incidents.spans import say_span
from feedback.pages import formats
from feedback.pages.alarm_details import name_metric
from feedback.pages.clicks import row_links, take_click
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_table
from feedback.pages.places import place

_FEW, _HIGH = 10, 380
_DID = {
    "opened": "Opened", "acknowledged": "Acknowledged", "assigned": "Assigned", "noted": "Note",
    "resolved": "Resolved", "false_alarm": "Marked as false alarm", "reopened": "Reopened", "notified": "Told",
    "not_notified": "Could not be told", "joined": "More alarms",
}  # fmt: skip
_LATENCIES = {
    "detection": "Onset to alarm",
    "report": "Alarm to report",
    "acknowledgement": "Report to acknowledgement",
    "decision": "Report to decision",
}


def show_alarms(alarms: pl.DataFrame) -> None:
    """Show the alarms of an incident, the earliest first; a click leads to one."""
    with st.container(border=True):
        st.markdown(f"**Its alarms** ({alarms.height:,})")
        if alarms.is_empty():
            st.caption("None: a rule of feedback.toml is broken.")
            return
        columns = st.column_config
        named = formats.each(alarms["metric"], name_metric)
        show_table(
            alarms.select("detected_at", "segment", named, "rate_before", "rate_after", "onset_at"),
            name="alarms of the incident",
            whole=alarms,
            caption="Click one to look into it.",
            column_config={
                "detected_at": time_column("Raised", width=92),
                "segment": columns.TextColumn("Segment", width=165),
                "metric": columns.TextColumn("What moved", width=105),
                "rate_before": columns.NumberColumn("Before", format="%.2f", width=55),
                "rate_after": columns.NumberColumn("After", format="%.2f", width=50),
                "onset_at": time_column("Since", width=92),
            },
            placeholder=formats.UNKNOWN,
            height=_height(alarms),
            alt="Alarms of the incident",
            **row_links("alarms of the incident"),
        )
        clicked = take_click("alarms of the incident")
        if clicked is not None:
            alarm_id, echo_of = alarms.select("alarm_id", "echo_of").row(clicked)
            echoes = {"echoes": "shown"} if echo_of else {}
            st.switch_page(place("alarms"), query_params={"alarm": alarm_id, **echoes})


def show_timeline(steps: pl.DataFrame) -> None:
    """Show what happened to an incident, the latest first (`tell_steps`)."""
    with st.container(border=True):
        st.markdown("**What happened**")
        show_table(
            steps.with_columns(pl.col("action").replace_strict(_DID, default="Changed", return_dtype=pl.String)),
            name="what happened to the incident",
            column_config={
                "at": time_column("When", width=92),
                "action": st.column_config.TextColumn("What", width=105),
                "by": st.column_config.TextColumn("Who", width=65),
                "said": st.column_config.TextColumn("", width=100),
            },
            placeholder="",
            height=_height(steps),
            alt="Steps of the incident",
        )


def show_latencies(found: pl.DataFrame) -> None:
    """Show how long it takes to detect, report, acknowledge and decide."""
    with st.container(border=True):
        st.markdown("**How long it takes**")
        spans = [pl.Series(name, [say_span(value) for value in found[name]], dtype=pl.String)
                 for name in ("median_s", "longest_s")]  # fmt: skip
        named = pl.col("latency").replace_strict(_LATENCIES, return_dtype=pl.String)
        show_table(
            found.select(named, "n", *spans),
            name="latencies of incidents",
            whole=found,
            column_config={
                "latency": st.column_config.TextColumn("", width=190),
                "n": st.column_config.NumberColumn("Incidents", width=70),
                "median_s": st.column_config.TextColumn("Median", width=90),
                "longest_s": st.column_config.TextColumn("Longest", width=95),
            },
            placeholder=formats.UNKNOWN,
            alt="Latencies",
        )


def show_evidence(found: pl.DataFrame) -> None:
    """Show the stated budget against what people said."""
    with st.container(border=True):
        st.markdown("**False alarms: what is stated, what people found**")
        if found.is_empty():
            st.caption("No alarm is in an incident yet.")
            return
        st.caption(formats.plain(f"Stated: {', '.join(found['stated'].unique().sort())}."))
        show_table(
            found.select(
                "week", "n_alarms", "n_false_alarms_raised", "n_incidents", "n_resolved", "n_false_alarm", "n_undecided"
            ),
            name="alarms and false alarms",
            whole=found,
            column_config={
                "week": st.column_config.DateColumn("Week of", format="D MMM YYYY", width=84),
                "n_alarms": st.column_config.NumberColumn("Alarms", width=55),
                "n_incidents": st.column_config.NumberColumn("Incidents", width=70),
                "n_resolved": st.column_config.NumberColumn("Real", width=45),
                "n_false_alarm": st.column_config.NumberColumn("False", width=48),
                "n_undecided": st.column_config.NumberColumn("Undecided", width=70),
                "n_false_alarms_raised": st.column_config.NumberColumn(
                    "Of these false",
                    width=90,
                    help="Alarms in incidents marked as false alarms: what the budget counts.",
                ),
            },
            alt="False alarms per week",
        )


def _height(rows: pl.DataFrame) -> Literal["content"] | int:
    return "content" if rows.height < _FEW else _HIGH
