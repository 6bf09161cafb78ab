"""What was judged last: what behaviour said of it, told only now, and how to take the verdict back."""

import streamlit as st

from feedback.charts import session_timeline
from feedback.errors import FeedbackError
from feedback.pages import formats, reading
from feedback.pages.clock import now
from feedback.pages.downloads import show_chart
from feedback.pages.launch import DARK, LIGHT
from feedback.pages.places import place
from feedback.pages.roles import needs
from feedback.pipeline.queue import take_back
from feedback.store import Store
from feedback.store.snapshot import Snapshot

LAST = "last review"
_EVIDENCE = "evidence of the last"


def show_last(snapshot: Snapshot, store: Store) -> None:
    """Show the last verdict beside the behaviour score, the evidence when asked for, and Undo."""
    last = st.session_state.get(LAST)
    if last is None:
        return
    found = reading.find_interaction(snapshot, last["interaction_id"]).row(0, named=True)
    score = found["score"]
    behaviour = "behaviour said nothing" if score is None else f"the behaviour score is {formats.score(score)}"
    because = f" ({formats.words(found['reason']).lower()})" if found["reason"] else ""
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="last verdict"):
        st.markdown(f"Last: you said **{last['verdict']}**, {behaviour}{formats.plain(because)}.", width="content")
        st.toggle("Evidence", key=_EVIDENCE, help="The session with what speaks for and against the answer.")
        st.button("Undo", icon=":material/undo:", shortcut="Z", type="tertiary", on_click=_undo, args=(store,))
    if st.session_state.get(_EVIDENCE):
        _show_evidence(snapshot, last["interaction_id"])


def _show_evidence(snapshot: Snapshot, interaction_id: str) -> None:
    events = reading.list_session_events(snapshot, interaction_id)
    color = (DARK if st.context.theme.type == "dark" else LIGHT)["textColor"]
    with st.container(border=True):
        show_chart(
            session_timeline(events, text_color=color),
            name="evidence of the last response",
            caption="Shaded: the answer you judged. Rings: the evidence for its label.",
        )
        st.page_link(
            place("examples"), label="All of it", icon=":material/arrow_forward:",
            query_params={"interaction": interaction_id},
        )  # fmt: skip


@needs("review")
def _undo(store: Store) -> None:
    last = st.session_state.pop(LAST, None)
    if last is None:
        return
    try:
        take_back(store, last["review_id"], clock=now())
    except FeedbackError as error:
        st.session_state["review refused"] = str(error)
