"""Choices of one page that are kept in its address, so that every view of it is a link."""

from collections.abc import Callable, Sequence

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
    key = _read(name, options, options[0])
    chosen = st.segmented_control(
        "View", options, key=key, format_func=words, required=True, label_visibility="collapsed",
        on_change=_write, args=(name, options[0]),
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
    key = _read(name, options, None)
    return st.selectbox(
        label, options, index=None, placeholder=anything, key=key, format_func=words, width=width,
        on_change=_write, args=(name, None, *outdated),
    )  # fmt: skip


def choose_number(label: str, *, name: str, least: int, most: int, about: str, width: int = 160) -> int:
    """Return a small number, the least goes without saying. In the address: `name`."""
    options = [str(number) for number in range(least, most + 1)]
    key = f"number of {name}"
    st.session_state[key] = int(_known(name, options) or least)
    return st.number_input(
        label, least, most, key=key, help=about, width=width, on_change=_write_key, args=(name, key, least)
    )


def _read(name: str, options: Sequence[str], usual: str | None) -> str:
    """Return the key of a widget that now shows what the address says; the usual where that means nothing."""
    st.session_state[_key(name)] = _known(name, options) or usual
    return _key(name)


def _known(name: str, options: Sequence[str]) -> str | None:
    wanted = st.query_params.get(name)
    return wanted if wanted in options else None


def _write(name: str, usual: str | None, *outdated: str) -> None:
    for one in outdated:
        st.query_params.pop(one, None)
    _write_key(name, _key(name), usual)


def _write_key(name: str, key: str, usual: object) -> None:
    """Write what was chosen into the address; the usual goes without saying."""
    chosen = st.session_state[key]
    st.query_params.pop(name, None)
    if chosen != usual:
        st.query_params[name] = str(chosen)


def _key(name: str) -> str:
    return f"part by {name}"
