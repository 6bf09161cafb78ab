"""Who may do what: by the role that `[roles]` of feedback.toml gives to whoever signed in.

Without `[roles]` whoever can open the app may do everything, as on one's own machine. With it, a name that somebody
typed is none to trust: who has not signed in has the default role.

Functions that do something check for themselves, whatever buttons are shown:

    @needs("review")
    def _decide(...)
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st

from feedback.errors import SettingsError
from feedback.pages.formats import plain
from feedback.pages.identity import is_signed_in, vouched_for
from feedback.pages.sign_in import show_who
from feedback.settings import SETTINGS_FILE, Roles, read_settings
from feedback.settings.roles import ADMIN, NOBODY, REVIEWER, ROLES, VIEWER

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
# What may be done, from which role on, and in words.
_ACTIONS: Mapping[str, tuple[str, str]] = {
    "look": (VIEWER, "This app is for people with a role in it"),
    "texts": (REVIEWER, "Texts are shown to reviewers"),
    "review": (REVIEWER, "Reviewing is for reviewers"),
    "incidents": (REVIEWER, "Steps in an incident are for reviewers"),
    "golden": (REVIEWER, "The golden set is for reviewers"),
    "versions": (ADMIN, "Making versions of the golden set is for admins"),
    "export": (ADMIN, "Exporting is for admins"),
}


def role() -> str:
    """Return the role of whoever is at the screen: none, viewer, reviewer or admin."""
    access = _read_access()
    return ADMIN if access is None else access.role_of(vouched_for(st.user) if is_signed_in() else None)


def may(action: str) -> bool:
    """Return whether whoever is at the screen may take an action: look, texts, review, incidents, golden ..."""
    return ROLES.index(role()) >= ROLES.index(_ACTIONS[action][0])


def needs(action: str) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer | None]]:
    """Return what makes a function do nothing, and say whom it is for, for whoever may not take the action."""

    def guard(do: Callable[Arguments, Answer]) -> Callable[Arguments, Answer | None]:
        @wraps(do)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | None:
            if may(action):
                return do(*args, **kwargs)
            say_needed(action)
            return None

        return guarded

    return guard


def say_needed(action: str) -> None:
    """Show in one line whom an action is for."""
    st.info(f"{_ACTIONS[action][1]}. {_say_role()}", icon=":material/lock:")


def is_let_in() -> bool:
    """Return whether whoever is at the screen may look at anything; where not, show so."""
    if may("look"):
        return True
    with st.sidebar:
        show_who()
    st.title("Not for you yet", anchor=False)
    say_needed("look")
    return False


def show_role() -> None:
    """Show the role in small print, with what goes by it."""
    if _read_access() is None:
        if not is_signed_in():
            st.caption("No roles set up", help="Whoever can open this app may do everything in it. See `[roles]`.")
        return
    st.caption(f"{role().capitalize()}", help="Your role, by `[roles]` of feedback.toml.")


def _say_role() -> str:
    if role() == NOBODY:
        known = "you have none" if is_signed_in() else "nobody has signed in here"
    else:
        known = f"you are a {role()}" if is_signed_in() else f"who has not signed in is a {role()}"
    return plain(f"{known.capitalize()}; roles are given under [roles] in feedback.toml.")


def _read_access() -> Roles | None:
    """Return what the file says, read again when it was written again; where it cannot be read, nobody may anything."""
    file = Path(SETTINGS_FILE).absolute()
    try:
        known = file.stat()
    except FileNotFoundError:
        return None
    return _read_file(file, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=4)
def _read_file(file: Path, _written_ns: int, _n_bytes: int) -> Roles | None:
    try:
        return read_settings(file).access
    except SettingsError:
        # The page says what is wrong with it. Until it is mended nobody is taken for more than they are.
        return Roles()
