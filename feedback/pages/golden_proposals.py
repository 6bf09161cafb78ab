"""What a check of the golden set proposes: add, refresh, retire; accepted or refused one by one."""

from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import polars as pl
import streamlit as st

from feedback.errors import FeedbackError
from feedback.pages import formats, reading
from feedback.pages.clock import now
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_table
from feedback.pages.places import place
from feedback.pages.roles import needs
from feedback.pages.trail import looked
from feedback.pipeline.golden_check import CheckRules, GoldenCheck
from feedback.pipeline.golden_proposals import (
    CANDIDATES,
    accept_proposal,
    list_proposals,
    refuse_proposal,
    reopen_proposals,
)
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_ACTIONS = {"add": "Add", "refresh": "Refresh", "retire": "Retire"}
_COLORS: dict[str, Literal["green", "orange", "red"]] = {"add": "green", "refresh": "orange", "retire": "red"}
_ICONS = {"add": ":material/add:", "refresh": ":material/refresh:", "retire": ":material/archive:"}
_ACCEPT = {
    "draw": ("Draw candidates", "Draws some there for review. What people judge can be added then."),
    "review": ("Send to review", "Its response is judged once more."),
    "correct": ("Take over", "The label and the expected answer become what people have said since."),
    "retire": ("Retire", "It leaves the set; versions that have it keep it."),
}
_DONE = {
    "draw": "{n:,} candidates drawn: they wait on the Review page.",
    "review": "Sent to review.",
    "correct": "Corrected to what people have said since.",
    "retire": "Retired. Cut a version to keep the set as it is now.",
}
_A_PAGE = 8
_EXCERPT, _ID_DIGITS = 240, 8
_CHECKED, _SAID = "golden set checked", "what a proposal came to"


class Checked(NamedTuple):
    """A check, and the tables it was made of."""

    check: GoldenCheck
    snapshot: Snapshot


def check_now(snapshot: Snapshot) -> Checked:
    """Return the check of the golden set: that of this visit until somebody asks for another, as it takes a while."""
    made_of: Snapshot = st.session_state.setdefault(_CHECKED, snapshot)
    if made_of.path != snapshot.path:
        made_of = st.session_state[_CHECKED] = snapshot
    if _matters(made_of) != _matters(snapshot):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Compared with the traffic as of run {made_of.version}; something has changed since.")
            if st.button("Check again", icon=":material/refresh:", key="check again"):
                made_of = st.session_state[_CHECKED] = snapshot
    with st.spinner("Comparing the golden set with the traffic of the latest weeks"):
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return Checked(reading.golden_check(made_of, at=today, rules=CheckRules()), made_of)


