"""Which records an event of a mapping is made of: conditions on their fields, all of which must hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from feedback.sources.mapping_paths import Path, as_word

_EXPECTED = "a value, a list of values, or a table of present, not, starts_with, above, below, at_least, at_most"


@dataclass(frozen=True)
class Condition:
    """A condition on one field.

    Examples
    --------
    >>> holds = Condition.parse("properties.stars", {"at_least": 4}).holds
    >>> holds({"properties": {"stars": 5}}), holds({"properties": {}})
    (True, False)
    """

    path: Path
    test: Callable[[Any], bool]

    @classmethod
    def parse(cls, path: str, wanted: Any) -> "Condition":
        """Return the condition that is written there.

        Raises
        ------
        ValueError
            When there is no such condition; the message says what was expected.
        """
        return cls(Path.parse(path), _parse_test(wanted))

    def holds(self, record: Any) -> bool:
        """Return whether it holds for a record. Never fails, whatever the record holds."""
        return self.test(self.path.find(record))


def _parse_test(wanted: Any) -> Callable[[Any], bool]:
    if isinstance(wanted, dict):
        tests = [_parse_one(name, operand) for name, operand in wanted.items()]
        if not tests:
            raise ValueError(_EXPECTED)
        return lambda value: all(test(value) for test in tests)
    return _is_among(wanted)


def _parse_one(name: str, operand: Any) -> Callable[[Any], bool]:
    if name == "present" and isinstance(operand, bool):
        return lambda value: _is_present(value) == operand
    if name == "not":
        among = _is_among(operand)
        return lambda value: not among(value)
    if name == "starts_with" and isinstance(operand, str):
        return lambda value: isinstance(value, str) and value.startswith(operand)
    if name in _COMPARISONS and isinstance(operand, int | float) and not isinstance(operand, bool):
        compare = _COMPARISONS[name]
        return lambda value: (number := _number(value)) is not None and compare(number, operand)
    raise ValueError(_EXPECTED)


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "above": lambda value, bound: value > bound,
    "below": lambda value, bound: value < bound,
    "at_least": lambda value, bound: value >= bound,
    "at_most": lambda value, bound: value <= bound,
}


def _is_among(wanted: Any) -> Callable[[Any], bool]:
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(value, str | int | float | bool) for value in values):
        raise ValueError(_EXPECTED)
    words = {as_word(value) for value in values}
    return lambda value: isinstance(value, str | int | float) and as_word(value) in words


def _is_present(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
