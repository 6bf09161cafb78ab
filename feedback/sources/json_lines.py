"""JSON Lines: one JSON object per line."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
from polars.exceptions import PolarsError

from feedback.errors import InputError
from feedback.sources.json_stream import MOST_BYTES, BrokenRecord, find_layout, parse_json
from feedback.sources.plain_columns import build_frame
from feedback.sources.raw_log import Format, RawLog, list_broken, number_rows
from feedback.sources.records import Translated, gather, read_json_records
from feedback.sources.text_files import open_text

BLOCK_BYTES = 2**26
NO_OBJECT = "the record is JSON but not an object"
_LOOKED_AT = 65_536
_MOST_OPENED = 100
_ALL_BUT_OPENING = bytes(sign for sign in range(256) if sign not in b"{[\n")


def read_json_lines(file: Path, *, block_bytes: int = BLOCK_BYTES) -> Iterator[RawLog]:
    """Yield the rows of a JSON Lines file in blocks of about so many bytes, with the types they have there.

    Lines that hold no JSON object are broken. Blank lines are passed over and not numbered. Nested values
    become JSON text; a column that mixes numbers with other things becomes a struct of `text` and `number`.
    A JSON array of objects, and objects spread over lines, are read as well, only slower.

    Raises
    ------
    InputError
        When no line holds a JSON object.
    """
    n_good = n_broken = 0
    for log in _read_batches(file, block_bytes):
        n_good, n_broken = n_good + log.frame.height, n_broken + log.broken.height
        yield log
    if n_broken and not n_good:
        raise InputError(f"{file}: holds no line of JSON; expected one JSON object per line")


def _read_batches(file: Path, block_bytes: int) -> Iterator[RawLog]:
    with open_text(file) as stream:
        if find_layout(stream.peek(_LOOKED_AT)) != "lines":
            yield from gather(_objects_of(file))
            return
        first = 1
        for block in _read_blocks(stream, block_bytes):
            log = _read_block(block.strip(), first)
            first += log.frame.height + log.broken.height
            yield log


def _objects_of(file: Path) -> Iterator[Translated]:
    for row, record in read_json_records(file):
        if isinstance(record, dict):
            yield Translated(row, [record])
        else:
            yield Translated(row, [], record.reason if isinstance(record, BrokenRecord) else NO_OBJECT)


def _read_blocks(stream: io.BufferedReader, block_bytes: int) -> Iterator[bytes]:
    """Yield the content in whole lines; what a line has beyond the longest allowed is left out, which breaks it."""
    is_begun = False
    while (block := stream.read(block_bytes)) or not is_begun:
        end = b"" if block.endswith(b"\n") else stream.readline(MOST_BYTES)
        while len(end) == MOST_BYTES and (more := stream.readline(MOST_BYTES)) and not more.endswith(b"\n"):
            pass
        yield block + end if end else block
        is_begun = True


def _read_block(content: bytes, first: int) -> RawLog:
    frame = _read_consistent(content)
    if frame is None:
        return _read_line_by_line(content, first)
    return RawLog(number_rows(frame, range(first, first + frame.height)), list_broken())


def _read_consistent(content: bytes) -> pl.DataFrame | None:
    """Return the rows when every line is sound and every column of one plain type, else null.

    Polars writes numbers and objects in a column of text as text without a word, so the lines are searched
    for them. It turns half a surrogate pair into a zero byte, so those are searched for as well.
    """
    if not content:
        return pl.DataFrame()
    if _may_be_deep(content):
        return None
    try:
        frame = pl.read_ndjson(content, infer_schema_length=None)
    except PolarsError:
        return None
    texts = frame.select(cs.string())
    if not frame.width or any(dtype.is_nested() for dtype in frame.dtypes) or _holds_zero_byte(texts):
        return None
    return None if _holds_other_than_text(content, texts.columns) else frame


def _may_be_deep(content: bytes) -> bool:
    """Return whether a line opens so many brackets that polars, which has no limit, might run out of stack."""
    if content.count(b"{") + content.count(b"[") - content.count(b"\n") <= _MOST_OPENED:
        return False
    opened = content.translate(None, _ALL_BUT_OPENING)
    return max(map(len, opened.split(b"\n"))) > _MOST_OPENED


def _holds_zero_byte(texts: pl.DataFrame) -> bool:
    return any(column.str.contains("\0", literal=True).any() for column in texts)


def _holds_other_than_text(content: bytes, columns: list[str]) -> bool:
    if not columns:
        return False
    names = "|".join(re.escape(json.dumps(name)[1:-1]) for name in columns)
    escaped = "|".join(re.escape(json.dumps(name, ensure_ascii=False)[1:-1]) for name in columns)
    pattern = rf'"(?:{names}|{escaped})"\s*:\s*[-\d\[{{]'
    return pl.Series(content.decode().split("\n")).str.contains(pattern).any()


def _read_line_by_line(content: bytes, first: int) -> RawLog:
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str]] = []
    lines = (line for line in content.split(b"\n") if line.strip())
    for number, line in enumerate(lines, start=first):
        row = parse_json(line)
        if isinstance(row, dict):
            rows.append(row)
            numbers.append(number)
        else:
            broken.append((number, row.reason if isinstance(row, BrokenRecord) else NO_OBJECT))
    return RawLog(number_rows(build_frame(rows), numbers), list_broken(broken))


JSONL = Format("jsonl", (".jsonl", ".ndjson", ".json"), read_json_lines)
