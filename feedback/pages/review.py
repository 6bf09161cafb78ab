"""Judging one response after another."""

import polars as pl
import streamlit as st

from feedback.errors import FeedbackError
from feedback.pages import formats, reading
from feedback.pages.addressed import choose_number
from feedback.pages.clock import now
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.identity import ask_who, who
from feedback.pages.places import place
from feedback.pages.review_item import show_item
from feedback.pages.review_last import LAST, show_last
from feedback.pages.review_queue import choose_part, show_agreement, show_drawing, show_progress
from feedback.pages.roles import needs
from feedback.pipeline.queue import Decision, QueuedItem, decide, draw_progress, let_go, next_item
from feedback.pipeline.queue_items import QueueFilter
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_VERDICTS = (
    ("good", "Good", "G", ":material/thumb_up:", "It did what was asked."),
    ("bad", "Bad", "B", ":material/thumb_down:", "It did not."),
    ("unsure", "Unsure", "U", ":material/help:", "You cannot tell: counts as not answered, never as half good."),
    ("unusable", "Unusable", "X", ":material/block:", "Nothing to judge: a test, an empty request, another feature."),
)  # fmt: skip
_TAGS = ("wrong fact", "off topic", "unsafe", "tone", "incomplete")
_INPUTS = ("corrected answer", "tags", "note")
_PASSED_OVER, _REFUSED = "passed over", "review refused"


@needs("review")
def show_review(store: Store, snapshot: Snapshot) -> None:
    """Show the next response to judge, and take the verdict."""
    st.title("Review", anchor=False)
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    whole = draw_progress(store, reviewer=who())
    if whole.is_empty():
        _show_nothing_drawn(store, snapshot)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reviewer = ask_who("Reviewer", key="reviewer", width=150)
        of = choose_part(snapshot, whole)
        wanted = choose_number(
            "People per response", name="people", least=1, most=5, about="More than one tells how far you agree."
        )
        show_agreement(reading.reviewer_agreement(snapshot, of.draw_id))
        with st.popover("Draw more", icon=":material/add:"):
            show_drawing(store, snapshot)
    if not reviewer:
        st.info("Say who you are to begin: a review has a name to it.", icon=":material/person:")
        return
    _judge(store, snapshot, of, reviewer=reviewer, wanted=wanted)


def _judge(store: Store, snapshot: Snapshot, of: QueueFilter, *, reviewer: str, wanted: int) -> None:
    progress = draw_progress(store, of, wanted=wanted, reviewer=reviewer)
    show_progress(progress)
    show_last(snapshot, store)
    refused = st.session_state.pop(_REFUSED, None)
    if refused:
        st.warning(formats.plain(refused), icon=":material/error:")
    passed_over = st.session_state.get(_PASSED_OVER, ())
    item = next_item(store, reviewer=reviewer, clock=now(), of=of, wanted=wanted, passed_over=passed_over)
    if item is None:
        _show_end(progress)
        return
    shown, judged = st.columns([3, 2])
    with shown:
        show_item(snapshot, item.interaction_id)
    with judged, st.container(border=True):
        _show_verdicts(store, item, reviewer)


def _show_nothing_drawn(store: Store, snapshot: Snapshot) -> None:
    st.info("Nothing is drawn for review yet. Put responses into the queue:", icon=":material/inbox:")
    with st.container(border=True, width=560):
        show_drawing(store, snapshot)
    st.caption("The same from the command line, with a file to fill in:")
    st.code("feedback reviews draw --k 100 --seed 7 --out to-review.csv", language=None)
    st.code("feedback candidates draw --k 50 --seed 7", language=None)


def _show_end(progress: pl.DataFrame) -> None:
    if progress.is_empty():
        st.info("Nothing in the queue is like that: choose less.", icon=":material/filter_alt_off:")
        return
    st.success("Nothing left for you here. What you judged counts from the next fit on.", icon=":material/done_all:")
    st.code("feedback fit", language=None)
    st.page_link(place("golden"), label="Make golden examples of it", icon=":material/workspace_premium:")


def _show_verdicts(store: Store, item: QueuedItem, reviewer: str) -> None:
    # Named for the item, so that the next one finds them empty.
    corrected, tags, note = _inputs(item)
    for row in (_VERDICTS[:2], _VERDICTS[2:]):
        with st.container(horizontal=True):
            for verdict, title, key, icon, help_ in row:
                st.button(
                    title, icon=icon, shortcut=key, help=help_, width="stretch", key=f"verdict {verdict}",
                    on_click=_decide, args=(store, item, reviewer, verdict),
                )  # fmt: skip
    st.text_area("Corrected answer", key=corrected, height=120, help="What it should have been, if you know.")
    st.multiselect("Tags", _TAGS, key=tags, accept_new_options=True)
    st.text_input("Note", key=note)
    st.button(
        "Leave it for others", icon=":material/skip_next:", shortcut="S", type="tertiary",
        on_click=_skip, args=(store, item, reviewer),
    )  # fmt: skip
    st.caption(
        f"{item.n_open:,} open to you. This one is yours for half an hour; afterwards somebody else may get it. Click "
        "outside a field before you use the keys."
    )


@needs("review")
def _decide(store: Store, item: QueuedItem, reviewer: str, verdict: str) -> None:
    state = st.session_state
    corrected, tags, note = _inputs(item)
    decision = Decision(
        item.interaction_id, verdict, draw_id=item.draw_id, corrected_text=state.get(corrected),
        tags=tuple(state.get(tags) or ()), note=state.get(note),
    )  # fmt: skip
    try:
        review_id = decide(store, decision, reviewer=reviewer, clock=now())
    except FeedbackError as error:
        state[_REFUSED] = str(error)
        return
    state[LAST] = {"review_id": review_id, "interaction_id": item.interaction_id, "verdict": verdict}


@needs("review")
def _skip(store: Store, item: QueuedItem, reviewer: str) -> None:
    let_go(store, item.interaction_id, reviewer=reviewer, clock=now())
    st.session_state[_PASSED_OVER] = (*st.session_state.get(_PASSED_OVER, ()), item.interaction_id)


def _inputs(item: QueuedItem) -> tuple[str, ...]:
    return tuple(f"{name} of {item.interaction_id}" for name in _INPUTS)
