"""Spans of time the way people say them."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def say_span(seconds: float | None) -> str | None:
    """Return a span of time, as exact as matters; null where it is unknown.

    Examples
    --------
    >>> [say_span(value) for value in (12.0, 150.0, 8_100.0, 400_000.0, None)]
    ['12 s', '2 min', '2 h 15 min', '4 days 15 h', None]
    """
    if seconds is None:
        return None
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"
    return f"{seconds // _DAY:.0f} days {seconds % _DAY // _HOUR:.0f} h"
