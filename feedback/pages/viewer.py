"""Where the viewer is: the time zone of their browser."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

_NAME_OF_UTC = "UTC"


def viewer_zone() -> str:
    """Return the name of the viewer's time zone; UTC where the browser does not say, or says one we do not know.

    Examples
    --------
    >>> viewer_zone()
    'UTC'
    """
    named = st.context.timezone
    return named if named and _find(named) else _NAME_OF_UTC


def in_viewer_zone(at: datetime) -> datetime:
    """Return the time as the viewer's clock shows it."""
    return at.astimezone(_find(viewer_zone()) or UTC)


def name_zone(at: datetime) -> str:
    """Return what a clock is ahead of UTC.

    Examples
    --------
    >>> name_zone(datetime.fromisoformat("2026-10-05T00:10+02:00"))
    'UTC+2'
    >>> name_zone(datetime.fromisoformat("2026-10-05T00:10-03:30"))
    'UTC−3:30'
    """
    offset = at.utcoffset()
    if not offset:
        return _NAME_OF_UTC
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    return f"{_NAME_OF_UTC}{'+' if offset.total_seconds() > 0 else '−'}{hours}" + (f":{minutes:02d}" if minutes else "")


def _find(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
