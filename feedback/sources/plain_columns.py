"""Columns of plain types from values as Python read them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

_HUGE = 2**126
_EXACT = 2**53
_LONGEST = 10**4000
_NUMBERS = {int, float}
_MIXED = pl.Struct({"text": pl.String, "number": pl.String})


def build_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return one row per mapping: a column per key, null where a mapping lacks it.

    Nested values become JSON text; a column that mixes numbers with other things becomes a struct of `text`
    and `number`. Times are kept where a column holds nothing else, and are ISO text otherwise.

    Examples
    --------
    >>> build_frame([{"id": "a", "n": 1}, {"id": 2}]).rows()
    [({'text': 'a', 'number': None}, 1), ({'text': None, 'number': '2'}, None)]
    """
    names = dict.fromkeys(name for row in rows for name in row)
    labels = tell_apart([mend_surrogates(str(name)) for name in names])
    columns = zip(labels, names, strict=True)
    return pl.DataFrame([build_column(label, [row.get(name) for row in rows]) for label, name in columns])


def tell_apart(names: list[str]) -> list[str]:
    """Return the names with a number after those that came before.

    Examples
    --------
    >>> tell_apart(["a", "b", "a"])
    ['a', 'b', 'a_2']
    """
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique if len(set(unique)) == len(unique) else [f"{name}_{at}" for at, name in enumerate(names, start=1)]


def build_column(label: str, values: list[Any]) -> pl.Series:
    """Return the values as a column of one plain type, or as a struct of `text` and `number`."""
    types = {type(value) for value in values if value is not None}
    if types <= {bool}:
        return pl.Series(label, values, dtype=pl.Boolean if types else pl.Null)
    if types <= _NUMBERS and not any(isinstance(value, int) and abs(value) >= _HUGE for value in values):
        return _number_series(label, values, is_whole=types == {int})
    if types == {datetime} and len({value.tzinfo is None for value in values if value is not None}) == 1:
        return pl.Series(label, values)
    texts = _text_series("text", (_as_text(value) for value in values))
    numbers = pl.Series("number", [as_number_text(value) for value in values], dtype=pl.String)
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
    if value is None or _is_number(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_jsonable)


def _jsonable(value: object) -> object:
    """Return what JSON has no word for: times as ISO text, lengths of time as seconds, the rest as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.hex() if isinstance(value, bytes) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def as_number_text(value: object) -> str | None:
    """Return a number as text, a whole one without point; null for anything else, and for NaN.

    Examples
    --------
    >>> as_number_text(3.0), as_number_text(0.5), as_number_text(True)
    ('3', '0.5', None)
    """
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - only NaN
        return None
    if isinstance(value, int):
        return _digits(value)
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def _digits(value: int) -> str:
    """Return a whole number as text; Python refuses to write very long ones out."""
    return str(value) if abs(value) < _LONGEST else repr(float("inf") if value > 0 else float("-inf"))


def _text_series(name: str, values: Iterable[str | None]) -> pl.Series:
    texts = list(values)
    try:
        return pl.Series(name, texts, dtype=pl.String)
    except UnicodeEncodeError:
        mended = [None if text is None else mend_surrogates(text) for text in texts]
        return pl.Series(name, mended, dtype=pl.String)


def mend_surrogates(text: str) -> str:
    """Return the text with half surrogate pairs, which no file can hold, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def join_types(first: pl.DataType, second: pl.DataType) -> pl.DataType:
    """Return the type of a column that has these two types in two parts of one file.

    Examples
    --------
    >>> join_types(pl.Int64(), pl.Float64()), join_types(pl.Null(), pl.Boolean()), join_types(pl.Boolean(), pl.String())
    (Float64, Boolean, String)
    """
    if second in (first, pl.Null):
        return first
    if first == pl.Null:
        return second
    if first.is_numeric() and second.is_numeric():
        return _join_numbers(first, second)
    has_number = any(dtype.is_numeric() or isinstance(dtype, pl.Struct) for dtype in (first, second))
    return _MIXED if has_number else pl.String()


def _join_numbers(first: pl.DataType, second: pl.DataType) -> pl.DataType:
    if first.is_integer() and second.is_integer():
        return pl.Int128()
    return pl.Float64()


def take_types(frame: pl.DataFrame, types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the rows with these columns in this order, each of the type it has in the whole file; null where absent.

    Examples
    --------
    >>> take_types(pl.DataFrame({"a": [1]}), {"b": pl.String(), "a": pl.Float64()}).rows()
    [(None, 1.0)]
    """
    columns = [
        _take_type(frame[name], dtype)
        if name in frame.columns
        else pl.repeat(None, frame.height, dtype=dtype, eager=True)
        for name, dtype in types.items()
    ]
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, types, strict=True)])


def _take_type(column: pl.Series, dtype: pl.DataType) -> pl.Series:
    if column.dtype in (dtype, pl.Null) or dtype.is_numeric():
        return column.cast(dtype)
    values = column.to_list()
    if column.dtype == _MIXED:
        return column
    texts = _text_series("text", (_as_text(value) for value in values))
    if dtype == pl.String:
        return texts.alias(column.name)
    numbers = pl.Series("number", [as_number_text(value) for value in values], dtype=pl.String)
    return pl.DataFrame([texts, numbers]).to_struct(column.name)
