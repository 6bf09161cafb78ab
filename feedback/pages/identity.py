"""Who is at the screen: the person signed in, else the name they typed."""

from collections.abc import Mapping

import streamlit as st

_TYPED = "person"
_CLAIMS = ("email", "preferred_username", "name", "sub")


def who() -> str | None:
    """Return who is at the screen; null while nobody signed in or typed a name.

    Whoever signed in cannot be somebody else: what was typed counts only where sign-in is off. Verdicts and steps
    are written under this name.
    """
    if is_signed_in():
        return name_person(st.user)
    return st.session_state.get(_TYPED) or None


def is_signed_in() -> bool:
    """Return whether somebody signed in through `st.login`."""
    return st.user.get("is_logged_in") is True


def ask_who(label: str = "You are", *, key: str, width: int = 180) -> str | None:
    """Return who is at the screen, and show it: as text when signed in, else as a field to type a name in.

    Parameters
    ----------
    label
        Name of the field.
    key
        Names the field; another one on each page. What is typed on one page is there on all.
    width
        In pixels.
    """
    if is_signed_in():
        st.text_input(label, who() or "", key=f"{key} signed in", width=width, disabled=True)
        return who()
    st.session_state[key] = who() or ""
    st.text_input(label, key=key, placeholder="Your name", width=width, on_change=_remember, args=(key,))
    return who()


def name_person(claims: Mapping[str, object]) -> str | None:
    """Return the name under which what a signed-in person does is written; null where they are not known by any.

    The e-mail address comes first. Where whoever vouches for the person says that it was never verified, anybody may
    have chosen it and the names beside it: then only their own id for the person counts.

    Examples
    --------
    >>> name_person({"email": "ann@example.org", "name": "Ann"})
    'ann@example.org'
    >>> name_person({"email": "boss@example.org", "email_verified": False, "sub": "4711"})
    '4711'
    """
    is_doubtful = claims.get("email_verified") is False
    told = (claims.get(name) for name in (_CLAIMS[-1:] if is_doubtful else _CLAIMS))
    return next((str(value).strip() for value in told if value and str(value).strip()), None)


def vouched_for(claims: Mapping[str, object]) -> str | None:
    """Return the identity that a role goes by; null where nobody vouches for one.

    The e-mail address, unless it was never verified, else the id that whoever vouches for the person has for them.
    Names are left out: many let people choose theirs.

    Examples
    --------
    >>> vouched_for({"email": "ann@example.org", "sub": "4711"}), vouched_for({"name": "ann@example.org"})
    ('ann@example.org', None)
    >>> vouched_for({"email": "ann@example.org", "email_verified": False, "sub": "4711"})
    '4711'
    """
    return name_person({name: claims.get(name) for name in ("email", "email_verified", "sub")})


def _remember(key: str) -> None:
    """Keep the name when another page is opened: a field that is not shown forgets what is in it."""
    st.session_state[_TYPED] = st.session_state[key].strip()
