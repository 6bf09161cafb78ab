"""The versions of the golden set, and how two of them differ."""

import polars as pl
import streamlit as st

from feedback.errors import FeedbackError
from feedback.explore.golden import NOW
from feedback.pages import formats, reading
from feedback.pages.clock import now
from feedback.pages.columns import LONG, time_column
from feedback.pages.downloads import show_table
from feedback.pages.roles import may, needs, say_needed
from feedback.pipeline.golden import make_version
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_ROW_HEIGHT, _MOST_ROWS = 35, 10
_ID_DIGITS = 8
_NOTE, _SAID = "note of the version", "what cutting did"


def show_versions(store: Store, snapshot: Snapshot, *, who: str | None, is_cut: bool) -> None:
    """Show how to make a version, the versions there are, and what changed between two of them."""
    with st.container(border=True):
        st.markdown("**Versions**")
        _show_cutting(store, who=who, is_cut=is_cut)
        versions = reading.list_golden_versions(snapshot)
        if versions.is_empty():
            return
        show_table(
            versions.select("version", "n", "created_at", "by", "note"),
            name="golden versions",
            column_config={
                "version": st.column_config.NumberColumn("Version", width=60),
                "n": st.column_config.NumberColumn("Examples", format="localized", width=80),
                "created_at": time_column("Made", shown_as=LONG),
                "by": "By",
                "note": st.column_config.TextColumn("Note", width=420),
            },
            placeholder="",
            height=height_of(versions),
        )
        _show_diff(snapshot, [str(number) for number in versions["version"]])


def show_counts(snapshot: Snapshot) -> None:
    """Show what is in the set now, per segment."""
    with st.container(border=True):
        st.markdown("**What is in it**")
        rows = reading.count_examples(snapshot)
        words = {"n": "Examples", "no_split": "In no split", "with_expected": "Expected answer"}
        numbers = {
            name: st.column_config.NumberColumn(words.get(name, name.capitalize()), format="localized")
            for name in rows.columns[1:]
        }
        show_table(
            rows,
            name="golden examples per segment",
            column_config={"segment": st.column_config.TextColumn("Segment", width=260), **numbers},
            height=height_of(rows),
        )


def name_versions(versions: pl.DataFrame) -> dict[str, str]:
    """Return what each version is called in a list, by its number."""
    return {
        str(row["version"]): f"{row['version']} · {row['n']:,} examples, {formats.moment(row['created_at'])}"
        for row in versions.iter_rows(named=True)
    }


def height_of(rows: pl.DataFrame) -> int:
    """Return the height of a table that shows up to ten rows, in pixels."""
    return _ROW_HEIGHT * (min(rows.height, _MOST_ROWS) + 1) + 3


def _show_cutting(store: Store, *, who: str | None, is_cut: bool) -> None:
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(formats.plain(said), icon=":material/check:")
    if is_cut:
        st.caption("The latest version holds the set as it is now.")
        return
    st.caption("The set has changed since the latest version. A version keeps it as it is now, for good.")
    if not may("versions"):
        say_needed("versions")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Note", key=_NOTE, width=320)
        st.button(
            "Make a version", icon=":material/bookmark_add:", type="primary", disabled=not who, key="make version",
            help="Give your name first.", on_click=_cut, args=(store, who or ""),
        )  # fmt: skip


@needs("versions")
def _cut(store: Store, who: str) -> None:
    try:
        made, is_new = make_version(store, by=who, clock=now, note=st.session_state.get(_NOTE) or None)
    except FeedbackError as error:
        st.session_state[_SAID] = str(error)
        return
    state = "is made" if is_new else "holds just that already"
    st.session_state[_SAID] = f"Version {made['version']} {state}. Examples in it: {made['n']:,}."


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
    show_table(
        rows,
        name="changes between versions",
        column_config={
            "change": st.column_config.TextColumn("Change", width=85),
            "example": st.column_config.TextColumn("Example", width=80),
            "what": st.column_config.TextColumn("What", width=110),
            "why": st.column_config.TextColumn("Why", width=170),
            "by": st.column_config.TextColumn("By", width=110),
            "input": st.column_config.TextColumn("Request", width=420),
        },
        placeholder="",
        height=height_of(rows),
    )
