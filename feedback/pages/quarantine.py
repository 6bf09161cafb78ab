"""Rows that could not be used: why, and where some of them stand."""

import polars as pl
import streamlit as st

from feedback.pages import formats, reading
from feedback.pages.columns import LONG, time_column
from feedback.pages.downloads import show_table
from feedback.store.snapshot import Snapshot

_ROW_HEIGHT, _MOST_ROWS = 35, 12


def show_quarantine(snapshot: Snapshot) -> None:
    """Show why rows could not be used, and for the ticked reason where some of them stand; never what is in them."""
    found = reading.summarise_quarantine(snapshot)
    with st.container(border=True):
        st.markdown("**Rows that could not be used**")
        if found.is_empty():
            st.caption("None.")
            return
        table = show_table(
            found.select("n", "reason", "column", "file", "first_row"),
            name="quarantine",
            caption="Tick a row to see where they stand. What is in them stays in the file.",
            column_config={
                "n": st.column_config.NumberColumn("Rows", format="localized", width=70),
                "reason": st.column_config.TextColumn("Why", width=420),
                "column": "Column",
                "file": st.column_config.TextColumn("File", width=300),
                "first_row": st.column_config.NumberColumn("First row", format="localized"),
            },
            placeholder=formats.UNKNOWN,
            height=_ROW_HEIGHT * (min(found.height, _MOST_ROWS) + 1) + 3,
            key="quarantine",
            on_select="rerun",
            selection_mode="single-row",
        )
        rows = table["selection"]["rows"]
        if rows:
            _show_samples(snapshot, found.slice(rows[0], 1))


def _show_samples(snapshot: Snapshot, ticked: pl.DataFrame) -> None:
    reason, column, file = ticked.select("reason", "column", "file").row(0)
    show_table(
        reading.sample_quarantine(snapshot, reason, column, file),
        name="quarantined rows",
        column_config={
            "file": st.column_config.TextColumn("File", width=300),
            "row": st.column_config.NumberColumn("Row", format="localized", width=80),
            "column": "Column",
            "reason": st.column_config.TextColumn("Why", width=420),
            "quarantined_at": time_column("Read", shown_as=LONG),
        },
        placeholder=formats.UNKNOWN,
    )
