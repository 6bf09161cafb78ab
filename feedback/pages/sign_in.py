"""Signing in through the company's own accounts, where `.streamlit/secrets.toml` says so; off by default."""

from collections.abc import Mapping
from importlib.util import find_spec

import streamlit as st

from feedback.errors import MissingExtraError
from feedback.pages.formats import plain, words
from feedback.pages.identity import is_signed_in, who

_SECTION = "auth"


def is_open() -> bool:
    """Return whether whoever is there may come in; where they may not yet, show how to.

    Everybody may while sign-in is off, which is while streamlit's secrets have no section `[auth]`.

    Raises
    ------
    MissingExtraError
        When sign-in is on and the part of streamlit that does it is not installed.
    """
    section = _read_section()
    if section is None or is_signed_in():
        return True
    if find_spec("authlib") is None:
        raise MissingExtraError("sign-in is set up but not installed; install it: pip install 'feedback[auth]'")
    _show_door(_providers(section))
    return False


def show_who() -> None:
    """Show who is signed in, and the way out; nothing while sign-in is off."""
    if is_signed_in():
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(plain(who() or "Signed in"))
            st.button("Sign out", type="tertiary", on_click=st.logout)


def _read_section() -> Mapping | None:
    """Return how people sign in, as streamlit's secrets have it; null while they do not."""
    found = st.secrets.get(_SECTION) if st.secrets.load_if_toml_exists() else None
    return found if isinstance(found, Mapping) and found else None


def _providers(section: Mapping) -> list[str | None]:
    """Return the names of those who vouch for people; null for one without a name.

    Examples
    --------
    >>> _providers({"client_id": "x"}), _providers({"redirect_uri": "x", "okta": {"client_id": "y"}})
    ([None], ['okta'])
    """
    return [name for name, value in section.items() if isinstance(value, Mapping)] or [None]


def _show_door(providers: list[str | None]) -> None:
    st.title("Sign in", anchor=False)
    st.caption("What you do here is written down under the name you sign in with.")
    for name in providers:
        label = f"Sign in with {plain(words(name))}" if name else "Sign in"
        st.button(label, key=f"sign in {name}", icon=":material/login:", on_click=st.login, args=(name,))
