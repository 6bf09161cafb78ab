"""JSON the way every reader takes it: one value a line, no character that a reader could mistake for a line's end."""

import json
from collections.abc import Iterable
from typing import Any

from feedback.errors import InputError

# Control characters that JSON allows but YAML, `str.splitlines` or a terminal take for something else.
_ALSO_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)}


def dump_json(value: Any) -> str:
    """Return a value as JSON on one line, the same for the same value; a zero byte becomes `\\u0000`.

    Examples
    --------
    >>> dump_json({"b": "é\\n", "a": None})
    '{"b": "é\\\\n", "a": null}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_ALSO_ESCAPED)


def dump_lines(values: Iterable[Any]) -> bytes:
    """Return values as JSON Lines in UTF-8, one line per value.

    Examples
    --------
    >>> dump_lines([{"a": 1}, {"a": 2}])
    b'{"a": 1}\\n{"a": 2}\\n'
    """
    return "".join(f"{dump_json(value)}\n" for value in values).encode()


def load_lines(content: bytes) -> list[Any]:
    """Return the values of a JSON Lines file, one per line; empty lines are left out.

    Raises
    ------
    InputError
        When a line is no JSON; it names the line, never its text.

    Examples
    --------
    >>> load_lines(b'{"a": 1}\\n\\n{"a": 2}\\n')
    [{'a': 1}, {'a': 2}]
    """
    return [load_json(line, where=f"line {n}") for n, line in enumerate(content.split(b"\n"), start=1) if line.strip()]


def load_json(content: bytes | str, *, where: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    InputError
        When it is no JSON; it says where, never what.
    """
    try:
        return json.loads(content)
    except ValueError as error:
        raise InputError(f"{where} is no JSON") from error
