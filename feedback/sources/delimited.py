"""CSV files: comma, semicolon or tab, with a header."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from feedback.errors import InputError
from feedback.sources.json_stream import MOST_BYTES, BrokenRecord
from feedback.sources.plain_columns import tell_apart
from feedback.sources.raw_log import ROW, Format, RawLog, list_broken, number_rows
from feedback.sources.text_files import open_text

BLOCK_BYTES = 2**26
RECORDS_BYTES = 2**22

_QUOTED = re.compile(rb'"[^"]*"')
_MOST_FURTHER_LINES = 10_000
_NO_CSV = "the line is not CSV: its quotes do not match, or a field is longer than 131,072 characters"


def read_csv_text(file: Path, *, block_bytes: int = BLOCK_BYTES) -> Iterator[RawLog]:
    """Yield the rows of a CSV file in blocks of about so many bytes, all as text; an empty field is null.

    A line with too few or too many fields, with quotes that do not match or with bytes that are no UTF-8 is
    broken; the lines after it are read on. Blank lines are passed over and not numbered.

    Raises
    ------
    InputError
        When there is no header, or the content is no text.
    """
    with open_text(file) as stream:
        names, separator = _read_header(file, stream)
        first = 1
        for block in _read_blocks(stream, block_bytes):
            frame = _read_regular(block.strip(b"\r\n"), names, separator)
            if frame is None:
                lines = _split_lines(chain(io.BytesIO(block), iter(partial(stream.readline, MOST_BYTES), b"")))
                yield from _read_irregular(lines, names, separator, first=first, block_bytes=block_bytes)
                return
            numbers = range(first, first + frame.height)
            yield RawLog(number_rows(_without_empty(frame), numbers), list_broken(), is_typed=False)
            first += frame.height


def read_csv_records(
    file: Path, *, block_bytes: int = RECORDS_BYTES
) -> Iterator[tuple[int, dict[str, str | None] | BrokenRecord]]:
    """Yield the number and the content of each row of a CSV file, all as text; a broken line as a `BrokenRecord`.

    Raises
    ------
    InputError
        As `read_csv_text`.
    """
    for log in read_csv_text(file, block_bytes=block_bytes):
        broken = {row: BrokenRecord(reason) for row, reason in log.broken.iter_rows()}
        rows = {record.pop(ROW): record for record in log.frame.iter_rows(named=True)}
        yield from sorted((rows | broken).items(), key=lambda numbered: numbered[0])


def _read_header(file: Path, stream: io.BufferedReader) -> tuple[list[str], str]:
    lines = iter(partial(stream.readline, MOST_BYTES), b"")
    first = next((line for line in lines if line.strip(b"\r\n")), b"").lstrip(b"\r\n")
    separator = max(",;\t", key=first.decode("utf-8", "replace").count)
    texts = (line.decode("utf-8", "replace") for line in chain([first], lines))
    try:
        names = next(csv.reader(texts, delimiter=separator), [])
    except csv.Error as error:
        raise InputError(f"{file}: its header is no line of CSV") from error
    if not names or any("\N{REPLACEMENT CHARACTER}" in name for name in names):
        raise InputError(f"{file}: has no header; expected a first line of column names in UTF-8")
    return tell_apart(names), separator


def _read_blocks(stream: io.BufferedReader, block_bytes: int) -> Iterator[bytes]:
    """Yield the content in whole lines, cut where no quote is open; at least one block."""
    is_begun = False
    while (block := stream.read(block_bytes)) or not is_begun:
        parts = [block] if block.endswith(b"\n") else [block, stream.readline(MOST_BYTES)]
        is_open = sum(part.count(b'"') for part in parts) % 2
        while is_open and len(parts) < _MOST_FURTHER_LINES and (line := stream.readline(MOST_BYTES)):
            parts.append(line)
            is_open = (is_open + line.count(b'"')) % 2
        yield b"".join(parts)
        is_begun = True


def _read_regular(content: bytes, names: list[str], separator: str) -> pl.DataFrame | None:
    """Return the rows when every line holds as many fields as the header and quotes are regular, else null."""
    sign = separator.encode()
    bare = _QUOTED.sub(b"", content) if b'"' in content else content
    if len(names) == 1 or b'"' in bare or re.search(rb'[^%b\r\n"]"[^%b\r\n"]' % (sign, sign), content):
        return None
    if {line.count(sign) for line in bare.split(b"\n")} != {len(names) - 1}:
        return None
    try:
        return pl.read_csv(content, separator=separator, has_header=False, infer_schema=False, new_columns=names)
    except PolarsError:
        return None


def _without_empty(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _split_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """Yield text line by line, where a lone carriage return ends one too; bytes that are no UTF-8 are marked."""
    for line in lines:
        yield from io.StringIO(line.decode("utf-8", "surrogateescape"), newline="")


def _read_irregular(
    lines: Iterator[str], names: list[str], separator: str, *, first: int, block_bytes: int
) -> Iterator[RawLog]:
    good: list[list[str]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str]] = []
    length = 0
    for number, record in enumerate(_parse(lines, len(names), separator), start=first):
        if isinstance(record, str):
            broken.append((number, record))
        else:
            good.append(record)
            numbers.append(number)
            length += sum(map(len, record)) + len(record)
        if length + 100 * len(broken) > block_bytes:
            yield _build_log(good, names, numbers, broken)
            good, numbers, broken, length = [], [], [], 0
    yield _build_log(good, names, numbers, broken)


def _build_log(good: list[list[str]], names: list[str], numbers: list[int], broken: list[tuple[int, str]]) -> RawLog:
    frame = pl.DataFrame(good, schema=dict.fromkeys(names, pl.String), orient="row")
    return RawLog(number_rows(_without_empty(frame), numbers), list_broken(broken), is_typed=False)


class _Lines:
    """Lines that can be gone back to, as far as the one a record began on."""

    def __init__(self, source: Iterator[str]):
        self._source = source
        self._again: deque[str] = deque()
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self._taken.append(line)
        return line

    def settle(self) -> None:
        """Forget the lines of the record: it is done with."""
        self._taken.clear()

    def go_back(self) -> None:
        """Stand behind the first line of the record."""
        self._again.extendleft(reversed(self._taken[1:]))
        self._taken.clear()


def _parse(source: Iterator[str], width: int, separator: str) -> Iterator[list[str] | str]:
    """Yield each record that is not blank, or the reason why it is broken.

    A broken record that spans lines is most likely a quote that was never closed, so reading goes on at the
    line after the one it began on.
    """
    lines = _Lines(source)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        begun = reader.line_num
        try:
            record = next(reader, None)
        except csv.Error:
            record = _NO_CSV
        if record is None:
            return
        checked = _check_record(record, width)
        if checked:
            yield checked
        if isinstance(checked, str) and reader.line_num > begun + 1:
            lines.go_back()
            reader = csv.reader(lines, delimiter=separator, strict=True)
        else:
            lines.settle()


def _check_record(record: list[str] | str, width: int) -> list[str] | str:
    """Return the record, or what is wrong with it."""
    if isinstance(record, str) or not record:
        return record
    if len(record) != width:
        return f"the line has {len(record)} fields where the header has {width}"
    try:
        "".join(record).encode()
    except UnicodeEncodeError:
        return "the line holds bytes that are not UTF-8"
    return record


CSV = Format("csv", (".csv",), read_csv_text)
