"""The tables of the page on incidents."""

import polars as pl
import streamlit as st

from feedback.incidents.spans import say_span
from feedback.pages import formats

_SILENT = ("joined", "linked")
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
    """Show the alarms of an incident, the earliest first."""
    with st.container(border=True):
        st.markdown(f"**Its alarms** ({alarms.height:,})")
        if alarms.is_empty():
            st.caption("None: a rule of feedback.toml is broken.")
            return
        columns = st.column_config
        st.dataframe(
            alarms.select("detected_at", "segment", "metric", "rate_before", "rate_after", "onset_at"),
            column_config={
                "detected_at": columns.DatetimeColumn("Raised, UTC", format="MM-DD HH:mm", timezone="UTC", width=85),
                "segment": columns.TextColumn("Segment", width=165),
                "metric": columns.TextColumn("What moved", width=105),
                "rate_before": columns.NumberColumn("Before", format="%.2f", width=55),
                "rate_after": columns.NumberColumn("After", format="%.2f", width=50),
                "onset_at": columns.DatetimeColumn("Since, UTC", format="MM-DD HH:mm", timezone="UTC", width=85),
            },
            hide_index=True,
            placeholder=formats.UNKNOWN,
            height="content" if alarms.height < 10 else 380,
            alt="Alarms of the incident",
        )


def show_timeline(steps: pl.DataFrame) -> None:
    """Show what happened to an incident, the latest first; alarms that joined in one run are one line."""
    with st.container(border=True):
        st.markdown("**What happened**")
        quiet = pl.col("action").is_in(_SILENT)
        joined = steps.filter(quiet).group_by("at", maintain_order=True).agg(
            action=pl.lit("joined"), by=pl.col("by").first(), said=pl.format("{} alarms", pl.len())
        )  # fmt: skip
        owner = pl.when(pl.col("action") == "assigned").then(pl.format("to {}", "owner"))
        told = steps.filter(~quiet).select("at", "action", "by", said=pl.coalesce(owner, "note"))
        rows = pl.concat([joined.select("at", "action", "by", "said"), told]).sort(
            "at", descending=True, maintain_order=True
        )
        st.dataframe(
            rows.with_columns(pl.col("action").replace_strict(_DID, default="Changed", return_dtype=pl.String)),
            column_config={
                "at": st.column_config.DatetimeColumn("When, UTC", format="MM-DD HH:mm", timezone="UTC", width=85),
                "action": st.column_config.TextColumn("What", width=105),
                "by": st.column_config.TextColumn("Who", width=65),
                "said": st.column_config.TextColumn("", width=100),
            },
            hide_index=True,
            placeholder="",
            height="content" if rows.height < 10 else 380,
            alt="Steps of the incident",
        )


def show_latencies(found: pl.DataFrame) -> None:
    """Show how long it takes to detect, report, acknowledge and decide."""
    with st.container(border=True):
        st.markdown("**How long it takes**")
        spans = [pl.Series(name, [say_span(value) for value in found[name]], dtype=pl.String)
                 for name in ("median_s", "longest_s")]  # fmt: skip
        named = pl.col("latency").replace_strict(_LATENCIES, return_dtype=pl.String)
        st.dataframe(
            found.select(named, "n", *spans),
            column_config={
                "latency": st.column_config.TextColumn("", width=190),
                "n": st.column_config.NumberColumn("Incidents", width=70),
                "median_s": st.column_config.TextColumn("Median", width=90),
                "longest_s": st.column_config.TextColumn("Longest", width=95),
            },
            hide_index=True,
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
        st.dataframe(
            found.select(
                "week", "n_alarms", "n_false_alarms_raised", "n_incidents", "n_resolved", "n_false_alarm", "n_undecided"
            ),
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
            hide_index=True,
            alt="False alarms per week",
        )
