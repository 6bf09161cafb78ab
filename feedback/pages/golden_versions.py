"""The versions of the golden set, and how two of them differ."""

import polars as pl
import streamlit as st

from feedback.explore.golden import NOW
from feedback.pages import reading
from feedback.store.snapshot import Snapshot

_ROW_HEIGHT, _MOST_ROWS = 35, 10
_ID_DIGITS = 8


def show_versions(snapshot: Snapshot, *, is_cut: bool) -> None:
    """Show the versions, and what changed between two of them."""
    with st.container(border=True):
        st.markdown("**Versions**")
        versions = reading.list_golden_versions(snapshot)
        if not is_cut:
            st.caption("The set has changed since the latest version. Keep it as it is now: `feedback golden version`")
        if versions.is_empty():
            return
        st.dataframe(
            versions.select("version", "n", "created_at", "by", "note"),
            column_config={
                "version": st.column_config.NumberColumn("Version", width=60),
                "n": st.column_config.NumberColumn("Examples", format="localized", width=80),
                "created_at": st.column_config.DatetimeColumn("Made", format="YYYY-MM-DD HH:mm", timezone="UTC"),
                "by": "By",
                "note": st.column_config.TextColumn("Note", width=420),
            },
            hide_index=True,
            placeholder="",
            height=height_of(versions),
        )
        _show_diff(snapshot, [str(number) for number in versions["version"]])


def _show_diff(snapshot: Snapshot, numbers: list[str]) -> None:
    with st.container(horizontal=True):
        before = st.selectbox("From version", numbers, index=min(1, len(numbers) - 1), width=140)
        after = st.selectbox("to", [NOW, *numbers], index=0 if len(numbers) == 1 else 1, width=140)
    changed = reading.diff_golden_versions(snapshot, before, after)
    if changed.is_empty():
        st.caption("Nothing changed between these.")
        return
    kinds = changed["change"].value_counts().sort("change").iter_rows()
    st.caption(", ".join(f"{n:,} {kind}" for kind, n in kinds))
    rows = changed.select(
        "change", "why", "by", "input",
        example=pl.col("example_id").str.head(_ID_DIGITS), what=pl.col("what").list.join(", "),
    ).select("change", "example", "what", "why", "by", "input")  # fmt: skip
    st.dataframe(
        rows,
        column_config={
            "change": st.column_config.TextColumn("Change", width=85),
            "example": st.column_config.TextColumn("Example", width=80),
            "what": st.column_config.TextColumn("What", width=110),
            "why": st.column_config.TextColumn("Why", width=170),
            "by": st.column_config.TextColumn("By", width=70),
            "input": st.column_config.TextColumn("Request", width=420),
        },
        hide_index=True,
        placeholder="",
        height=height_of(rows),
    )


def height_of(rows: pl.DataFrame) -> int:
    """Return the height of a table that shows up to ten rows, in pixels."""
    return _ROW_HEIGHT * (min(rows.height, _MOST_ROWS) + 1) + 3
