"""Show me: interactions to look at, and one of them with all its evidence."""

import streamlit as st

from feedback.pages import formats, reading
from feedback.pages.example_table import choose_example
from feedback.pages.filters import choose_dimension, choose_order, choose_outcomes, choose_period, choose_value
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.interaction import show_interaction
from feedback.pages.lookup import show_lookup
from feedback.store.snapshot import Snapshot

_MOST = 200


def show_examples(snapshot: Snapshot, time_zone: str) -> None:
    """Show the list, or the interaction that the address names."""
    chosen = st.query_params.get("interaction")
    if chosen:
        show_interaction(snapshot, chosen)
    else:
        _show_list(snapshot, time_zone)


def _show_list(snapshot: Snapshot, time_zone: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title("Examples", anchor=False, width="content")
        with st.container(width="content"):
            show_lookup(snapshot)
    with st.container(horizontal=True):
        period = choose_period(snapshot, time_zone)
        if period is None:
            show_unlabelled()
            return
        dimension = choose_dimension(snapshot, "Dimension")
        value = choose_value(snapshot, dimension)
        outcomes = choose_outcomes()
        order = choose_order()
    found = reading.list_interactions(
        snapshot, period, dimension=dimension, value=value, outcomes=outcomes, order=order, most=_MOST
    )
    if found.height:
        n = found["n_matching"][0]
        of_all = (
            f"{formats.count(n)} interactions"
            if n == found.height
            else f"{found.height} of {formats.count(n)} interactions"
        )
        st.caption(f"{of_all}, {formats.days(period)}. Click one to see its evidence.")
    chosen = choose_example(found, key=f"examples {period.n_days} {dimension} {value} {outcomes} {order}", height=640)
    if chosen:
        st.query_params["interaction"] = chosen
        st.rerun()
