"""What of people's texts was looked at and taken along in the app, written into the audit trail.

looked(ids, on="examples")          once per person, id and visit
later("downloaded")                 what writes down that a file was made, when somebody asks for it
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import streamlit as st

from feedback.pages.clock import now
from feedback.pages.identity import is_signed_in, who
from feedback.pipeline.audit_buffer import AuditBuffer
from feedback.store import Store

_STORE, _SEEN = "store of the audit trail", "looked at"
_LONGEST_NAME = 120


def follow(store: Store) -> None:
    """Say which store the pages of this visit show."""
    st.session_state[_STORE] = store.path


def looked(ids: Iterable[str | None], *, on: str) -> None:
    """Write down that texts were shown: once per person, id and visit.

    Parameters
    ----------
    ids
        Interactions, sessions or golden examples; null where a text has none.
    on
        Where: the name of a page or table.
    """
    by, at = _name(), now()
    seen: set[tuple[str, str]] = st.session_state.setdefault(_SEEN, set())
    fresh = [about for about in dict.fromkeys(ids) if (by, about or on) not in seen]
    if fresh:
        seen.update((by, about or on) for about in fresh)
        deeds = [{"at": at, "by": by, "action": "looked", "about": about, "note": on} for about in fresh]
        _add(st.session_state.get(_STORE), deeds)


def later(action: str) -> Callable[..., None]:
    """Return what writes a deed down when called, with `about` and `note`: by whoever is at the screen now.

    Streamlit makes files for downloads when they are asked for, where it no longer knows who asks.
    """
    by, path = _name(), st.session_state.get(_STORE)

    def tell(*, about: str | None = None, note: str | None = None) -> None:
        _add(path, [{"at": now(), "by": by, "action": action, "about": about, "note": note}])

    return tell


def write_down() -> None:
    """Write what is still to be written, of all stores."""
    for buffer in _BUFFERS.values():
        buffer.flush()


def _name() -> str:
    named = who()
    return named or "unknown" if is_signed_in() else f"{(named or 'somebody')[:_LONGEST_NAME]} (not signed in)"


_BUFFERS: dict[Path, AuditBuffer] = {}


def _add(path: Path | None, deeds: Iterable[Mapping[str, object]]) -> None:
    """Have deeds written soon; nothing where a page is shown outside of the app, as it follows no store there."""
    if path is not None:
        buffer = _BUFFERS.get(path) or _BUFFERS.setdefault(path, AuditBuffer(Store(path)))
        buffer.add(deeds)
