"""What a team's own names in its telemetry mean to us: `[sources]`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Literal

from feedback.errors import SettingsError, name_some


@dataclass(frozen=True)
class Naming:
    """What names of a team's own mean: `[sources]` in the file.

    Attributes
    ----------
    events
        Kind of event by the name of theirs, such as `"suggestion.accepted" = "accept"`.
    scales
        The worst and the best value of a rating by the name of theirs: `"stars" = [1, 5]`, `"thumb" = [2, 1]`.
    columns
        Our column by the name of an attribute or property of theirs: `"app.tenant" = "tenant"`.
    responses
        What is shown to people: the answers of model `calls`, or those of whole runs of `agents`, whose calls are
        then passed over.
    """

    events: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    responses: Literal["calls", "agents"] = "calls"


def read_naming(written: object) -> Naming:
    """Return what the file says.

    Raises
    ------
    SettingsError
        When a key is unknown, a name means no word, or a scale is not two different numbers.

    Examples
    --------
    >>> read_naming({"scales": {"stars": [1, 5]}}).scales
    {'stars': (1.0, 5.0)}
    """
    known = {key.name for key in fields(Naming)}
    if not isinstance(written, dict) or not set(written) <= known:
        raise SettingsError(f"the keys are {', '.join(sorted(known))}")
    if written.get("responses", "calls") not in ("calls", "agents"):
        raise SettingsError('responses is "calls" or "agents"')
    scales = {name: _read_scale(name, scale) for name, scale in _table(written, "scales").items()}
    events, columns = (_read_words(_table(written, key), key) for key in ("events", "columns"))
    return Naming(events, scales, columns, written.get("responses", "calls"))


def _table(written: dict, key: str) -> dict:
    table = written.get(key, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{key} is a table of names and what they mean")
    return table


def _read_words(table: dict, key: str) -> dict[str, str]:
    wrong = sorted(name for name, value in table.items() if not isinstance(value, str) or not value)
    if wrong:
        raise SettingsError(f"{key}: {name_some(wrong)} should mean a word in quotes")
    return dict(table)


def _read_scale(name: str, scale: object) -> tuple[float, float]:
    ends = scale if isinstance(scale, list) else []
    numbers = [float(end) for end in ends if type(end) in (int, float) and isfinite(end)]
    if len(ends) != 2 or len(numbers) != 2 or numbers[0] == numbers[1]:
        raise SettingsError(f"scales: {name} is the worst and the best value, for instance [1, 5]")
    return numbers[0], numbers[1]
