"""Keystroke logs with offsets: what became of every suggestion, and how much of the accepted ones survived.

Every insertion and deletion is replayed (`TypedText`), so that at any time it is known how many characters of an
accepted suggestion are still there. Survival is measured 15 s, 30 s, 2, 5 and 10 minutes after the accept and at
the end of the log, and told as an edit where it changed; a suggestion of which nothing is left was undone.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from feedback.sources.event_records import read_event_records
from feedback.sources.foreign_fields import without_nulls
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.keystroke_records import Keystroke, read_changes, read_keystroke
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.records import Translated, gather
from feedback.sources.typed_text import TypedText

HORIZONS_S = (15, 30, 120, 300, 600)
# What a suggestion brings in comes at most so long after it was accepted.
_COMES_WITHIN = timedelta(seconds=5)
_KEYSTROKE = "a keystroke, which counts towards how much of the accepted texts survives"


@dataclass
class _Accepted:
    """An accepted suggestion: when, how long it was, when its last character went, and the share that was told last."""

    at: datetime
    length: int = 0
    told: float | None = None
    gone_at: datetime | None = None


@dataclass
class _Session:
    """A session as far as it was replayed."""

    name: str
    text: TypedText = field(default_factory=TypedText)
    shown: str | None = None
    awaited: str | None = None
    held: list[dict[str, Any]] = field(default_factory=list)
    accepted: dict[str, _Accepted] = field(default_factory=dict)
    due: list[tuple[datetime, int, str]] = field(default_factory=list)
    latest: datetime | None = None


def read_keystrokes(file: Path) -> Iterator[RawLog]:
    """Yield the events of a keystroke log; a file that names no session is one session, called as the file.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from gather(_replay(file))


