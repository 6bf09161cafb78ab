"""How far groups may be served worse than others: `[[disparity]]`."""

from dataclasses import dataclass, fields

from feedback.errors import SettingsError


@dataclass(frozen=True)
class Disparity:
    """How far groups may be served worse than others: `[[disparity]]` in the file.

    Attributes
    ----------
    dimensions
        The columns whose values part people or requests into groups, their combinations included.
    reference
        Name of the group the others are compared with, such as `language = en`; none: the largest.
    max_gap
        Most points a group may be behind, as a share: 0.05 for five.
    min_ratio
        Least share of the rate of the reference that a group must reach.
    min_n
        Fewest labels of a group to say anything about it.
    """

    dimensions: tuple[str, ...]
    reference: str | None = None
    max_gap: float | None = None
    min_ratio: float | None = None
    min_n: int = 100


def read_disparity(written: object) -> tuple[Disparity, ...]:
    """Return what the file says; one row per table.

    Raises
    ------
    SettingsError
        When a table has other keys, or bounds outside (0, 1).
    """
    tables = written if isinstance(written, list) else [written]
    return tuple(_read_one_disparity(table) for table in tables)


def _read_one_disparity(table: object) -> Disparity:
    known = {field.name for field in fields(Disparity)}
    if not isinstance(table, dict) or not set(table) <= known:
        raise SettingsError(f"a table [[disparity]] has the keys {', '.join(sorted(known))}")
    names = table.get("dimensions")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise SettingsError('dimensions is a list of names, such as ["language"]')
    bounds = {name: table[name] for name in ("max_gap", "min_ratio") if name in table}
    if any(not isinstance(bound, int | float) or not 0 < bound < 1 for bound in bounds.values()):
        raise SettingsError("max_gap and min_ratio lie between 0 and 1")
    return Disparity(**{**table, "dimensions": tuple(names)})
