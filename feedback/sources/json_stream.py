"""JSON values one after another, from a file of any size: lines, an array, or documents spread over lines."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from feedback.sources.text_files import open_text

MOST_BYTES = 2**26
MOST_LEVELS = 200

NOT_UTF8 = "the record holds bytes that are not UTF-8"
NOT_JSON = "the record is not JSON"
TOO_DEEP = f"the record is nested deeper than {MOST_LEVELS} levels"
TOO_LONG = f"the record is longer than {MOST_BYTES // 2**20} MiB"
CUT_OFF = "the JSON ends in the middle of a record"

_SPREAD = re.compile(rb"\s*\{[ \t]*\r?\n\s*[\"}]")
_CHUNK = 1 << 20
_MARKS = re.compile(r'["{}\[\]]')
_WORD_END = re.compile(r"[,\]}\n]")
_TEXT_END = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)
_DECODER = json.JSONDecoder()


class BrokenRecord(NamedTuple):
    """A record that could not be read, and why."""

    reason: str


def stream_json(file: Path) -> Iterator[Any]:
    """Yield the values of a file: of each line, or of an array or of documents that are spread over lines.

    A value that cannot be read comes as a `BrokenRecord`. At most one value is held at a time.

    Raises
    ------
    InputError
        As `open_text`.
    """
    with open_text(file) as stream:
        layout = find_layout(stream.peek(_CHUNK))
        yield from _values_of_lines(stream) if layout == "lines" else _values_of_text(stream)


def find_layout(head: bytes) -> str:
    """Return how JSON is laid out, from the beginning of a file: `lines`, `array` or `documents`.

    Examples
    --------
    >>> find_layout(b'{"a": 1}'), find_layout(b'[{"a": 1}]'), find_layout(b'{\\n"a": 1}')
    ('lines', 'array', 'documents')
    """
    if _SPREAD.match(head):
        return "documents"
    first = head.lstrip()
    if not first.startswith(b"["):
        return "lines"
    line, end, rest = first.partition(b"\n")
    is_alone = not end or not rest.strip()
    return "array" if is_alone or isinstance(parse_json(line), BrokenRecord) else "lines"


def parse_json(line: bytes) -> Any:
    """Return the JSON value written there, or a `BrokenRecord`.

    Examples
    --------
    >>> parse_json(b'{"a": [1]}'), parse_json(b'{"a"')
    ({'a': [1]}, BrokenRecord(reason='the record is not JSON'))
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return BrokenRecord(NOT_UTF8)
    try:
        return check_depth(json.loads(text), text)
    except RecursionError:
        return BrokenRecord(TOO_DEEP)
    except ValueError:
        return BrokenRecord(NOT_JSON)


def check_depth(value: Any, text: str) -> Any:
    """Return the value, or a `BrokenRecord` when what it was written as is nested too deeply."""
    if text.count("{") + text.count("[") <= MOST_LEVELS:
        return value
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    return BrokenRecord(TOO_DEEP)


def _inside(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value
    return [each for each in inner if isinstance(each, dict | list)] if isinstance(value, dict | list) else []


def _values_of_lines(stream: io.BufferedReader) -> Iterator[Any]:
    while line := stream.readline(MOST_BYTES):
        if len(line) == MOST_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield BrokenRecord(TOO_LONG)
        elif line.strip():
            yield parse_json(line)


class _Window:
    """The part of a text now looked at."""

    def __init__(self, stream: io.BufferedReader):
        self._stream = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
        self._next = _CHUNK
        self.text = ""
        self.at = 0
        self.is_whole = False
        self.is_ended_early = False

    def grow(self) -> None:
        """Read on: twice as much every time the same value was not whole yet."""
        more = self._stream.read(self._next)
        self.text, self.at = self.text[self.at :] + more, 0
        self.is_whole = not more
        self._next = min(2 * self._next, MOST_BYTES)

    def skip(self, marks: str) -> None:
        """Go past space and any of these marks."""
        pattern = re.compile(rf"[\s{re.escape(marks)}]*")
        while True:
            found = pattern.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text) or self.is_whole:
                return
            self.grow()

    def take(self) -> Any:
        """Return the next value, or a `BrokenRecord`; after one that has no end there is nothing left."""
        while True:
            value, end = _decode(self.text, self.at)
            if end is not None and (end < len(self.text) or self.is_whole):
                self.at, self._next = end, _CHUNK
                return value
            if self.is_whole or len(self.text) - self.at > MOST_BYTES:
                reason = CUT_OFF if self.is_whole else TOO_LONG
                self.text, self.at, self.is_whole, self.is_ended_early = "", 0, True, True
                return BrokenRecord(reason)
            self.grow()

    def detach(self) -> None:
        """Leave the stream to its owner."""
        self._stream.detach()


def _values_of_text(stream: io.BufferedReader) -> Iterator[Any]:
    window = _Window(stream)
    window.skip("")
    is_array = window.text.startswith("[", window.at)
    window.at += is_array
    while True:
        window.skip("," if is_array else "")
        if is_array and window.text.startswith("]", window.at):
            window.at += 1
            is_array = False
            continue
        if window.at >= len(window.text):
            break
        yield window.take()
    if is_array and not window.is_ended_early:
        yield BrokenRecord(CUT_OFF)
    window.detach()


def _decode(text: str, at: int) -> tuple[Any, int | None]:
    """Return the value that begins there and where it ends; null when its end is not in sight."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except RecursionError:
        return BrokenRecord(TOO_DEEP), _find_end(text, at)
    except ValueError:
        return BrokenRecord(NOT_JSON), _find_end(text, at)
    written = text[at:end]
    try:
        written.encode()
    except UnicodeEncodeError:
        return BrokenRecord(NOT_UTF8), end
    return check_depth(value, written), end


def _find_end(text: str, at: int) -> int | None:
    """Return where the brackets that open there are closed, strings passed over; for a word, where it ends."""
    if text[at] not in "{[":
        word = _WORD_END.search(text, at + 1)
        return word.start() if word else None
    n_open, position = 0, at
    while found := _MARKS.search(text, position):
        position = found.end()
        if found[0] == '"':
            closed = _TEXT_END.match(text, position)
            if not closed:
                return None
            position = closed.end()
            continue
        n_open += 1 if found[0] in "{[" else -1
        if not n_open:
            return position
    return None