def recognise_keystrokes(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are keystrokes, or null.

    Examples
    --------
    >>> recognise_keystrokes([{"eventName": "text-insert", "textDelta": {"ops": [{"insert": "a"}]}}])
    'records are keystrokes (textDelta)'
    """
    for record in records:
        if not isinstance(record, Mapping):
            continue
        named = str(record.get("eventName", record.get("op", record.get("type"))))
        if "textDelta" in record:
            return "records are keystrokes (textDelta)"
        if named in ("insert", "delete", "replace", "text-insert", "text-delete") and read_changes(record, named):
            return f"records are keystrokes ({named} with an offset)"
    return None


def _replay(file: Path) -> Iterator[Translated]:
    sessions: dict[str, _Session] = {}
    ticks = count()
    row = 0
    for row, record in read_event_records(file):
        stroke = record.reason if isinstance(record, BrokenRecord) else read_keystroke(record)
        if isinstance(stroke, str):
            yield Translated(row, [], stroke)
            continue
        name = stroke.session or _name_of(file)
        session = sessions.setdefault(name, _Session(name))
        events = [*_measure_due(session, stroke.at), *_take_in(session, stroke, ticks)]
        yield Translated(row, [without_nulls(event) for event in events], None if events else _KEYSTROKE)
    closing = [event for session in sessions.values() for event in _close(session)]
    if closing:
        yield Translated(row, [without_nulls(event) for event in closing])


def _take_in(session: _Session, stroke: Keystroke, ticks: Iterator[int]) -> list[dict[str, Any]]:
    """Return the events that one record gives, once the text was changed by it."""
    session.latest = max(stroke.at, session.latest or stroke.at)
    if stroke.n_before and not session.text.length:
        session.text.insert(0, stroke.n_before)
    events: list[dict[str, Any]] = []
    if stroke.word == "asked":
        events.append(_event(session, "request", stroke.at, f"request/{_number(session, stroke)}"))
    elif stroke.word == "shown":
        events += _show(session, stroke)
    elif stroke.word == "accepted":
        events += _accept(session, stroke, ticks)
    elif stroke.word in ("rejected", "ignored") and session.shown is not None:
        events += _reject(session, stroke)
    return [*events, *_change(session, stroke)]


def _show(session: _Session, stroke: Keystroke) -> list[dict[str, Any]]:
    """Return what was held back before; the response is held until it is known which suggestion was chosen."""
    told = _release(session)
    session.shown = stroke.suggestion or f"{session.name}/{_number(session, stroke)}"
    response = _event(session, "response", stroke.at, f"{session.shown}/response", session.shown, text=stroke.suggested)
    measures = {"n_options": stroke.n_options, "temperature": stroke.temperature, "feature": "writing suggestion"}
    session.held = [response | measures]
    return told


def _accept(session: _Session, stroke: Keystroke, ticks: Iterator[int]) -> list[dict[str, Any]]:
    name = stroke.suggestion or session.shown
    if name is None or name in session.accepted:
        return []
    told = [] if session.held and session.held[0]["interaction_id"] == name else _release(session)
    session.accepted[name] = _Accepted(stroke.at)
    session.awaited, session.shown = name, None
    for after_s in HORIZONS_S:
        heapq.heappush(session.due, (stroke.at + timedelta(seconds=after_s), next(ticks), name))
    session.held.append(_event(session, "accept", stroke.at, f"{name}/accept", name, text=stroke.suggested))
    return told


def _release(session: _Session, chosen: str | None = None) -> list[dict[str, Any]]:
    """Return the response that was held back and its accept, with the text that was chosen where it is known."""
    held, session.held = session.held, []
    return held if chosen is None else [event | {"text": chosen} for event in held]


def _reject(session: _Session, stroke: Keystroke) -> list[dict[str, Any]]:
    """Return a reject when the person closed what was shown; closing by itself says nothing."""
    name, session.shown = session.shown, None
    if stroke.is_by_machine or stroke.word == "ignored" or name is None:
        return []
    return [*_release(session), _event(session, "reject", stroke.at, f"{name}/reject", name)]


def _change(session: _Session, stroke: Keystroke) -> list[dict[str, Any]]:
    """Return the accept that was held back, if the text it brings in is what changes the text now."""
    told: list[dict[str, Any]] = []
    for change in stroke.changes:
        for name in session.text.delete(change.at, change.n_deleted) if change.n_deleted else ():
            if not session.text.alive[name]:
                session.accepted[name].gone_at = stroke.at
        author = _find_author(session, stroke)
        session.text.insert(change.at, change.inserted, author=author)
        if author is not None and change.inserted:
            session.accepted[author].length += change.inserted
            session.awaited = None
            told += _release(session, change.text)
    return told


def _find_author(session: _Session, stroke: Keystroke) -> str | None:
    """Return the suggestion that an insertion comes from; null when a person typed it."""
    name = stroke.suggestion or session.awaited
    accepted = session.accepted.get(name) if name is not None else None
    is_soon = accepted is not None and stroke.at - accepted.at <= _COMES_WITHIN
    return name if is_soon and (stroke.is_by_machine or stroke.word == "accepted") else None


def _measure_due(session: _Session, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield what there is to tell of every measurement that fell due before now."""
    while session.due and session.due[0][0] <= now:
        at, _, name = heapq.heappop(session.due)
        is_last = (at - session.accepted[name].at).total_seconds() >= HORIZONS_S[-1]
        yield from _measure(session, name, at, is_last=is_last)


def _measure(session: _Session, name: str, at: datetime, *, is_last: bool) -> list[dict[str, Any]]:
    accepted = session.accepted[name]
    if not accepted.length or accepted.told == 0:
        return []
    share, told = session.text.alive.get(name, 0) / accepted.length, accepted.told
    if share == told or (told is None and share == 1 and not is_last):
        return []
    accepted.told = share
    if told is None and accepted.gone_at is not None:
        return [_event(session, "undo", accepted.gone_at, f"{name}/undo", name, value=0.0)]
    after_s = (at - accepted.at).total_seconds()
    return [_event(session, "edit", at, f"{name}/edit/{after_s:g}s", name, value=share)]


def _close(session: _Session) -> list[dict[str, Any]]:
    """Return the last measurement of every suggestion that was still being watched when the log ended."""
    waiting = {name: None for _, _, name in sorted(session.due)}
    end = session.latest
    told = _release(session)
    return (
        told
        if end is None
        else [*told, *(event for name in waiting for event in _measure(session, name, end, is_last=True))]
    )


def _event(
    session: _Session, kind: str, at: datetime, event_id: str, interaction_id: str | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "occurred_at": at,
        "kind": kind,
        "session_id": session.name,
        "interaction_id": interaction_id,
        **more,
    }


def _number(session: _Session, stroke: Keystroke) -> str:
    return stroke.number or f"{stroke.at:%Y%m%dT%H%M%S%f}"


def _name_of(file: Path) -> str:
    return file.name.split(".")[0] or file.name


KEYSTROKES = Format("keystrokes", (), read_keystrokes, recognise=recognise_keystrokes)
