"""Judging one response after another."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from feedback.charts.meaning import KINDS
from feedback.pages import formats, reading
from feedback.pipeline.queue import Decision, QueuedItem, decide, draw_progress, let_go, next_item, take_back
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_VERDICTS = (
    ("good", "Good", "G", ":material/thumb_up:", "It did what was asked."),
    ("bad", "Bad", "B", ":material/thumb_down:", "It did not."),
    ("unsure", "Unsure", "U", ":material/help:", "You cannot tell: counts as not answered, never as half good."),
    ("unusable", "Unusable", "X", ":material/block:", "Nothing to judge: a test, an empty request, another feature."),
)  # fmt: skip
_INPUTS = ("corrected answer", "tags", "note")
_STREAMS = {"rate": "for the rate", "mining": "for the golden set", "import": "imported"}
_ALL = "All draws"
_LONG = 1200


def show_review(store: Store, snapshot: Snapshot) -> None:
    """Show the next response to judge, and take the verdict."""
    st.title("Review", anchor=False)
    progress = draw_progress(store)
    if progress.is_empty():
        _show_nothing_drawn()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reviewer = _name_reviewer()
        draw = _choose_draw(progress)
        wanted = st.number_input(
            "People per response", 1, 5, key="review wanted", width=160, help="More than one tells how far you agree."
        )
    if not reviewer:
        st.info("Say who you are to begin: a review has a name to it.", icon=":material/person:")
        return
    chosen = progress if draw is None else progress.filter(draw_id=draw)
    _show_progress(chosen)
    _show_last(snapshot, store)
    draws = () if draw is None else (draw,)
    passed_over = st.session_state.get("passed over", ())
    item = next_item(store, reviewer=reviewer, clock=_now(), draw_ids=draws, wanted=wanted, passed_over=passed_over)
    if item is None:
        st.success(
            "Nothing left for you here. What you judged counts from the next fit on.", icon=":material/done_all:"
        )
        st.code("feedback fit", language=None)
    else:
        _show_item(store, snapshot, item, reviewer)


def _show_nothing_drawn() -> None:
    st.info("Nothing is drawn for review yet. One of these puts responses into the queue:", icon=":material/inbox:")
    for command, note in (
        ("feedback reviews draw --k 100 --seed 7 --out to-review.csv", "At random, for an honest success rate."),
        ("feedback candidates draw --k 50 --seed 7", "What the golden set lacks: failures, new themes, surprises."),
    ):
        st.code(command, language=None)
        st.caption(note)


def _name_reviewer() -> str:
    """Return who reviews: who signed in, else the name that was typed."""
    if st.user.get("is_logged_in"):
        return str(st.user.get("email") or st.user.get("name") or st.user.get("sub"))
    return st.text_input("Reviewer", key="reviewer", placeholder="Your name", width=220).strip()


def _choose_draw(progress: pl.DataFrame) -> str | None:
    names = {
        row["draw_id"]: f"{row['drawn_at']:%d %b %H:%M}, {_STREAMS[row['stream']]} ({row['n_done']} of {row['n']})"
        for row in progress.iter_rows(named=True)
    }
    chosen = st.selectbox("Draw", [_ALL, *names], format_func=lambda name: names.get(str(name)) or str(name), width=340)
    return None if chosen == _ALL else chosen


def _show_progress(progress: pl.DataFrame) -> None:
    n, n_done = int(progress["n"].sum()), int(progress["n_done"].sum())
    st.progress(n_done / n if n else 0.0, text=f"{n_done:,} of {n:,} judged")


def _show_last(snapshot: Snapshot, store: Store) -> None:
    """Show what was decided last, what the behaviour said of it, and how to take it back."""
    last = st.session_state.get("last review")
    if last is None:
        return
    score = reading.find_interaction(snapshot, last["interaction_id"])["score"][0]
    behaviour = "behaviour said nothing" if score is None else f"the behaviour score is {formats.score(score)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Last: you said **{last['verdict']}**, {behaviour}.", width="content")
        st.button("Undo", icon=":material/undo:", shortcut="Z", type="tertiary", on_click=_undo, args=(store,))


def _show_item(store: Store, snapshot: Snapshot, item: QueuedItem, reviewer: str) -> None:
    found = reading.find_interaction(snapshot, item.interaction_id).row(0, named=True)
    said, judged = st.columns([3, 2])
    with said:
        _show_text("Asked", found["request_text"])
        _show_text("The AI answered", found["response_text"])
        _show_session(snapshot, item.interaction_id)
    with judged, st.container(border=True):
        _show_verdicts(store, item, reviewer)


def _show_text(title: str, text: str | None) -> None:
    with st.container(border=True, gap="xsmall"):
        st.caption(title)
        with st.container(height=320 if len(text or "") > _LONG else "content", border=False):
            st.text(text if text is not None else "(not recorded)")


def _show_session(snapshot: Snapshot, interaction_id: str) -> None:
    with st.expander("The session around it", key=f"session {interaction_id}"):
        st.caption("What the person did afterwards can sway you: judge the answer first.")
        events = reading.list_session_events(snapshot, interaction_id)
        for event in events.iter_rows(named=True):
            _show_event(event)


def _show_event(event: dict[str, Any]) -> None:
    kind = KINDS.get(event["kind"], event["kind"])
    after = event["after_s"]
    when = "now" if event["is_shown"] else f"{formats.seconds(abs(after))} {'before' if after < 0 else 'after'}"
    with st.container(gap=None):
        st.caption(f"**{formats.plain(kind)}** · {when}{' · this answer' if event['is_shown'] else ''}")
        if event["text"]:
            st.text(event["text"][:_LONG])


def _show_verdicts(store: Store, item: QueuedItem, reviewer: str) -> None:
    # Named for the item, so that the next one finds them empty.
    corrected, tags, note = _inputs(item)
    st.text_area("Corrected answer", key=corrected, height=120, help="What it should have been, if you know.")
    st.multiselect(
        "Tags", ["wrong fact", "off topic", "unsafe", "tone", "incomplete"], key=tags, accept_new_options=True
    )
    st.text_input("Note", key=note)
    for row in (_VERDICTS[:2], _VERDICTS[2:]):
        with st.container(horizontal=True):
            for verdict, title, key, icon, help_ in row:
                st.button(
                    title, icon=icon, shortcut=key, help=help_, width="stretch", key=f"verdict {verdict}",
                    on_click=_decide, args=(store, item, reviewer, verdict),
                )  # fmt: skip
    st.button(
        "Leave it for others", icon=":material/skip_next:", shortcut="S", type="tertiary",
        on_click=_skip, args=(store, item, reviewer),
    )  # fmt: skip
    st.caption(f"{item.n_open:,} open to you. The item is yours for half an hour; afterwards somebody else may get it.")


def _decide(store: Store, item: QueuedItem, reviewer: str, verdict: str) -> None:
    state = st.session_state
    corrected, tags, note = _inputs(item)
    decision = Decision(
        item.interaction_id, verdict, draw_id=item.draw_id, corrected_text=state.get(corrected),
        tags=tuple(state.get(tags) or ()), note=state.get(note),
    )  # fmt: skip
    review_id = decide(store, decision, reviewer=reviewer, clock=_now())
    state["last review"] = {"review_id": review_id, "interaction_id": item.interaction_id, "verdict": verdict}


def _undo(store: Store) -> None:
    last = st.session_state.pop("last review", None)
    if last is not None:
        take_back(store, last["review_id"], clock=_now())


def _skip(store: Store, item: QueuedItem, reviewer: str) -> None:
    let_go(store, item.interaction_id, reviewer=reviewer, clock=_now())
    st.session_state["passed over"] = (*st.session_state.get("passed over", ()), item.interaction_id)


def _inputs(item: QueuedItem) -> tuple[str, ...]:
    return tuple(f"{name} of {item.interaction_id}" for name in _INPUTS)


def _now() -> datetime:
    return datetime.now(UTC)
