"""What to do while there is nothing to show."""

from pathlib import Path

import streamlit as st

from feedback.pages.formats import plain

_STEPS = (
    (
        "See it with made-up traffic",
        "feedback demo",
        "Four AI features, 28 days, four incidents to find. Takes seconds.",
    ),
    ("Bring your own logs", "feedback ingest logs/*.jsonl", "JSON lines, CSV or Parquet; one row per event."),
    ("Turn them into labels", "feedback run", "Every AI response gets a behaviour score and its evidence."),
)


def show_first_steps(path: Path) -> None:
    """Show how a store that was never written gets its first data."""
    st.title("Nothing here yet", anchor=False)
    st.markdown(f"The store at {plain(str(path))} has no data. This page fills as soon as it does.")
    for place, (title, command, note) in zip(st.columns(len(_STEPS)), _STEPS, strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.code(command, language=None)
            st.caption(note)


def show_unlabelled() -> None:
    """Show what is missing when there are events but no labels."""
    st.info("There are events, but no final labels yet. Make them with the command below.", icon=":material/info:")
    st.code("feedback run", language=None)
    st.caption("If the log is complete, `feedback run --watermark end` closes every observation window.")
