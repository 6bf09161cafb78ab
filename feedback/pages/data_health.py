"""Can the numbers be trusted: runs, freshness, rows that could not be used, columns."""

import polars as pl
import streamlit as st

from feedback.charts import events_per_day
from feedback.charts.arrival_shares import share_per_day
from feedback.pages import formats, reading
from feedback.pages.columns import LONG, time_column
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.leads import show_lead, tell_arrival
from feedback.pages.quarantine import show_quarantine
from feedback.store.snapshot import Snapshot

_READ = {
    "n_rows": ("Rows read", "Rows of all files, of all ingests together."),
    "n_new": ("Stored as events", "Rows that became events."),
    "n_duplicates": ("Duplicates", "Rows that were stored before, or came twice. They count once."),
    "n_quarantined": ("Quarantined", "Rows that could not be used. Below: why, and from which file."),
    "n_conflicting": ("Conflicting copies", "Copies of an event that disagree. The one that arrived first wins."),
}
_MOST_ROWS = 12


def show_data_health(snapshot: Snapshot, time_zone: str) -> None:
    """Show what arrived, how late, what could not be used, and what was made of it."""
    st.title("Data health", anchor=False)
    show_lead(tell_arrival(reading.count_rows_read(snapshot)), snapshot.run)
    _show_rows(snapshot)
    _show_arrival(snapshot)
    _show_sources(snapshot)
    _show_arrivals(snapshot, time_zone)
    _show_shares(snapshot, time_zone)
    _show_unusual_hours(snapshot, time_zone)
    show_quarantine(snapshot)
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


def _show_sources(snapshot: Snapshot) -> None:
    found = reading.list_sources(snapshot)
    with st.container(border=True):
        st.markdown("**How fresh the sources are**")
        if found.is_empty():
            st.caption("No source has sent an event yet.")
            return
        show_table(
            found.select("source", "latest_at", formats.each(found["behind_s"], formats.seconds)),
            name="sources",
            caption="Labels become final up to the source that is furthest behind, but for sources idle for a day.",
            whole=found,
            column_config={
                "source": st.column_config.TextColumn("Source", width=260),
                "latest_at": time_column("Latest event", shown_as=LONG),
                "behind_s": "Behind the freshest",
            },
            height="content" if found.height < _MOST_ROWS else 400,
        )


def _show_arrivals(snapshot: Snapshot, time_zone: str) -> None:
    days = reading.count_events(snapshot, time_zone=time_zone)
    with st.container(border=True):
        st.markdown("**Events per day**")
        if days.is_empty():
            st.caption("No events yet. Bring some with `feedback ingest`.")
        else:
            show_chart(events_per_day(days), name="events per day")


def _show_shares(snapshot: Snapshot, time_zone: str) -> None:
    daily = reading.daily_arrival(snapshot, time_zone=time_zone)
    if daily.is_empty():
        return
    told = (
        ("late_share", "Share of events that came late", "late events per day"),
        ("null_share", "Share of dimension values not recorded", "values not recorded per day"),
    )
    for where, (column, title, name) in zip(st.columns(len(told)), told, strict=True):
        with where.container(border=True):
            st.markdown(f"**{title}**")
            show_chart(share_per_day(daily, column, title=title), name=name)


def _show_unusual_hours(snapshot: Snapshot, time_zone: str) -> None:
    found = reading.unusual_hours(snapshot, time_zone=time_zone)
    with st.container(border=True):
        st.markdown("**Hours with unusually few or many events**")
        if found.is_empty():
            st.caption("None. It takes seven days of events to tell.")
            return
        show_table(
            found,
            name="unusual hours",
            column_config={
                "hour": time_column("Hour", shown_as=LONG),
                "n_events": st.column_config.NumberColumn("Events", format="localized"),
                "n_expected": st.column_config.NumberColumn("Usual then", format="localized"),
                "ratio": st.column_config.NumberColumn("Of the usual", format="percent"),
            },
            height="content" if found.height < _MOST_ROWS else 400,
        )


def _show_columns(snapshot: Snapshot) -> None:
    found = reading.describe_columns(snapshot)
    with st.container(border=True):
        st.markdown("**Columns of the log**")
        if found.is_empty():
            st.caption("The log has no dimension and no measure: there is nothing to break labels down by.")
            return
        show_table(
            found.select("column", "role", pl.col("recorded_share") * 100, "n_values", "incoming_name", "since"),
            name="columns of the log",
            caption="A dimension that is rarely known hides what goes wrong in it: those rows are `(not recorded)`.",
            whole=found,
            column_config={
                "column": "Column",
                "role": st.column_config.TextColumn("Role", help="Dimensions break down, measures are numbers."),
                "recorded_share": st.column_config.ProgressColumn(
                    "Known for", format="%.0f %%", min_value=0, max_value=100, help="Share of the interactions"
                ),
                "n_values": st.column_config.NumberColumn("Different values", format="localized"),
                "incoming_name": "Name in the file",
                "since": time_column("Since", shown_as=LONG),
            },
            height="content" if found.height < 2 * _MOST_ROWS else 600,
            placeholder=formats.UNKNOWN,
        )


def _show_runs(snapshot: Snapshot) -> None:
    runs = reading.list_runs(snapshot)
    with st.container(border=True):
        st.markdown("**Runs**")
        show_table(
            runs.select(
                "run", "command", "started_at",
                formats.each(runs["took_s"], formats.seconds),
                "watermark", "label_version",
                counts=pl.Series([_write_counts(counts) for counts in runs["counts"].to_list()], dtype=pl.String),
            ),
            name="runs",
            whole=runs,
            column_config={
                "run": st.column_config.NumberColumn("Run", width=50),
                "command": st.column_config.TextColumn("Command", width=80),
                "started_at": time_column("Started", shown_as=LONG),
                "took_s": "Took",
                "watermark": time_column("Data up to", shown_as=LONG),
                "label_version": st.column_config.NumberColumn("Labels version", width=100),
                "counts": st.column_config.TextColumn("What it did", width=420),
            },
            placeholder=formats.UNKNOWN,
        )  # fmt: skip


def _write_counts(counts: list[dict]) -> str:
    """Return counts as words, without those that are zero."""
    return ", ".join(
        f"{formats.count(one['n'])} {one['name'].removeprefix('n_').replace('_', ' ')}" for one in counts if one["n"]
    )
