"""Columns that are not ours: which role each has, dimension or measure, and what does not fit it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from feedback.errors import SettingsError
from feedback.events.readings import (
    Fault,
    Reading,
    is_given,
    is_mixed,
    is_zoned,
    read_number,
    read_text,
    whole_as_text,
    written,
)
from feedback.schemas import RESERVED, UTC, find_table

ROLES = ("dimension", "measure")
# Text by nature even where every value is a number.
NAMED_DIMENSIONS = ("feature", "model", "prompt_version", "index_version", "intent", "language", "tenant")

_NUMBER = r"^\s*[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$"


@dataclass(frozen=True)
class FurtherColumn:
    """A column of the log that is not ours.

    Parameters
    ----------
    incoming_name
        Its name in the file.
    column
        Its name in `events`.
    role
        `dimension` or `measure`.
    is_new
        Whether this file brought it.
    is_declared
        Whether the role was declared, so that numbers of a dimension may be written as text.
    """

    incoming_name: str
    column: str
    role: str
    is_new: bool
    is_declared: bool


def find_further_columns(
    raw: pl.DataFrame, *, ours: frozenset[str], known: pl.DataFrame, roles: Mapping[str, str], is_typed: bool
) -> list[FurtherColumn]:
    """Return the further columns of a file that hold anything, by name.

    Parameters
    ----------
    raw
        One row per row of the file.
    ours
        Names that are columns of `events`, or of the frame only.
    known
        Table `columns`.
    roles
        Declared role by name in the file or in `events`.
    is_typed
        Whether the format tells text from numbers; if not, text that is a number throughout is a measure.

    Raises
    ------
    SettingsError
        When a declared role is none, or contradicts the one that was stored.
    """
    given = [name for name in raw.columns if name not in ours and _holds_anything(raw, name)]
    return assign_roles(given, partial(_infer_role, raw, is_typed=is_typed), known=known, roles=roles)


@dataclass(frozen=True)
class ColumnWeight:
    """How many values of a column are numbers and how many are something else; whether any is more than blank."""

    n_numbers: int
    n_others: int
    is_given: bool

    def __add__(self, other: "ColumnWeight") -> "ColumnWeight":
        return ColumnWeight(
            self.n_numbers + other.n_numbers, self.n_others + other.n_others, self.is_given or other.is_given
        )

    def role(self, *, is_typed: bool) -> str:
        """Return the role of the column: where types are told numbers need a majority, else all must be numbers."""
        most_others = self.n_numbers - 1 if is_typed else 0
        return "measure" if self.n_others <= most_others else "dimension"


def weigh_columns(raw: pl.DataFrame, *, is_typed: bool) -> dict[str, ColumnWeight]:
    """Return the weight of each column of a part of a file; weights of parts add up to the one of the file.

    Examples
    --------
    >>> weigh_columns(pl.DataFrame({"n": [1, None], "t": ["a", ""]}), is_typed=True)
    {'n': ColumnWeight(n_numbers=1, n_others=0, is_given=True),
     't': ColumnWeight(n_numbers=0, n_others=2, is_given=True)}
    """
    return {name: _weigh(raw, name, is_typed=is_typed) for name in raw.columns}


def _weigh(raw: pl.DataFrame, name: str, *, is_typed: bool) -> ColumnWeight:
    column, dtype = raw[name], raw.schema[name]
    is_held = _holds_anything(raw, name)
    if is_mixed(dtype):
        return ColumnWeight(column.struct.field("number").count(), column.struct.field("text").count(), is_held)
    if dtype == pl.String and not is_typed:
        is_number = raw.select(written(name, dtype).str.contains(_NUMBER)).to_series()
        n_numbers = is_number.drop_nulls().arg_true().len()
        return ColumnWeight(n_numbers, is_number.count() - n_numbers, is_held)
    n = column.drop_nans().count() if dtype.is_float() else column.count()
    return ColumnWeight(n, 0, is_held) if dtype.is_numeric() else ColumnWeight(0, n, is_held)


def assign_roles(
    given: Iterable[str], infer_role: Callable[[str], str], *, known: pl.DataFrame, roles: Mapping[str, str]
) -> list[FurtherColumn]:
    """Return the further columns of these names: with the role that is stored, declared or else inferred.

    Raises
    ------
    SettingsError
        When a declared role is none, or contradicts the one that was stored.
    """
    names = {row["incoming_name"]: row["column"] for row in known.iter_rows(named=True)}
    stored = dict(known.select("column", "role").iter_rows())
    declared = dict.fromkeys(NAMED_DIMENSIONS, "dimension") | dict(roles)
    found: list[FurtherColumn] = []
    for incoming in sorted(given):
        names.setdefault(incoming, _free_name(incoming, set(names.values())))
        column = names[incoming]
        chosen = declared.get(column, declared.get(incoming))
        is_explicit = column in roles or incoming in roles
        role = _agree(column, stored=stored.get(column), declared=chosen, is_explicit=is_explicit)
        role = role or infer_role(incoming)
        found.append(FurtherColumn(incoming, column, role, column not in stored, chosen == "dimension"))
    return found


def list_columns(found: list[FurtherColumn], *, clock: datetime) -> pl.DataFrame:
    """Return new rows of the table `columns`: one row per column that the file brought."""
    rows = [(new.column, new.role, new.incoming_name, clock) for new in found if new.is_new]
    return pl.DataFrame(rows, schema=find_table("columns").columns | {"since": UTC}, orient="row")


def read_further(found: FurtherColumn, dtype: pl.DataType) -> Reading:
    """Return how a further column is read in its role; what does not fit it is a fault."""
    if found.role == "dimension":
        reading = _read_dimension(found.incoming_name, dtype, is_declared=found.is_declared)
    else:
        reading = read_measure(found.incoming_name, dtype)
    reason = f"{found.column} is a {found.role} but the row holds {'a number' if found.role == 'dimension' else 'none'}"
    faults = tuple(Fault(found.column, fault.where, reason) for fault in reading.faults)
    return Reading(found.column, reading.value, faults)


def read_measure(column: str, dtype: pl.DataType) -> Reading:
    """Return how a measure is read: a number, null where it is infinite or NaN."""
    reading = read_number(column, dtype)
    return Reading(column, pl.when(reading.value.is_finite()).then(reading.value), reading.faults)


def count_not_finite(found: list[FurtherColumn], raw: pl.DataFrame) -> int:
    """Return how many values of measures are infinite or NaN, and stored as null."""
    numbers = [
        read_number(new.incoming_name, raw.schema[new.incoming_name]).value for new in found if new.role == "measure"
    ]
    return sum(raw.select((~number.is_finite()).sum() for number in numbers).row(0)) if numbers else 0


def _free_name(incoming: str, taken: set[str]) -> str:
    name = incoming or "unnamed"
    wanted = f"{name}_in" if name in RESERVED else name
    number = 2
    free = wanted
    while free in taken:
        free, number = f"{wanted}_{number}", number + 1
    return free


def _agree(column: str, *, stored: str | None, declared: str | None, is_explicit: bool) -> str | None:
    if is_explicit and declared not in ROLES:
        raise SettingsError(f"column {column}: there is no role {declared!r}; expected {' or '.join(ROLES)}")
    if is_explicit and stored and stored != declared:
        raise SettingsError(f"column {column} is stored as a {stored} and cannot become a {declared}")
    return stored or declared


def _holds_anything(raw: pl.DataFrame, column: str) -> bool:
    return bool(raw.select(is_given(column, raw.schema[column]).any()).item())


def _infer_role(raw: pl.DataFrame, column: str, *, is_typed: bool) -> str:
    dtype = raw.schema[column]
    if is_mixed(dtype):
        parts = raw[column].struct
        return "measure" if parts.field("number").count() > parts.field("text").count() else "dimension"
    if dtype == pl.String and not is_typed:
        text = written(column, dtype)
        return "measure" if raw.select(text.str.contains(_NUMBER).all()).item() else "dimension"
    return "measure" if dtype.is_numeric() else "dimension"


def _read_dimension(column: str, dtype: pl.DataType, *, is_declared: bool) -> Reading:
    value = pl.col(column)
    if dtype == pl.Boolean:
        return Reading(column, pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false")))
    if dtype == pl.Date:
        return Reading(column, value.dt.to_string("%Y-%m-%d"))
    if dtype == pl.Datetime:
        moment, mark = (value.dt.convert_time_zone("UTC"), "Z") if is_zoned(dtype) else (value, "")
        return Reading(column, moment.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.f{mark}"))
    if is_declared and is_mixed(dtype):
        return Reading(column, written(column, dtype))
    if is_declared and dtype.is_numeric():
        return Reading(column, pl.when(is_given(column, dtype)).then(whole_as_text(value, dtype)))
    return read_text(column, dtype)
