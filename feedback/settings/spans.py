"""Spans of time and time zones, as people write them."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedback.errors import SettingsError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_span(span: object) -> timedelta:
    """Return a span of time written as a number of up to six digits and a unit: `45s`, `30m`, `12h` or `7d`.

    Raises
    ------
    SettingsError
        When it is written otherwise.

    Examples
    --------
    >>> parse_span("90m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(span, timedelta):
        return span
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", str(span))
    if not match:
        raise SettingsError(f"{span!r} is no span of time; write for instance 45s, 30m, 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def read_length(written: object) -> timedelta:
    """Return a span of time that is longer than zero, written like those of `parse_span`."""
    span = parse_span(written)
    if not span:
        raise SettingsError(f"{written!r} is no length; it must be longer than zero")
    return span


def check_time_zone(name: str) -> str:
    """Return the name of a time zone, once it is known to be one.

    Raises
    ------
    SettingsError
        When it is none.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise SettingsError(f"{name!r} is no time zone; write for instance Europe/Berlin") from error
    return name
