"""Can the numbers be trusted: runs, freshness, rows that could not be used, columns."""

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from feedback.charts import events_per_day
from feedback.pages import formats, reading
from feedback.store.snapshot import Snapshot

_READ = {
    "n_rows": ("Rows read", "Rows of all files, of all ingests together."),
    "n_new": ("Stored as events", "Rows that became events."),
    "n_duplicates": ("Duplicates", "Rows that were stored before, or came twice. They count once."),
    "n_quarantined": ("Quarantined", "Rows that could not be used. Below: why, and from which file."),
    "n_conflicting": ("Conflicting copies", "Copies of an event that disagree. The one that arrived first wins."),
}


def show_data_health(snapshot: Snapshot, time_zone: str) -> None:
    """Show what arrived, what could not be used, and what was made of it."""
    st.title("Data health", anchor=False)
    if snapshot.run:
        st.caption(f"Run {snapshot.version} · data up to {formats.moment(snapshot.run.watermark)}")
    _show_rows(snapshot)
    _show_arrival(snapshot)
    _show_arrivals(snapshot, time_zone)
    _show_unusual_hours(snapshot, time_zone)
    _show_quarantine(snapshot)
    _show_columns(snapshot)
    _show_runs(snapshot)


def _show_rows(snapshot: Snapshot) -> None:
    counts = reading.count_rows_read(snapshot)
    for place, (name, (title, about)) in zip(st.columns(len(_READ)), _READ.items(), strict=True):
        place.metric(title, formats.count(counts.get(name)), help=about, border=True)


def _show_arrival(snapshot: Snapshot) -> None:
    found = reading.summarise_arrival(snapshot)
    places = st.columns(4)
    places[0].metric(
        "Late events", formats.share(found["late_share"]), border=True,
        help="Share of the events that came after what they concern was final. They are stored and change nothing "
        "until `feedback restate --from DATE`.",
    )  # fmt: skip
    places[1].metric(
        "Share of duplicates", formats.share(found["duplicate_share"]), border=True, help="Share of the rows read."
    )
    places[2].metric(
        "Time to arrive", formats.seconds(found["lag_s"]), border=True,
        help=f"Median over hours; in 95 % of them under {formats.seconds(found['lag_s_95'])}.",
    )  # fmt: skip
    places[3].metric(
        "Sessions per user", formats.number(found["sessions_per_user"]), border=True,
        help=f"Median; 95 % of users have up to {formats.number(found['sessions_per_user_95'])}. "
        "One id with thousands is a test account or a missing user id.",
    )  # fmt: skip


def _show_unusual_hours(snapshot: Snapshot, time_zone: str) -> None:
    found = reading.unusual_hours(snapshot, time_zone=time_zone)
    with st.container(border=True):
        st.markdown("**Hours with unusually few or many events**")
        if found.is_empty():
            st.caption("None. It takes seven days of events to tell.")
            return
        st.dataframe(
            found,
            column_config={
                "hour": _time_column("Hour, UTC"),
                "n_events": st.column_config.NumberColumn("Events", format="localized"),
                "n_expected": st.column_config.NumberColumn("Usual then", format="localized"),
                "ratio": st.column_config.NumberColumn("Of the usual", format="percent"),
            },
            height="content" if found.height < 12 else 400,
            hide_index=True,
        )


def _show_arrivals(snapshot: Snapshot, time_zone: str) -> None:
    days = reading.count_events(snapshot, time_zone=time_zone)
    with st.container(border=True):
        st.markdown("**Events per day**")
        if days.is_empty():
            st.caption("No events yet. Bring some with `feedback ingest`.")
        else:
            st.altair_chart(events_per_day(days), width="stretch")


def _show_quarantine(snapshot: Snapshot) -> None:
    found = reading.summarise_quarantine(snapshot)
    with st.container(border=True):
        st.markdown("**Rows that could not be used**")
        if found.is_empty():
            st.caption("None.")
            return
        st.dataframe(
            found.select("n", "reason", "column", "file", "first_row"),
            column_config={
                "n": st.column_config.NumberColumn("Rows", format="localized", width=70),
                "reason": st.column_config.TextColumn("Why", width=420),
                "column": "Column",
                "file": st.column_config.TextColumn("File", width=300),
                "first_row": st.column_config.NumberColumn("First row", format="localized"),
            },
            hide_index=True,
            placeholder=formats.UNKNOWN,
        )


def _show_columns(snapshot: Snapshot) -> None:
    found = reading.describe_columns(snapshot)
    with st.container(border=True):
        st.markdown("**Columns of the log**")
        st.dataframe(
            found.select("column", "role", pl.col("recorded_share") * 100, "n_values", "incoming_name", "since"),
            column_config={
                "column": "Column",
                "role": st.column_config.TextColumn("Role", help="Dimensions break down, measures are numbers."),
                "recorded_share": st.column_config.ProgressColumn(
                    "Known for", format="%.0f %%", min_value=0, max_value=100, help="Share of the interactions"
                ),
                "n_values": st.column_config.NumberColumn("Different values", format="localized"),
                "incoming_name": "Name in the file",
                "since": _time_column("Since, UTC"),
            },
            height="content",
            hide_index=True,
            placeholder=formats.UNKNOWN,
        )


def _show_runs(snapshot: Snapshot) -> None:
    runs = reading.list_runs(snapshot)
    with st.container(border=True):
        st.markdown("**Runs**")
        st.dataframe(
            runs.select(
                "run", "command", "started_at",
                pl.col("took_s").map_elements(formats.seconds, return_dtype=pl.String),
                "watermark", "label_version",
                counts=pl.Series([_write_counts(counts) for counts in runs["counts"].to_list()], dtype=pl.String),
            ),
            column_config={
                "run": st.column_config.NumberColumn("Run", width=50),
                "command": st.column_config.TextColumn("Command", width=80),
                "started_at": _time_column("Started, UTC"),
                "took_s": "Took",
                "watermark": _time_column("Data up to, UTC"),
                "label_version": st.column_config.NumberColumn("Labels version", width=100),
                "counts": st.column_config.TextColumn("What it did", width=420),
            },
            hide_index=True,
            placeholder=formats.UNKNOWN,
        )  # fmt: skip


def _time_column(title: str) -> ColumnConfig:
    return st.column_config.DatetimeColumn(title, format="YYYY-MM-DD HH:mm", timezone="UTC")


def _write_counts(counts: list[dict]) -> str:
    """Return counts as words, without those that are zero."""
    return ", ".join(
        f"{formats.count(one['n'])} {one['name'].removeprefix('n_').replace('_', ' ')}" for one in counts if one["n"]
    )
