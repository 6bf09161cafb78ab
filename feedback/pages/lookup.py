"""The box in which an interaction is looked up by its id."""

import streamlit as st

from feedback.pages import formats, reading
from feedback.pages.places import place
from feedback.store.snapshot import Snapshot

_KEY = "look up"


def show_lookup(snapshot: Snapshot) -> None:
    """Show the box; an id that names one interaction opens it, others list what begins so."""
    written = st.text_input(
        "Look up an interaction", key=_KEY, placeholder="Id of an interaction or a session", width=320,
        help="Also a link: /examples?interaction=ID",
    ).strip()  # fmt: skip
    if not written:
        return
    found = reading.look_up(snapshot, written)
    if found.is_empty():
        st.caption(f"Nothing here is called {formats.plain(written[:80])}.")
    elif found.height == 1:
        _open(found["interaction_id"][0])
    else:
        for row in found.iter_rows(named=True):
            label = f"{row['interaction_id']} · {row['feature'] or formats.UNKNOWN} · {formats.moment(row['shown_at'])}"
            st.page_link(
                place("examples"), label=formats.plain(label), query_params={"interaction": row["interaction_id"]}
            )


def _open(interaction_id: str) -> None:
    # Forgotten, or coming back would open it again.
    del st.session_state[_KEY]
    st.switch_page(place("examples"), query_params={"interaction": interaction_id})