def show_proposals(store: Store, snapshot: Snapshot, checked: Checked, *, who: str | None) -> None:
    """Show what to add, refresh and retire, each with why, and take the decision of somebody with a name."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.info(formats.plain(said), icon=":material/info:")
    found = list_proposals(snapshot, checked.check, checked=checked.snapshot)
    with st.container(border=True):
        st.markdown(f"**Proposals: {found.height:,}**")
        if found.is_empty():
            st.caption(f"Nothing: the golden set follows the traffic of the latest {checked.check.days} days.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            why = st.text_input("Reason, when you refuse", key="refused why", width=320)
            k = st.number_input("Candidates per draw", 1, 200, CANDIDATES, key="candidates per draw", width=170)
        n_pages = -(-found.height // _A_PAGE)
        page = st.pagination(n_pages, key="proposals") if n_pages > 1 else 1
        for row in found.slice((page - 1) * _A_PAGE, _A_PAGE).iter_rows(named=True):
            _show_proposal(store, row, who=who or "", why=why, k=int(k))
    _show_as_table(found)


def show_refused(store: Store, snapshot: Snapshot, *, who: str | None) -> None:
    """Show what was refused, and let it be proposed again."""
    refused = reading.list_refused(snapshot)
    if refused.is_empty():
        return
    with st.expander(f"Refused: {refused.height:,}"):
        show_table(
            refused.select(
                "at", "by", "why", "finding", pl.coalesce("segment", pl.col("example_id").str.head(_ID_DIGITS)),
                "proposal",
            ),
            name="refused proposals",
            column_config={
                "at": time_column("When"),
                "by": "By",
                "why": "Reason",
                "finding": "For",
                "segment": "Segment or example",
                "proposal": st.column_config.TextColumn("What was proposed", width=420),
            },
            placeholder="",
        )  # fmt: skip
        st.button(
            "Propose all of them again", key="reopen", icon=":material/undo:", disabled=not who,
            on_click=_reopen, args=(store, refused.to_dicts(), who or ""),
        )  # fmt: skip


def _show_proposal(store: Store, row: dict[str, Any], *, who: str, why: str, k: int) -> None:
    about = row["segment"] or row["example_id"]
    with st.container(border=True, key=f"proposal {about}"):
        told, decided = st.columns([5, 3], vertical_alignment="center")
        with told:
            _describe(row)
        with decided.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            if row["step"] == "wait":
                st.page_link(
                    place("review"), label="Waits for review", icon=":material/gavel:",
                    query_params={"draw": row["draw_id"]},
                )  # fmt: skip
            else:
                title, help_ = _ACCEPT[row["step"]]
                st.button(
                    title, key=f"accept {about}", type="primary", disabled=not who,
                    help=f"{help_} Give your name first.", on_click=_accept, args=(store, row, who, k),
                )  # fmt: skip
            st.button(
                "Refuse", key=f"refuse {about}", disabled=not who,
                help="It is not proposed again.", on_click=_refuse, args=(store, row, who, why),
            )  # fmt: skip


def _describe(row: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        action = row["action"]
        st.badge(_ACTIONS[action], icon=_ICONS[action], color=_COLORS[action])
        named = row["segment"] or f"example {row['example_id'][:_ID_DIGITS]}, labelled {row['label']}"
        st.markdown(f"**{formats.plain(named)}**", width="content")
    if row["input"]:
        looked([row["example_id"]], on="proposals")
        st.text(" ".join(row["input"].split())[:_EXCERPT])
    st.caption(formats.plain(row["why"]))
    if row["step"] == "correct":
        changes = [f"label {row['new_label']}"] if row["new_label"] else []
        changes += ["a corrected answer"] if row["new_expected"] else []
        st.caption(f"People have said since: {' and '.join(changes)}.")


def _show_as_table(found: pl.DataFrame) -> None:
    with st.expander("All of them as a table"):
        show_table(
            found.select("action", "segment", "example_id", "why", "step", "input"),
            name="proposals",
            column_config={"why": st.column_config.TextColumn("why", width=420)},
            placeholder="",
        )


def _matters(snapshot: Snapshot) -> tuple:
    """Return what a check depends on, but for what people decided about its proposals."""
    heads = {name: head.version for name, head in snapshot.heads}
    named = ("golden_events", "reviews", "eval_results")
    return (snapshot.version, *(heads.get(name) for name in named))


@needs("golden")
def _accept(store: Store, row: dict[str, Any], who: str, k: int) -> None:
    try:
        done = accept_proposal(store, row, by=who, clock=now, k=k)
        st.session_state[_SAID] = _DONE[done.step].format(n=done.n)
    except FeedbackError as error:
        st.session_state[_SAID] = str(error)


@needs("golden")
def _refuse(store: Store, row: dict[str, Any], who: str, why: str) -> None:
    refuse_proposal(store, row, by=who, clock=now, why=why.strip() or None)
    st.session_state[_SAID] = "Refused: it is not proposed again. What was refused is listed below."


@needs("golden")
def _reopen(store: Store, refused: list[dict[str, Any]], who: str) -> None:
    reopen_proposals(store, refused, by=who, clock=now)
