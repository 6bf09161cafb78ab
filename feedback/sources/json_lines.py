"""JSON Lines: one JSON object per line."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
from polars.exceptions import PolarsError

from feedback.errors import InputError
from feedback.sources.raw_log import Format, RawLog, list_broken, number_rows
from feedback.sources.text_files import read_text_bytes

_EXPECTED = "expected one JSON object per line"
_HUGE = 2**126


def read_json_lines(file: Path) -> RawLog:
    """Return the rows of a JSON Lines file, with the types they have there.

    Lines that hold no JSON object are broken. Blank lines are passed over and not numbered. Nested values
    become JSON text; a column that mixes numbers with other things becomes a struct of `text` and `number`.

    Raises
    ------
    InputError
        When it is a JSON array or spread over lines, or no line holds a JSON object.
    """
    content = read_text_bytes(file).strip()
    if content.startswith(b"["):
        raise InputError(f"{file}: is a JSON array; {_EXPECTED}")
    if re.match(rb"\{\s*\n", content):
        raise InputError(f"{file}: is JSON spread over lines; {_EXPECTED}")
    frame = _read_consistent(content)
    log = _read_line_by_line(content) if frame is None else RawLog(number_rows(frame), list_broken())
    if log.frame.is_empty() and log.broken.height:
        raise InputError(f"{file}: holds no line of JSON; {_EXPECTED}")
    return log


def _read_consistent(content: bytes) -> pl.DataFrame | None:
    """Return the rows when every line is sound and every column of one plain type, else null.

    Polars writes numbers and objects in a column of text as text without a word, so the lines are searched
    for them. It turns half a surrogate pair into a zero byte, so those are searched for as well.
    """
    if not content:
        return pl.DataFrame()
    try:
        frame = pl.read_ndjson(content, infer_schema_length=None)
    except PolarsError:
        return None
    texts = frame.select(cs.string())
    if not frame.width or any(dtype.is_nested() for dtype in frame.dtypes) or _holds_zero_byte(texts):
        return None
    return None if _holds_other_than_text(content, texts.columns) else frame


def _holds_zero_byte(texts: pl.DataFrame) -> bool:
    return any(column.str.contains("\0", literal=True).any() for column in texts)


def _holds_other_than_text(content: bytes, columns: list[str]) -> bool:
    if not columns:
        return False
    names = "|".join(re.escape(json.dumps(name)[1:-1]) for name in columns)
    escaped = "|".join(re.escape(json.dumps(name, ensure_ascii=False)[1:-1]) for name in columns)
    pattern = rf'"(?:{names}|{escaped})"\s*:\s*[-\d\[{{]'
    return pl.Series(content.decode().split("\n")).str.contains(pattern).any()


def _read_line_by_line(content: bytes) -> RawLog:
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str]] = []
    lines = (line for line in content.split(b"\n") if line.strip())
    for number, line in enumerate(lines, start=1):
        row = _parse(line)
        if isinstance(row, str):
            broken.append((number, row))
        else:
            rows.append(row)
            numbers.append(number)
    names = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame([_gather(name, [row.get(name) for row in rows]) for name in names])
    return RawLog(number_rows(frame, numbers), list_broken(broken))


def _parse(line: bytes) -> dict[str, Any] | str:
    """Return the object on a line, or why there is none."""
    try:
        row = json.loads(line)
    except UnicodeDecodeError:
        return "the line holds bytes that are not UTF-8"
    except (ValueError, RecursionError):
        return "the line is not JSON"
    return row if isinstance(row, dict) else "the line is JSON but not an object"


def _gather(name: str, values: list[Any]) -> pl.Series:
    """Return the values as a column of one plain type, or as a struct of `text` and `number`."""
    label = _mend_surrogates(name)
    types = {type(value) for value in values if value is not None}
    if types <= {bool}:
        return pl.Series(label, values, dtype=pl.Boolean if types else pl.Null)
    if types <= {int, float} and not any(isinstance(value, int) and abs(value) >= _HUGE for value in values):
        return _number_series(label, values, is_whole=types == {int})
    texts = _text_series("text", (_as_text(value) for value in values))
    numbers = pl.Series("number", [_as_number_text(value) for value in values], dtype=pl.String)
    if numbers.null_count() == len(numbers):
        return texts.alias(label)
    return pl.DataFrame([texts, numbers]).to_struct(label)


def _number_series(name: str, values: list[Any], *, is_whole: bool) -> pl.Series:
    if not is_whole:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    is_short = all(value is None or -(2**63) <= value < 2**63 for value in values)
    return pl.Series(name, values, dtype=pl.Int64 if is_short else pl.Int128)


def _as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _as_number_text(value: object) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124
    return repr(value) if is_number else None


def _text_series(name: str, values: Iterable[str | None]) -> pl.Series:
    texts = list(values)
    try:
        return pl.Series(name, texts, dtype=pl.String)
    except UnicodeEncodeError:
        mended = [None if text is None else _mend_surrogates(text) for text in texts]
        return pl.Series(name, mended, dtype=pl.String)


def _mend_surrogates(text: str) -> str:
    """Return the text with half surrogate pairs, which no file can hold, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


JSONL = Format("jsonl", (".jsonl", ".ndjson", ".json"), read_json_lines)
