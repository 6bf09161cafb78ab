"""Columns of tables that mean the same on every page."""

from typing import Any

import streamlit as st

from feedback.pages.viewer import viewer_zone

SHORT, LONG = "D MMM HH:mm", "YYYY-MM-DD HH:mm"


def time_column(title: str, *, width: int | None = None, shown_as: str = SHORT, about: str = "") -> Any:
    """Return a column of times as the viewer's clock shows them; pointing at its name says which clock that is.

    Parameters
    ----------
    title
        Name of the column.
    width
        In pixels.
    shown_as
        How a time is written: `SHORT`, `LONG`, or another pattern that Streamlit knows.
    about
        What the column says, a sentence.
    """
    zone = viewer_zone()
    clock = f"Time zone: {zone}."
    return st.column_config.DatetimeColumn(
        title, format=shown_as, timezone=zone, width=width, help=f"{about} {clock}".strip()
    )
