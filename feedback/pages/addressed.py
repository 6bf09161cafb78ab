"""Choices that are kept in the address of a page, so that every view of it is a link."""

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

_WORDS = str


def choose_view(options: Sequence[str], *, words: Callable[[str], str] = _WORDS, name: str = "view") -> str:
    """Return which part of the page to show; the first goes without saying. In the address: `name`.

    Parameters
    ----------
    options
        The parts, by the names they have in the address.
    words
        How each is called.
    name
        The parameter of the address.
    """
    key = read_choice(name, options, options[0])
    chosen = st.segmented_control(
        "View", options, key=key, format_func=words, required=True, label_visibility="collapsed",
        on_change=write_choice, args=(name, options[0]),
    )  # fmt: skip
    return chosen or options[0]


def choose_among(
    label: str,
    options: Sequence[str],
    *,
    name: str,
    words: Callable[[str], str] = _WORDS,
    anything: str = "Any",
    outdated: Sequence[str] = (),
    width: int = 200,
) -> str | None:
    """Return one of the options, null for any of them. In the address: `name`.

    Parameters
    ----------
    label
        Name of the field.
    options
        What can be chosen, by the names they have in the address.
    name
        The parameter of the address.
    words
        How each is called.
    anything
        What the field says while nothing is chosen.
    outdated
        Parameters of the address that lose their meaning with another choice.
    width
        In pixels.
    """
    key = read_choice(name, options, None)
    return st.selectbox(
        label, options, index=None, placeholder=anything, key=key, format_func=words, width=width,
        on_change=write_choice, args=(name, None, *outdated),
    )  # fmt: skip


def choose_number(label: str, *, name: str, least: int, most: int, about: str, width: int = 160) -> int:
    """Return a small number, the least goes without saying. In the address: `name`."""
    key = read_choice(name, range(least, most + 1), least)
    return st.number_input(
        label, least, most, key=key, help=about, width=width, on_change=write_choice, args=(name, least)
    )


def read_choice(name: str, options: Sequence, usual: object) -> str:
    """Return the key of a widget that now shows what the address says; the usual where that means nothing.

    Parameters
    ----------
    name
        The parameter of the address.
    options
        What can be chosen; the address has them as text.
    usual
        What goes without saying.
    """
    known = {str(option): option for option in options}
    st.session_state[choice_key(name)] = known.get(st.query_params.get(name, ""), usual)
    return choice_key(name)


def write_choice(name: str, usual: object, *outdated: str) -> None:
    """Write what was chosen in the widget of `read_choice` into the address; the usual goes without saying.

    `outdated` are parameters that lose their meaning with another choice.
    """
    chosen = st.session_state[choice_key(name)]
    for one in (name, *outdated):
        st.query_params.pop(one, None)
    if chosen != usual:
        is_several = isinstance(chosen, Iterable) and not isinstance(chosen, str)
        st.query_params[name] = [str(one) for one in chosen] if is_several else str(chosen)


def choice_key(name: str) -> str:
    """Return the key of the widget that shows a parameter of the address."""
    return f"choice of {name}"
