"""PostHog events, and what those of one trace say of each other, looked up in a file and those beside it."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from feedback.errors import InputError
from feedback.sources.event_records import read_event_records
from feedback.sources.foreign_fields import as_id, as_json, as_moment
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.neighbours import MOST_FILES, Stamp, find_neighbours, stamp
from feedback.sources.text_files import ReadingTerms, reading_under

GENERATION = "$ai_generation"
_PROPERTY = "properties."
_SESSIONS = ("$ai_session_id", "$session_id", "$ai_trace_id")


class Event(NamedTuple):
    """One PostHog event.

    Parameters
    ----------
    row
        Its number in the file, from 1.
    name
        What it is called.
    event_id
        Its uuid; where it has none, a hash of what it says.
    at
        When it happened; null where that cannot be read.
    user_id
        The distinct id of the person.
    properties
        Everything else, by name.
    """

    row: int
    name: str
    event_id: str
    at: datetime | None
    user_id: str | None
    properties: Mapping[str, Any]

    @property
    def trace_id(self) -> str | None:
        """Its trace."""
        return as_id(self.properties.get("$ai_trace_id"))

    @property
    def session_id(self) -> str | None:
        """Its session: of the AI feature, else of the browser, else its trace."""
        return next((found for name in _SESSIONS if (found := as_id(self.properties.get(name)))), None)


class Broken(NamedTuple):
    """What is no event: its number in the file, and why."""

    row: int
    reason: str


def recognise_posthog(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why these records are events of PostHog; null when they are not.

    Examples
    --------
    >>> recognise_posthog([{"event": "$pageview", "distinct_id": "u1", "properties": {}}])
    'records have event and distinct_id'
    >>> recognise_posthog([{"event": "view"}]) is None
    True
    """
    first = records[0] if records else {}
    if "api_key" in first and "batch" in first:
        return "records have api_key and batch"
    return "records have event and distinct_id" if {"event", "distinct_id"} <= set(first) else None


def read_posthog_events(file: Path) -> Iterator[Event | Broken]:
    """Yield the events of an export, or of the batches that PostHog's clients send.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    row = 0
    for _, record in read_event_records(file):
        batch = record.get("batch") if isinstance(record, Mapping) else None
        for content in batch if isinstance(batch, list) and batch else [record]:
            row += 1
            yield _read_event(row, content)


class TraceIndex:
    """The sessions and answers of the traces in a file and in those beside it, read at the first question."""

    def __init__(self, file: Path):
        self._file = file

    def session_of(self, event: Event) -> str | None:
        """Return the session of the trace an event names, else the one it names itself."""
        return self._read.sessions.get(event.trace_id or "", event.session_id)

    def answer_before(self, event: Event) -> str | None:
        """Return the latest answer of the trace an event names, up to the time of the event."""
        answers = self._read.answers.get(event.trace_id or "", [])
        if not answers or event.at is None:
            return None
        return answers[max(bisect_right(answers, event.at, key=lambda answer: answer[0]) - 1, 0)][1]

    def has_generations(self, event: Event) -> bool:
        """Return whether the trace of an event is told by its generations."""
        return bool(self._read.answers.get(event.trace_id or ""))

    @cached_property
    def _read(self) -> "_Traces":
        found = _Traces({}, {})
        with reading_under(ReadingTerms()):
            for file in find_neighbours(self._file, recognise_posthog):
                found.merge(_read_traces(file, stamp(file)))
        return found


class _Traces(NamedTuple):
    sessions: dict[str, str]
    answers: dict[str, list[tuple[datetime, str]]]

    def merge(self, other: "_Traces") -> None:
        self.sessions.update(other.sessions)
        for trace, answers in other.answers.items():
            self.answers[trace] = sorted({*self.answers.get(trace, ()), *answers})


@lru_cache(maxsize=2 * MOST_FILES)
def _read_traces(file: Path, _stamp: Stamp) -> _Traces:
    found = _Traces({}, {})
    try:
        for event in read_posthog_events(file):
            if isinstance(event, Event) and event.name == GENERATION and event.trace_id and event.session_id:
                found.sessions[event.trace_id] = event.session_id
                if event.at is not None:
                    found.answers.setdefault(event.trace_id, []).append((event.at, answer_id(event)))
    except InputError:
        # The file that is read says so itself; of one beside it, what came before the damage counts.
        return found
    return found


def answer_id(event: Event) -> str:
    """Return what the answer of a generation goes by."""
    return (
        as_id(event.properties.get("$ai_span_id")) or as_id(event.properties.get("$ai_generation_id")) or event.event_id
    )


def _read_event(row: int, content: Any) -> Event | Broken:
    if isinstance(content, BrokenRecord):
        return Broken(row, content.reason)
    if not isinstance(content, Mapping):
        return Broken(row, "the record is no object")
    plain = {str(name).removeprefix("*."): value for name, value in content.items()}
    name = plain.get("event")
    if not isinstance(name, str) or not name:
        return Broken(row, "the record has no event")
    given = as_json(plain.get("properties"))
    flat = {key.removeprefix(_PROPERTY): value for key, value in plain.items() if key.startswith(_PROPERTY)}
    properties = {**(given if isinstance(given, Mapping) else {}), **flat}
    at = plain.get("timestamp")
    user = as_id(plain.get("distinct_id")) or as_id(properties.get("distinct_id"))
    hashed = hashlib.sha256(repr((name, at, user, properties)).encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return Event(row, name, as_id(plain.get("uuid")) or hashed, as_moment(at), user, properties)
