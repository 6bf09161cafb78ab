"""What spans and log records of the same call say of each other, looked up in a file and those beside it."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from feedback.errors import InputError
from feedback.settings import Naming
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.neighbours import MOST_FILES, Stamp, find_neighbours, stamp
from feedback.sources.otel_calls import Call, is_shown, read_call, span_key
from feedback.sources.otlp import Item, list_items, read_int, recognise_otlp
from feedback.sources.records import read_json_records
from feedback.sources.text_files import ReadingTerms, reading_under

MESSAGES = frozenset({"gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message"})
DETAILS = "gen_ai.client.inference.operation.details"


class Place(NamedTuple):
    """Where an item stands: its file and its number in it, from 1."""

    file: Path
    row: int


def read_items(file: Path) -> Iterator[tuple[Place, Item | str]]:
    """Yield the spans, log records and metrics of a file with their places, and why others are none."""
    row = 0
    for _, record in read_json_records(file):
        for item in [record.reason] if isinstance(record, BrokenRecord) else list_items(record):
            row += 1
            yield Place(file, row), item


def event_name(item: Item) -> str | None:
    """Return the name of the event a log record is; null when it is a plain line of log."""
    named = item.content.get("eventName") or item.attributes.get("event.name")
    return named if isinstance(named, str) and named else None


class CallIndex:
    """The model calls in a file and in those beside it, by span and by id of the answer.

    The files are read at the first question, and never when there is none: a log in which every event says what it
    is about is read once.

    Parameters
    ----------
    file
        The file. Traces and logs are often files of their own; the 64 of its folder written at nearest its time count.
    naming
        What names of a team's own mean.
    """

    def __init__(self, file: Path, naming: Naming):
        self._file = file
        self._naming = naming

    def of_span(self, key: str | None) -> Call | None:
        """Return the call a span is."""
        return self._read.calls.get(key) if key else None

    def of_answer(self, interaction_id: str | None) -> Call | None:
        """Return the call that gave an answer."""
        return self.of_span(self._read.answers.get(interaction_id)) if interaction_id else None

    def is_request_told(self, key: str) -> bool:
        """Return whether a log record tells what was asked in a call: here, or wherever it tells of the whole call.

        Messages in another file may have been read before this one was there, so the span tells of its call as well;
        the copy with the text wins.
        """
        last = self._read.messages.get(key)
        return key in self._read.details or (last is not None and (last.place.file == self._file or not last.is_users))

    def is_answer_told(self, key: str) -> bool:
        """Return whether a log record tells what was answered in a call, in the same sense."""
        return key in self._read.details or (key, self._file) in self._read.answered

    def is_last_message(self, key: str, place: Place) -> bool:
        """Return whether this log record is the last message a model was called with; those before are history."""
        last = self._read.messages.get(key)
        return last is None or last.place == place

    @cached_property
    def _read(self) -> "_Calls":
        columns = tuple(sorted(self._naming.columns.items()))
        found = _Calls({}, {}, {}, set(), set())
        with reading_under(ReadingTerms()):
            for file in find_neighbours(self._file, recognise_otlp):
                found.merge(_read_calls(file, stamp(file), self._naming.responses, columns))
        return found


class _Message(NamedTuple):
    at: int
    place: Place
    is_users: bool


class _Calls(NamedTuple):
    calls: dict[str, Call]
    answers: dict[str, str]
    messages: dict[str, _Message]
    answered: set[tuple[str, Path]]
    details: set[str]

    def merge(self, other: "_Calls") -> None:
        self.calls.update(other.calls)
        self.answers.update(other.answers)
        self.answered.update(other.answered)
        self.details.update(other.details)
        for key, message in other.messages.items():
            self.messages[key] = max(message, self.messages.get(key, message))


@lru_cache(maxsize=2 * MOST_FILES)
def _read_calls(
    file: Path, _stamp: Stamp, responses: Literal["calls", "agents"], columns: tuple[tuple[str, str], ...]
) -> _Calls:
    found = _Calls({}, {}, {}, set(), set())
    naming = Naming(columns=dict(columns), responses=responses)
    try:
        for place, item in read_items(file):
            if isinstance(item, Item):
                _note(found, place, item, naming)
    except InputError:
        # The file that is read says so itself; of one beside it, what came before the damage counts.
        return found
    return found


def _note(found: _Calls, place: Place, item: Item, naming: Naming) -> None:
    key = span_key(item.content)
    if key is None:
        return
    if item.signal == "span" and is_shown(item, naming):
        call = read_call(item, naming)
        if isinstance(call, Call):
            found.calls[key] = call
            found.answers[call.interaction_id] = key
    elif item.signal == "log":
        _note_log(found, key, place, item)


def _note_log(found: _Calls, key: str, place: Place, item: Item) -> None:
    name = event_name(item)
    if name in MESSAGES:
        message = _Message(read_int(item.content.get("timeUnixNano")) or 0, place, name == "gen_ai.user.message")
        found.messages[key] = max(message, found.messages.get(key, message))
    elif name == "gen_ai.choice":
        found.answered.add((key, place.file))
    elif name == DETAILS:
        found.details.add(key)
