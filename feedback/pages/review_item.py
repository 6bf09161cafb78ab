"""One response to judge: what was asked and answered, the session around it, and nothing of the model's opinion."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from feedback.charts.meaning import KINDS
from feedback.errors import UnknownNameError
from feedback.pages import formats, reading
from feedback.pages.trail import looked
from feedback.store.snapshot import Snapshot

LONG = 1200
_ICONS = {"request": "person", "rephrase": "person", "retry": "person", "response": "smart_toy"}
_AROUND = 12
FEW = 4


def show_item(snapshot: Snapshot, interaction_id: str) -> None:
    """Show a response as the person saw it: what came before, the request, the answer; what came after is folded."""
    try:
        found = reading.find_interaction(snapshot, interaction_id).row(0, named=True)
    except UnknownNameError:
        st.info("This response is no longer in the store. Leave it for others.", icon=":material/delete:")
        return
    looked([interaction_id, found["session_id"]], on="review")
    events = reading.list_session_events(snapshot, interaction_id, around=_AROUND)
    before, after = _before(events, found), events.filter(pl.col("after_s") >= 0, ~pl.col("is_shown"))
    st.caption(_describe(found))
    if before.height:
        title, is_short = f"Said before: {_count(before, 'turn')}", before.height <= FEW
        with st.expander(title, expanded=is_short, key=f"before {interaction_id}", icon=":material/history:"):
            _show_events(before)
    _show_text("Asked", found["request_text"], icon="person")
    _show_text("The AI answered", found["response_text"], icon="smart_toy")
    with st.expander(f"Afterwards: {_count(after, 'event')}", key=f"after {interaction_id}", icon=":material/update:"):
        st.caption("What the person did next can sway you: judge the answer first.")
        _show_events(after)


def _before(events: pl.DataFrame, found: Mapping[str, Any]) -> pl.DataFrame:
    """Return what was said before the response, without its request, which is shown in full."""
    said = events.filter(pl.col("after_s") < 0, pl.col("text").is_not_null())
    is_its_request = (pl.col("kind") != "response") & pl.col("text").eq_missing(pl.lit(found["request_text"]))
    is_last = pl.int_range(pl.len()) == pl.len() - 1
    return said.filter(~(is_its_request & is_last))


def _show_events(events: pl.DataFrame) -> None:
    if events.is_empty():
        st.caption("Nothing.")
    for event in events.iter_rows(named=True):
        kind = KINDS.get(event["kind"], event["kind"])
        when = f"{formats.seconds(abs(event['after_s']))} {'before' if event['after_s'] < 0 else 'after'}"
        with st.container(gap=None):
            icon = f":material/{_ICONS.get(event['kind'], 'touch_app')}:"
            st.caption(f"{icon} **{formats.plain(kind)}** · {when}")
            if event["text"]:
                st.text(event["text"][:LONG])


def _show_text(title: str, text: str | None, *, icon: str) -> None:
    with st.container(border=True, gap="xsmall"):
        st.caption(f":material/{icon}: {title}")
        with st.container(height=320 if len(text or "") > LONG else "content", border=False):
            st.text(text if text is not None else "(not recorded, or aged out)")


def _describe(found: Mapping[str, Any]) -> str:
    named = [formats.plain(found[name]) for name in ("feature", "language") if found.get(name)]
    return " · ".join([*named, f"shown {formats.moment(found['shown_at'])}"])


def _count(events: pl.DataFrame, what: str) -> str:
    return "nothing" if events.is_empty() else f"{events.height} {what}{'s' if events.height > 1 else ''}"
