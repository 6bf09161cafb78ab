"""Sending one response to review."""

import streamlit as st

from feedback.errors import FeedbackError
from feedback.pages import formats, reading
from feedback.pages.clock import now
from feedback.pages.identity import ask_who
from feedback.pages.places import place
from feedback.pages.roles import may, needs
from feedback.pipeline.picks import pick_for_review
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_REFUSED = "what sending to review met"


def show_sending(snapshot: Snapshot, interaction_id: str) -> None:
    """Show how to send a response to review, or that it waits there."""
    waiting = reading.waiting_picks(snapshot).filter(interaction_id=interaction_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if waiting.height:
            st.badge("Waits for review", icon=":material/inbox:", color="blue")
            st.page_link(
                place("review"), label="Review it now", icon=":material/gavel:",
                query_params={"draw": waiting["draw_id"][0]},
            )  # fmt: skip
            return
        if not may("review"):
            return
        who = ask_who("Your name", key="sent by")
        st.button(
            "Send to review", icon=":material/add_task:", key="send to review", disabled=not who,
            help="People judge it next, and once judged it can become a golden example. Give your name first.",
            on_click=_send, args=(snapshot, interaction_id, who or ""),
        )  # fmt: skip
    refused = st.session_state.pop(_REFUSED, None)
    if refused:
        st.warning(formats.plain(refused), icon=":material/error:")


@needs("review")
def _send(snapshot: Snapshot, interaction_id: str, who: str) -> None:
    try:
        pick_for_review(Store(snapshot.path), [interaction_id], by=who, clock=now)
    except FeedbackError as error:
        st.session_state[_REFUSED] = str(error)
