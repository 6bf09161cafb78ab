"""OTLP as JSON: spans and log records out of export requests, and their values as plain Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Literal, NamedTuple

Signal = Literal["span", "log", "metrics"]
_SIGNALS: dict[str, tuple[Signal, str, str]] = {
    "resourceSpans": ("span", "scopeSpans", "spans"),
    "resourceLogs": ("log", "scopeLogs", "logRecords"),
    "resourceMetrics": ("metrics", "scopeMetrics", "metrics"),
}
_DEEPEST = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Item(NamedTuple):
    """One span, log record or metric.

    Parameters
    ----------
    signal
        Which of them.
    content
        It, as it was exported.
    attributes
        Its attributes, by name.
    resource
        The attributes of what sent it, by name.
    """

    signal: Signal
    content: Mapping[str, Any]
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]


def recognise_otlp(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why these records are exports of OpenTelemetry; null when they are not.

    Examples
    --------
    >>> recognise_otlp([{"resourceSpans": []}])
    'records have resourceSpans'
    >>> recognise_otlp([{"kind": "view"}]) is None
    True
    """
    return next((f"records have {name}" for name in _SIGNALS if records and name in records[0]), None)


def list_items(record: Any) -> Iterator[Item | str]:
    """Yield the spans, log records and metrics of one export request; of what is no such thing, why.

    Examples
    --------
    >>> [item] = list_items({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "chat"}]}]}]})
    >>> item.signal, item.content["name"]
    ('span', 'chat')
    >>> list(list_items({"kind": "view"}))
    ['the record is no OTLP export: it has no resourceSpans, resourceLogs or resourceMetrics']
    """
    signals = [name for name in _SIGNALS if isinstance(record, Mapping) and name in record]
    if not signals:
        yield f"the record is no OTLP export: it has no {', '.join(_SIGNALS)}".replace(", resourceM", " or resourceM")
        return
    is_empty = True
    for name in signals:
        for found in _items_of(record[name], name):
            is_empty = False
            yield found
    if is_empty:
        yield "the export holds nothing"


def plain_value(value: Any, depth: int = 0) -> Any:
    """Return a value of OTLP as plain Python; null for one that is malformed or nested too deeply.

    Integers may be text, as the encoding of 64 bits in JSON wants it.

    Examples
    --------
    >>> plain_value({"intValue": "42"})
    42
    >>> plain_value({"arrayValue": {"values": [{"boolValue": True}]}})
    [True]
    """
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return None
    inner = next(((name, inner) for name, inner in value.items() if name in _READERS), None)
    return None if inner is None else _READERS[inner[0]](inner[1], depth + 1)


def plain_attributes(pairs: Any, depth: int = 0) -> dict[str, Any]:
    """Return attributes by name; pairs that are none are left out.

    Examples
    --------
    >>> plain_attributes([{"key": "gen_ai.request.model", "value": {"stringValue": "m1"}}, 5])
    {'gen_ai.request.model': 'm1'}
    """
    return {
        pair["key"]: plain_value(pair.get("value"), depth)
        for pair in list_of(pairs)
        if isinstance(pair, Mapping) and isinstance(pair.get("key"), str)
    }


def read_int(value: Any) -> int | None:
    """Return a whole number that may be written as text; null when it is none.

    Examples
    --------
    >>> read_int("1544712660000000000"), read_int(7), read_int("seven")
    (1544712660000000000, 7, None)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    is_number = isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal()
    return int(value) if is_number else None


def read_nanos(value: Any) -> datetime | None:
    """Return a time given in nanoseconds since 1970, to the microsecond; null for zero and for what is none.

    Examples
    --------
    >>> read_nanos("1544712660123456789")
    datetime.datetime(2018, 12, 13, 14, 51, 0, 123456, tzinfo=datetime.timezone.utc)
    """
    nanos = read_int(value)
    if not nanos or nanos < 0:
        return None
    try:
        return _EPOCH + timedelta(microseconds=nanos // 1000)
    except OverflowError:
        return None


def list_of(value: Any) -> Sequence[Any]:
    """Return a list as it is, and nothing in place of anything else.

    Examples
    --------
    >>> list_of([1]), list_of("no list")
    ([1], [])
    """
    return value if isinstance(value, list) else []


def _items_of(exports: Any, name: str) -> Iterator[Item | str]:
    signal, scopes, items = _SIGNALS[name]
    if not isinstance(exports, list):
        yield f"its {name} are no list"
        return
    for export in exports:
        if not isinstance(export, Mapping):
            yield f"its {name} hold something that is no object"
            continue
        resource = export.get("resource")
        sender = plain_attributes(resource.get("attributes")) if isinstance(resource, Mapping) else {}
        for scope in list_of(export.get(scopes)):
            for content in list_of(scope.get(items) if isinstance(scope, Mapping) else None):
                yield _read_item(signal, content, sender)


def _read_item(signal: Signal, content: Any, resource: Mapping[str, Any]) -> Item | str:
    if not isinstance(content, Mapping):
        return f"the {signal} is no object"
    return Item(signal, content, plain_attributes(content.get("attributes")), resource)


def _values_of(value: Any) -> Sequence[Any]:
    return list_of(value.get("values")) if isinstance(value, Mapping) else []


def _read_float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


_READERS: dict[str, Callable[[Any, int], Any]] = {
    "stringValue": lambda text, _: text if isinstance(text, str) else None,
    "bytesValue": lambda text, _: text if isinstance(text, str) else None,
    "boolValue": lambda truth, _: truth if isinstance(truth, bool) else None,
    "intValue": lambda number, _: read_int(number),
    "doubleValue": lambda number, _: _read_float(number),
    "arrayValue": lambda array, depth: [plain_value(element, depth) for element in _values_of(array)],
    "kvlistValue": lambda pairs, depth: plain_attributes(_values_of(pairs), depth),
}
