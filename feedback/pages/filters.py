"""What the reader chose. The address is the only place where it is kept, so every view is a link."""

import streamlit as st

from feedback.charts.meaning import OUTCOMES
from feedback.explore import ORDERS, Period
from feedback.pages import reading
from feedback.pages.addressed import choice_key, read_choice, write_choice
from feedback.quality.people import EVERYTHING
from feedback.store.snapshot import Snapshot

_DAYS = (7, 14, 28, 90)
# Long enough for a drop of a few hundredths to stand out at a few hundred interactions a week.
USUAL_DAYS = 14
# What every page is asked for, and what one asks for once: an example that is open stays behind.
_SHARED, _OF_THE_MOMENT = ("days", "dimension", "value"), ("interaction",)
_KEPT, _PAGE, _ADDRESS, _EVERYWHERE = "kept choices", "page before", "address before", " everywhere"
_WHOLE = "page drawn as a whole"
_ORDERS = {"worst": "Worst score", "best": "Best score", "newest": "Newest", "conflict": "Most contradictory"}


def choose_period(snapshot: Snapshot, time_zone: str) -> Period | None:
    """Return the latest days, as many as chosen; null when there are no labels. In the address: `days`."""
    key = read_choice("days", _DAYS, USUAL_DAYS)
    n_days = st.segmented_control(
        "Latest days", _DAYS, key=key, required=True, on_change=write_choice, args=("days", USUAL_DAYS)
    )
    return reading.latest_period(snapshot, n_days or USUAL_DAYS, time_zone=time_zone)


def choose_dimension(snapshot: Snapshot, label: str) -> str:
    """Return one of the dimensions. In the address: `dimension`."""
    # A log without dimensions has one view only: everything.
    dimensions = reading.list_dimensions(snapshot) or [EVERYTHING]
    key = read_choice("dimension", dimensions, dimensions[0])
    return st.selectbox(
        label, dimensions, key=key, width=180, on_change=write_choice, args=("dimension", dimensions[0], "value")
    )


def choose_value(snapshot: Snapshot, dimension: str) -> str | None:
    """Return a value of the dimension, null for any. In the address: `value`."""
    values = reading.list_values(snapshot, dimension)
    key = read_choice("value", values, None)
    return st.selectbox(
        "Value",
        values,
        index=None,
        placeholder="Any",
        key=key,
        width=180,
        on_change=write_choice,
        args=("value", None),
    )


def choose_outcomes() -> tuple[str, ...]:
    """Return the outcomes to show, none for all. In the address: `outcome`, once for each."""
    wanted = st.query_params.get_all("outcome")
    st.session_state[choice_key("outcome")] = [name for name in wanted if name in OUTCOMES]
    chosen = st.multiselect(
        "Outcome", list(OUTCOMES), format_func=lambda name: OUTCOMES[name].words, placeholder="Any",
        key=choice_key("outcome"), width=210, on_change=write_choice, args=("outcome", []),
    )  # fmt: skip
    return tuple(chosen)


def choose_order() -> str:
    """Return what comes first. In the address: `order`."""
    key = read_choice("order", ORDERS, ORDERS[0])
    return st.selectbox(
        "Order", ORDERS, format_func=_ORDERS.__getitem__, key=key, width=170, on_change=write_choice,
        args=("order", ORDERS[0]),
    )  # fmt: skip


def carry_choices(page: str) -> None:
    """Put what was chosen before into the address of a page that is opened anew.

    Time range and dimension go along to every page; what else a page was asked for it finds again when one comes
    back to it. An address that says something itself is left as it is, and so is that of the page one is on: opening
    that again begins anew. After a step back in its history a browser may have the address of the page one came from,
    which says nothing about this one.
    """
    kept: dict[str, dict[str, list[str]]] = st.session_state.setdefault(_KEPT, {})
    came_from, st.session_state[_PAGE] = st.session_state.get(_PAGE, page), page
    if came_from != page and _read_all() in ({}, st.session_state.get(_ADDRESS)):
        st.query_params.from_dict({**kept.get(page, {}), **kept.get(_EVERYWHERE, {})})
    st.session_state[_WHOLE] = True
    _keep(page, is_same=came_from == page)


def keep_choices() -> None:
    """Keep what was chosen when a part of the page alone is drawn anew: `carry_choices` is not asked then."""
    if not st.session_state.pop(_WHOLE, False):
        _keep(st.session_state[_PAGE], is_same=True)


def _keep(page: str, *, is_same: bool) -> None:
    kept = st.session_state[_KEPT]
    st.session_state[_ADDRESS] = _read_all()
    said = {name: values for name, values in _read_all().items() if name not in _OF_THE_MOMENT}
    kept[page] = {name: values for name, values in said.items() if name not in _SHARED}
    if is_same or any(name in said for name in _SHARED):
        kept[_EVERYWHERE] = {name: values for name, values in said.items() if name in _SHARED}


def _read_all() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
