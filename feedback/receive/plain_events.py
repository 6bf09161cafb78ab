"""Our own events, sent as JSON: for those who have nothing yet but curl."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from feedback.receive.refusals import RefusalError
from feedback.schemas.behaviour import KINDS

_REQUIRED = ("event_id", "occurred_at", "kind", "session_id")
_MOST_SAID = 20


class TakenEvents(NamedTuple):
    """What is taken of events that were sent.

    Parameters
    ----------
    lines
        What to keep, a line of JSON per event.
    errors
        Number of each event that is not taken, from 1, and why.
    """

    lines: list[bytes]
    errors: list[tuple[int, str]]

    def say(self) -> dict[str, Any]:
        """Return what to tell the sender: counts, and the first twenty errors."""
        said = [{"row": row, "reason": reason} for row, reason in self.errors[:_MOST_SAID]]
        return {"accepted": len(self.lines), "rejected": len(self.errors), "errors": said}


def take_events(body: bytes) -> TakenEvents:
    r"""Return what is taken of an event, a JSON array of events, or an event per line.

    Raises
    ------
    RefusalError
        When the body is none of these (400).

    Examples
    --------
    >>> sent = b'{"event_id": "e1", "occurred_at": "2026-11-21T10:00Z", "kind": "copy", "session_id": "s1"}\n{}'
    >>> take_events(sent).errors
    [(2, 'event_id, occurred_at, kind, session_id is missing')]
    """
    lines: list[bytes] = []
    errors: list[tuple[int, str]] = []
    for row, event in enumerate(_read_events(body), start=1):
        fault = _find_fault(event)
        if fault:
            errors.append((row, fault))
        else:
            lines.append(json.dumps(event, separators=(",", ":"), allow_nan=False).encode())
    return TakenEvents(lines, errors)


def _read_events(body: bytes) -> Iterator[Any]:
    whole = _parse(body)
    if isinstance(whole, list):
        yield from whole
    elif whole is not _BROKEN:
        yield whole
    elif b"\n" in body.strip():
        yield from (_parse(line) for line in body.split(b"\n") if line.strip())
    else:
        raise RefusalError(400, "the body is no JSON: send an event, an array of events, or an event per line")


_BROKEN = object()


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return _BROKEN


def _find_fault(event: Any) -> str | None:
    """Return what is wrong with an event; null when nothing is."""
    if event is _BROKEN or not isinstance(event, dict):
        return "the event is no JSON object"
    missing = [name for name in _REQUIRED if event.get(name) in (None, "")]
    if missing:
        return f"{', '.join(missing)} is missing"
    return None if event["kind"] in KINDS else f"kind is none of {', '.join(KINDS)}"
