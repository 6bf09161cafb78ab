"""What people judged that is not in the golden set yet."""

import polars as pl
import streamlit as st

from feedback.errors import FeedbackError
from feedback.pages import formats, reading
from feedback.pages.clock import now
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_table
from feedback.pages.roles import needs
from feedback.pipeline.golden_examples import Wanted, add_reviewed
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_SAID = "what adding did"
_EXCERPT = 300


def show_additions(store: Store, snapshot: Snapshot, *, who: str | None) -> None:
    """Show the judged responses that could be added, and add them when somebody with a name asks."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(formats.plain(said), icon=":material/check:")
    found = reading.list_addable(snapshot)
    if found.is_empty():
        return
    with st.container(border=True):
        st.markdown(f"**Judged, and not in the set yet: {found.height:,}**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            only = st.segmented_control("Which", ["good", "bad"], key="add which", format_func=str.capitalize)
            st.button(
                "Add them", icon=":material/add:", type="primary", disabled=not who, key="add reviewed",
                on_click=_add, args=(store, who or "", only),
                help="Each becomes an example of its own split; near-duplicates stay together. Give your name first.",
            )  # fmt: skip
        with st.expander("Which they are"):
            _show_list(found if only is None else found.filter(verdict=only))


def _show_list(found: pl.DataFrame) -> None:
    text = pl.col("request_text", "response_text").str.slice(0, _EXCERPT).str.replace_all(r"\s+", " ")
    show_table(
        found.select("verdict", text, "n_reviewers", "reviewed_at", "interaction_id"),
        name="judged and not golden",
        column_config={
            "verdict": st.column_config.TextColumn("Verdict", width=70),
            "request_text": st.column_config.TextColumn("Asked", width=280),
            "response_text": st.column_config.TextColumn("Answered", width=280),
            "n_reviewers": st.column_config.NumberColumn("Judged by", width=80),
            "reviewed_at": time_column("When"),
            "interaction_id": "Interaction",
        },
        placeholder=formats.UNKNOWN,
    )


@needs("golden")
def _add(store: Store, who: str, label: str | None) -> None:
    try:
        done = add_reviewed(store, by=who, clock=now, wanted=Wanted(label=label))
    except FeedbackError as error:
        st.session_state[_SAID] = str(error)
        return
    left_out = f", {done.left_out.height:,} left out" if done.left_out.height else ""
    st.session_state[_SAID] = f"{done.added.height:,} added{left_out}. Cut a version to keep the set as it is now."
