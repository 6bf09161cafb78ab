"""Tables of which a row is a link."""

import streamlit as st

_NOTED = "clicked in "


def row_links(key: str) -> dict:
    """Return what to give to a table so that a click on a row is noted; `take_click` says which row it was.

    Parameters
    ----------
    key
        Names the table.
    """
    return {"key": key, "on_select": lambda: _note(key), "selection_mode": "single-cell"}


def take_click(key: str) -> int | None:
    """Return the place of the row that was clicked just now; null when none was. A click counts once."""
    return st.session_state.pop(_NOTED + key, None)


def _note(key: str) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells:
        st.session_state[_NOTED + key] = cells[0][0]
