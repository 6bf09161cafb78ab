"""CSV files: comma, semicolon or tab, with a header."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from feedback.errors import InputError
from feedback.sources.raw_log import Format, RawLog, list_broken, number_rows
from feedback.sources.text_files import read_text_bytes

_QUOTED = re.compile(rb'"[^"]*"')


def read_csv_text(file: Path) -> RawLog:
    """Return the rows of a CSV file, all as text; an empty field is null.

    A line with too few or too many fields, with quotes that do not match or with bytes that are no UTF-8 is
    broken; the lines after it are read on. Blank lines are passed over and not numbered.

    Raises
    ------
    InputError
        When there is no header, or the content is no text.
    """
    content = read_text_bytes(file).strip(b"\r\n")
    names, separator = _read_header(file, content)
    frame = _read_regular(content, names, separator)
    if frame is not None:
        return RawLog(number_rows(_without_empty(frame)), list_broken(), is_typed=False)
    return _read_irregular(content, names, separator)


def _read_header(file: Path, content: bytes) -> tuple[list[str], str]:
    first_line = content.split(b"\n", 1)[0].decode("utf-8", "replace")
    separator = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(content[:65_536].decode("utf-8", "replace"), newline=""), delimiter=separator)
    try:
        names = next(reader, [])
    except csv.Error as error:
        raise InputError(f"{file}: its header is no line of CSV") from error
    if not names or any("\N{REPLACEMENT CHARACTER}" in name for name in names):
        raise InputError(f"{file}: has no header; expected a first line of column names in UTF-8")
    return _tell_apart(names), separator


def _tell_apart(names: list[str]) -> list[str]:
    """Return the names with a number after those that came before."""
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique if len(set(unique)) == len(unique) else [f"{name}_{at}" for at, name in enumerate(names, start=1)]


def _read_regular(content: bytes, names: list[str], separator: str) -> pl.DataFrame | None:
    """Return the rows when every line holds as many fields as the header and quotes are regular, else null."""
    sign = separator.encode()
    bare = _QUOTED.sub(b"", content) if b'"' in content else content
    if len(names) == 1 or b'"' in bare or re.search(rb'[^%b\r\n"]"[^%b\r\n"]' % (sign, sign), content):
        return None
    if {line.count(sign) for line in bare.split(b"\n")} != {len(names) - 1}:
        return None
    try:
        return pl.read_csv(content, separator=separator, infer_schema=False, new_columns=names)
    except PolarsError:
        return None


def _without_empty(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _read_irregular(content: bytes, names: list[str], separator: str) -> RawLog:
    records = islice(_parse(content.decode("utf-8", "surrogateescape"), len(names), separator), 1, None)
    good: list[list[str]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str]] = []
    for number, record in enumerate(records, start=1):
        if isinstance(record, str):
            broken.append((number, record))
        else:
            good.append(record)
            numbers.append(number)
    frame = pl.DataFrame(good, schema=dict.fromkeys(names, pl.String), orient="row")
    return RawLog(number_rows(_without_empty(frame), numbers), list_broken(broken), is_typed=False)


def _parse(text: str, width: int, separator: str) -> Iterator[list[str] | str]:
    """Yield each record that is not blank, or the reason why it is broken.

    A broken record that spans lines is most likely a quote that was never closed, so reading goes on at the
    line after the one it began on.
    """
    lines = io.StringIO(text, newline="").readlines()
    start, reader = 0, _read_from(lines, 0, separator)
    while True:
        begun = reader.line_num
        try:
            record = next(reader, None)
        except csv.Error:
            record = "the line is not CSV: its quotes do not match, or a field is longer than 131,072 characters"
        if record is None:
            return
        checked = _check_record(record, width)
        if checked:
            yield checked
        if isinstance(checked, str) and reader.line_num > begun + 1:
            start += begun + 1
            reader = _read_from(lines, start, separator)


def _read_from(lines: list[str], start: int, separator: str):
    return csv.reader(map(lines.__getitem__, range(start, len(lines))), delimiter=separator, strict=True)


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
