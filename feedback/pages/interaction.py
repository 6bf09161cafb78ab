"""One interaction: what was said and done, which labelling functions voted, and why."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from feedback.charts import session_timeline, vote_pulls
from feedback.charts.meaning import KINDS, OUTCOMES, SIDES, words_of
from feedback.errors import UnknownNameError
from feedback.explore.examples import OPEN
from feedback.pages import formats, reading
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.launch import DARK, LIGHT
from feedback.pages.lookup import show_lookup
from feedback.pages.roles import may
from feedback.pages.sending import show_sending
from feedback.pages.texts import HIDDEN, blank_texts
from feedback.pages.trail import looked
from feedback.pipeline.horizons import read_horizons
from feedback.store.snapshot import Snapshot

_LONG, _LONGEST_ID = 900, 80
_SAID = {
    "request_text": "Asked",
    "response_text": "The AI answered",
    "final_text": "What the person made of it",
    "next_request_text": "What the person said next",
}


def show_interaction(snapshot: Snapshot, interaction_id: str) -> None:
    """Show the evidence for the label of one interaction."""
    if st.button("All examples", icon=":material/arrow_back:", type="tertiary"):
        st.query_params.pop("interaction", None)
        st.rerun()
    st.title(f"Interaction {formats.plain(interaction_id[:_LONGEST_ID])}", anchor=False)
    try:
        found = blank_texts(reading.find_interaction(snapshot, interaction_id)).row(0, named=True)
    except UnknownNameError:
        _show_unknown(snapshot)
        return
    votes = reading.list_votes(snapshot, interaction_id)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.caption(_describe(found), width="content")
        with st.container(width="content"):
            show_sending(snapshot, interaction_id)
    _show_label(found)
    said, voted = st.columns([3, 2])
    with said:
        _show_texts(found, snapshot)
    with voted:
        _show_votes(votes)
    _show_session(snapshot, interaction_id, found["session_id"])
    _show_properties(snapshot, interaction_id)


def _show_unknown(snapshot: Snapshot) -> None:
    st.info("The store has no interaction of that id. It may be in a later run, or in another store.")
    show_lookup(snapshot)


def _describe(found: Mapping[str, Any]) -> str:
    person = f" · person {formats.plain(found['user_id'])}" if found["user_id"] else ""
    return f"Shown {formats.moment(found['shown_at'])} · session {formats.plain(found['session_id'])}{person}"


def _show_label(found: Mapping[str, Any]) -> None:
    score, outcome, conflict, state = st.columns(4)
    score.metric("Behaviour score, 0 to 1", formats.score(found["score"]), border=True, help="Ranks; no success rate.")
    outcome.metric("Outcome", OUTCOMES[found["outcome"] or OPEN].words, border=True)
    conflict.metric(
        "Conflict between votes, 0 to 0.5", formats.score(found["conflict"]), border=True,
        help="Share of the vote weight on the weaker side; 0 means that all votes agree.",
    )  # fmt: skip
    state.metric(
        "Label", "Final" if found["is_final"] else "Open", border=True,
        help=f"People's reactions count until {formats.moment(found['window_ends_at'])}.",
    )  # fmt: skip
    if found["verdict"]:
        n_people = "1 person" if found["n_reviewers"] == 1 else f"{found['n_reviewers']} people"
        reviewed = f"Reviewed as **{found['verdict']}** by {n_people}, {formats.moment(found['reviewed_at'])}."
        st.info(f"{reviewed} A review outweighs the behaviour score.", icon=":material/gavel:")


def _show_texts(found: Mapping[str, Any], snapshot: Snapshot) -> None:
    if not may("texts"):
        st.info(HIDDEN, icon=":material/lock:")
        return
    if all(found[column] is None for column in _SAID):
        st.info(_say_no_text(found, snapshot), icon=":material/hourglass_disabled:")
        return
    looked([found["interaction_id"]], on="interaction")
    for column, title in _SAID.items():
        if found[column] is not None:
            with st.container(border=True, gap="xsmall"):
                st.caption(title)
                with st.container(height=240 if len(found[column]) > _LONG else "content", border=False):
                    st.text(found[column])


def _say_no_text(found: Mapping[str, Any], snapshot: Snapshot) -> str:
    kept_since = read_horizons(snapshot).texts
    if kept_since is None or found["shown_at"] >= kept_since:
        return "The log brought no text of this interaction."
    return f"Text aged out: texts are kept since {kept_since:%Y-%m-%d}. The label was made while it was there."


def _show_votes(votes: pl.DataFrame) -> None:
    with st.container(border=True):
        st.markdown("**How the votes fell**")
        if votes.is_empty():
            st.caption("No labelling function voted, so there is no score.")
            return
        st.caption("The first weighs most: it is the reason for the label.")
        show_chart(vote_pulls(votes, text_color=_text_color()), name="votes")
        for vote in votes.iter_rows(named=True):
            strength = f"weight {vote['weight']:.1f}" if vote["weight"] else "not registered here"
            with st.container(gap=None):
                st.markdown(
                    f"**{formats.plain(formats.words(vote['name']))}** · {formats.vote(vote['vote'])} · {strength}"
                )
                st.caption(formats.plain(vote["rationale"] or "Its file is not named in feedback.toml here."))


def _show_properties(snapshot: Snapshot, interaction_id: str) -> None:
    properties = reading.list_properties(snapshot, interaction_id)
    if not properties.is_empty():
        with st.container(border=True):
            st.markdown("**Dimensions and measures**")
            row = dict(properties.select("column", pl.concat_list("text")).iter_rows())
            show_table(pl.DataFrame(row), name="dimensions and measures")


def _show_session(snapshot: Snapshot, interaction_id: str, session_id: str) -> None:
    if may("texts"):
        looked([session_id], on="session")
    events = blank_texts(reading.list_session_events(snapshot, interaction_id))
    with st.container(border=True):
        st.markdown("**The session**")
        if events.is_empty():
            st.caption("The events of this session have aged out.")
            return
        left_out = events["n_left_out"][0]
        more = f" {formats.count(left_out)} events further away are left out." if left_out else ""
        show_chart(
            session_timeline(events, text_color=_text_color()),
            name="session",
            caption="Shaded: this answer. Rings: the evidence for its label. Times count from when it was "
            f"shown.{more}",
        )
        with st.expander("All of it as a table"):
            show_table(_write(events), name="events of the session", column_config=_event_columns(), placeholder="")


def _write(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(
        "occurred_at",
        pl.col("kind").replace_strict(KINDS, default=pl.col("kind")),
        pl.col("side").replace_strict(words_of(SIDES)),
        "is_evidence", "in_window", "text", "value", "interaction_id", "event_id",
    )  # fmt: skip


def _event_columns() -> dict:
    columns = st.column_config
    return {
        "occurred_at": time_column("At", shown_as="YYYY-MM-DD HH:mm:ss.SSS"),
        "kind": "What",
        "side": "Meaning",
        "is_evidence": columns.CheckboxColumn("Evidence"),
        "in_window": columns.CheckboxColumn("In the window"),
        "text": columns.TextColumn("Text", width=320),
        "value": columns.NumberColumn("Value", format="%.2f"),
        "interaction_id": "Interaction",
        "event_id": "Event",
    }


def _text_color() -> str:
    return (DARK if st.context.theme.type == "dark" else LIGHT)["textColor"]
