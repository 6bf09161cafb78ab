"""Where in a record a value is: paths such as `properties.answer.id`, and texts composed of them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

_PART = re.compile(r"\[([^\[\]=]+)=([^\[\]]*)\]|([^.\[\]]+)")
_PLACE_FORM = re.compile(r"(\[[^\[\]=]+=[^\[\]]*\]|[^.\[\]]+)(\.[^.\[\]]+|\[[^\[\]=]+=[^\[\]]*\])*")
_PLACE = re.compile(r"\{([^{}]*)\}")
_MOST_LEVELS = 32


@dataclass(frozen=True)
class Path:
    """Where a value is: the first of these places that holds one.

    Examples
    --------
    >>> Path.parse("answer.id | id").find({"answer": {"id": "a1"}, "id": "m1"})
    'a1'
    >>> Path.parse("params[key=answer].value").find({"params": [{"key": "answer", "value": 7}]})
    7
    """

    places: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, written: str) -> "Path":
        """Return the path that is written there: keys and positions with dots, `[key=value]`, and `|` for or else.

        Raises
        ------
        ValueError
            When it is no path.
        """
        return cls(tuple(_split(place.strip()) for place in written.split("|")))

    def find(self, record: Any) -> Any:
        """Return the value there; null when none of the places holds one. Never fails, whatever the record holds."""
        for place in self.places:
            value = _descend(record, place)
            if value is not None:
                return value
        return None


@dataclass(frozen=True)
class Template:
    """A text composed of values, such as `{trace}/{span}`; null when one of them is missing.

    Examples
    --------
    >>> Template.parse("{id}/response").find({"id": 7})
    '7/response'
    """

    texts: tuple[str, ...]
    paths: tuple[Path, ...]

    @classmethod
    def parse(cls, written: str) -> "Template":
        """Return the template that is written there.

        Raises
        ------
        ValueError
            When what stands in braces is no path.
        """
        pieces = _PLACE.split(written)
        return cls(tuple(pieces[::2]), tuple(Path.parse(piece) for piece in pieces[1::2]))

    def find(self, record: Any) -> str | None:
        """Return the text for a record."""
        values = [path.find(record) for path in self.paths]
        if any(value is None or isinstance(value, dict | list) for value in values):
            return None
        filled = [as_word(value) for value in values]
        return "".join(text + value for text, value in zip(self.texts, [*filled, ""], strict=True))


def as_word(value: Any) -> str:
    """Return a plain value as it stands in an id or a condition: whole numbers without point, true and false.

    Examples
    --------
    >>> as_word(1736160000000.0), as_word(True), as_word("a")
    ('1736160000000', 'true', 'a')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@cache
def _split(place: str) -> tuple[str, ...]:
    if not _PLACE_FORM.fullmatch(place):
        raise ValueError('a path such as "properties.answer.id"')
    return tuple(found[0] for found in _PART.finditer(place))


def _descend(value: Any, parts: tuple[str, ...]) -> Any:
    for at, part in enumerate(parts):
        if isinstance(value, Mapping):
            whole = _rejoin(parts[at:])
            if whole in value:
                return value[whole]
        value = _step(_unpack(value), part)
        if value is None:
            return None
    return value


@cache
def _rejoin(parts: tuple[str, ...]) -> str:
    """Return the rest of a path as one name: columns of flat files are often named `properties.answer.id`."""
    return "".join(part if part.startswith("[") else f".{part}" for part in parts).removeprefix(".")


def _step(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return None
    if part.startswith("["):
        key, wanted = part[1:-1].split("=", 1)
        fitting = (item for item in value if isinstance(item, Mapping) and as_word(item.get(key)) == wanted)
        return next(fitting, None)
    at = int(part) if part.removeprefix("-").isascii() and part.removeprefix("-").isdigit() else None
    return value[at] if at is not None and -len(value) <= at < len(value) else None


def _unpack(value: Any) -> Any:
    """Return what JSON inside a text says, for warehouses keep nested values so; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    if value.count("{") + value.count("[") > _MOST_LEVELS * 100:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
