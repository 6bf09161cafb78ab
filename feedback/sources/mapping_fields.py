"""How a mapping takes one field of an event from a record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedback.sources.mapping_paths import Path, Template, as_word

EPOCHS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_KEYS = ("path", "constant", "template", "time", "zone", "values", "range", "default")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_LATEST_S = 10**11


@dataclass(frozen=True)
class Field:
    """Where the value of a field comes from, and what becomes of it.

    Parameters
    ----------
    source
        A path or template; null for a constant.
    constant
        The value, whatever the record holds.
    time
        How a time is written: `iso`, `s`, `ms`, `us`, `ns`, or a strptime pattern.
    zone
        Zone of a time that names none.
    values
        What stands for each value; others are left out, unless there is a default.
    scale
        Lowest and highest value, brought to 0 and 1.
    default
        The value where the record has none.
    """

    source: Path | Template | None = None
    constant: Any = None
    time: str | None = None
    zone: tzinfo | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    default: Any = None

    def find(self, record: Any) -> Any:
        """Return the value for a record, null when it has none. What cannot be converted is passed on as it is."""
        if self.source is None:
            return self.constant
        value = self.source.find(record)
        if value is not None and self.values:
            value = self.values.get(as_word(value))
        if value is None:
            return self.default
        if self.time is not None:
            return _read_time(value, self.time, self.zone)
        return _rescale(value, *self.scale) if self.scale else value


def parse_field(written: Any) -> Field:
    """Return the field a value of the TOML file stands for.

    Examples
    --------
    >>> parse_field("answer.id").find({"answer": {"id": "a1"}})
    'a1'
    >>> parse_field({"path": "stars", "range": [1, 5]}).find({"stars": 4})
    0.75

    Raises
    ------
    ValueError
        When it stands for none; the message says what was expected.
    """
    if isinstance(written, str):
        return Field(_parse_source(written))
    if not isinstance(written, dict):
        raise ValueError('a path such as "properties.id", or a table such as {constant = 1}')
    unknown = sorted(set(written) - set(_KEYS))
    if unknown:
        raise ValueError(f"only the keys {', '.join(_KEYS)}, and found {unknown[0]}")
    if sum(key in written for key in ("path", "constant", "template")) != 1:
        raise ValueError("one of path, template and constant")
    source = written.get("path", written.get("template"))
    if source is not None and not isinstance(source, str):
        raise ValueError("a path in quotes")
    return Field(
        source=None if source is None else _parse_source(source),
        constant=written.get("constant"),
        time=parse_time_format(written.get("time")),
        zone=_parse_zone(written.get("zone")),
        values=_parse_values(written.get("values", {})),
        scale=_parse_range(written.get("range")),
        default=written.get("default"),
    )


def parse_time_format(written: Any) -> str | None:
    """Return the format of times, checked; null when none is written.

    Raises
    ------
    ValueError
        When it is none.
    """
    if written is None or written in ("iso", *EPOCHS) or (isinstance(written, str) and "%" in written):
        return written
    raise ValueError("time as iso, s, ms, us, ns, or a pattern such as %Y-%m-%d %H:%M:%S")


def _parse_source(written: str) -> Path | Template:
    try:
        return Template.parse(written) if "{" in written else Path.parse(written)
    except ValueError as error:
        raise ValueError('a path such as "properties.answer.id", or a template such as "{trace}/{span}"') from error


def _parse_zone(written: Any) -> tzinfo | None:
    if written is None:
        return None
    try:
        return ZoneInfo(written)
    except (ZoneInfoNotFoundError, TypeError, ValueError) as error:
        raise ValueError("a time zone such as UTC or Europe/Berlin") from error


def _parse_values(written: Any) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise ValueError("values as a table such as {up = 1, down = 0}")
    return written


def _parse_range(written: Any) -> tuple[float, float] | None:
    if written is None:
        return None
    is_pair = isinstance(written, list) and len(written) == 2
    if not is_pair or not all(isinstance(end, int | float) for end in written) or written[0] == written[1]:
        raise ValueError("a range of two numbers such as [1, 5]")
    return float(written[0]), float(written[1])


def _rescale(value: Any, low: float, high: float) -> Any:
    number = _as_number(value)
    return value if number is None else (number - low) / (high - low)


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value.strip())):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _read_time(value: Any, time: str, zone: tzinfo | None) -> Any:
    if isinstance(value, datetime):
        read: datetime | None = value
    elif time in EPOCHS:
        read = _read_epoch(value, EPOCHS[time])
    else:
        read = _read_text(value, time)
    if read is None:
        return value
    return read.replace(tzinfo=zone) if zone is not None and read.tzinfo is None else read


def _read_epoch(value: Any, per_second: int) -> datetime | None:
    number = _as_number(value)
    if number is None or not abs(number) < _LATEST_S * per_second:
        return None
    whole = value if isinstance(value, int) else int(value) if isinstance(value, str) and "." not in value else None
    microseconds = number / per_second * 1e6 if whole is None else whole * 1_000_000 // per_second
    return _BEGINNING + timedelta(microseconds=microseconds)


def _read_text(value: Any, pattern: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if pattern == "iso" else datetime.strptime(value, pattern)  # noqa: DTZ007
    except (TypeError, ValueError):
        return None
