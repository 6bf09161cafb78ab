"""Single values of foreign records: found by path, and read as an id, a number, a point in time or JSON."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

# Upper ends of what is taken for seconds, milliseconds and microseconds: the year 5138; the rest is nanoseconds.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
# What a time in nanoseconds can hold.
_EARLIEST, _LATEST = 1971, 2261
_LONGEST_PATH = 6
# What is taken along of free metadata, where somebody wrote it there.
_KNOWN_METADATA = ("feature", "prompt_version", "index_version", "intent", "language", "tenant")


def pick(record: object, *paths: str) -> Any:
    """Return the first value that is there under one of the paths; null where nothing or something empty is.

    The parts of a path may be keys of nested objects, or stand in one key with the dots written out.

    Examples
    --------
    >>> pick({"attributes": {"session.id": "s1"}}, "attributes.session.id")
    's1'
    >>> pick({"attributes.session.id": "", "session": {"id": "s2"}}, "attributes.session.id", "session.id")
    's2'
    """
    for path in paths:
        found = _dig(record, path.split("."))
        if not is_empty(found):
            return found
    return None


def is_empty(value: object) -> bool:
    """Return whether a value says nothing: null, NaN, blank text, an empty list or object."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def as_id(value: object) -> str | None:
    """Return an id as text; null for what is none.

    Examples
    --------
    >>> as_id(" t1 "), as_id(7), as_id({"id": 1}), as_id("")
    ('t1', '7', None, None)
    """
    if is_empty(value) or isinstance(value, bool | float | list | dict | bytes):
        return None
    return str(value).strip() or None


def as_number(value: object) -> float | None:
    """Return a finite number, also one written as text; null for anything else.

    Examples
    --------
    >>> as_number("4.5"), as_number(True), as_number("four"), as_number(float("nan"))
    (4.5, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_moment(value: object) -> datetime | None:
    """Return a point in time in UTC from ISO 8601 text, a time or an epoch number; without a zone it is UTC.

    Examples
    --------
    >>> as_moment("2026-01-05 10:00:00.5"), as_moment(1767607200000)
    (datetime.datetime(2026, 1, 5, 10, 0, 0, 500000, tzinfo=datetime.timezone.utc),
     datetime.datetime(2026, 1, 5, 10, 0, tzinfo=datetime.timezone.utc))
    >>> as_moment("yesterday")
    """
    number = as_number(value)
    try:
        if number is not None:
            return _from_epoch(number)
        text = value.isoformat() if isinstance(value, datetime) else value
        moment = datetime.fromisoformat(text.strip()) if isinstance(text, str) else None
        if moment is None:
            return None
        found = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return found if _EARLIEST <= found.year <= _LATEST else None
    except (ValueError, OverflowError, OSError):
        return None


def as_time(value: object) -> Any:
    """Return a point in time as `as_moment`; what cannot be read as one comes back for the ingest to say so."""
    return as_moment(value) or (None if isinstance(value, list | dict | bool) else value)


def as_json(value: object) -> Any:
    """Return what JSON text holds; anything else, and text that is no JSON object, list or text, unchanged.

    Examples
    --------
    >>> as_json('{"a": 1}'), as_json("plain"), as_json("42")
    ({'a': 1}, 'plain', '42')
    """
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[", '"')):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def take_metadata(metadata: object) -> dict[str, Any]:
    """Return the dimensions we know by name among free metadata.

    Examples
    --------
    >>> take_metadata('{"prompt_version": "v3", "trace_note": "x"}')
    {'prompt_version': 'v3'}
    """
    found = as_json(metadata)
    if not isinstance(found, Mapping):
        return {}
    texts = {name: as_id(found.get(name)) for name in _KNOWN_METADATA}
    return {name: text for name, text in texts.items() if text is not None}


def without_nulls(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event without what is null."""
    return {name: value for name, value in event.items() if value is not None}


def _from_epoch(number: float) -> datetime | None:
    unit = next((unit for end, unit in _UNITS if 0 < number < end), None)
    moment = None if unit is None else datetime.fromtimestamp(number / unit, tz=UTC)
    return moment if moment and moment.year <= _LATEST else None


def _dig(record: object, parts: list[str]) -> Any:
    if not parts:
        return record
    if not isinstance(record, Mapping):
        return None
    for n in range(min(len(parts), _LONGEST_PATH), 0, -1):
        name = ".".join(parts[:n])
        found = _dig(record[name], parts[n:]) if name in record else None
        if not is_empty(found):
            return found
    return None
