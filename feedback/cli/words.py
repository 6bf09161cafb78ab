"""Numbers and times the way people read them."""

from datetime import datetime


def count(n: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "file"), count(96471, "event")
    ('1 file', '96,471 events')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def moment(at: datetime | None) -> str:
    """Return a time to the minute, in UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment(datetime(2026, 10, 4, 22, 10, 5, tzinfo=UTC)), moment(None)
    ('2026-10-04 22:10 UTC', 'none yet')
    """
    return "none yet" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def share(part: int, whole: int) -> str:
    """Return a share in per cent.

    Examples
    --------
    >>> share(3, 4), share(0, 0)
    ('75.0 %', 'none')
    """
    return f"{100 * part / whole:.1f} %" if whole else "none"
