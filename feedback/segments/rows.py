"""Labels of two windows, made comparable: what counts, by whom, and in which cell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from feedback.errors import SchemaError, SettingsError, name_some
from feedback.segments.coding import Coding, Definition, code_column
from feedback.stats.sums import Indices, Numbers

Frame = pl.DataFrame | pl.LazyFrame
VALUES = ("p_good", "score")
_DIMENSION = "dimension "


@dataclass(frozen=True)
class Window:
    """The labels of one window that have a value, one entry per label; those that have none only by their codes."""

    codes: Sequence[Indices]
    value: Numbers
    weight: Numbers
    person: Indices
    codes_of_unknown: Sequence[Indices]

    @property
    def n(self) -> int:
        """Number of labels with a value."""
        return len(self.value)

    def find(self, cell: Sequence[tuple[int, int]]) -> Indices:
        """Return the rows of a cell, given as pairs of dimension and code."""
        return _find(self.codes, cell, self.n)

    def count_unknown(self, cell: Sequence[tuple[int, int]]) -> int:
        """Return how many labels of the cell have no value."""
        return len(_find(self.codes_of_unknown, cell, len(self.codes_of_unknown[0]) if self.codes_of_unknown else 0))


@dataclass(frozen=True)
class Windows:
    """Both windows, how their dimensions are coded, and how many persons there are in either."""

    before: Window
    after: Window
    codings: Sequence[Coding]
    n_persons: int
    is_weighted: bool

    @property
    def sizes(self) -> list[int]:
        """Number of codes of each dimension."""
        return [coding.size for coding in self.codings]

    def define(self, cell: Sequence[tuple[int, int]]) -> Definition:
        """Return the definition of a cell, given as pairs of dimension and code."""
        return [self.codings[dimension].conditions[code] for dimension, code in cell]


def make_windows(
    before: Frame, after: Frame, dimensions: Sequence[str], *, value: str, weight: str | None = None
) -> Windows:
    """Return both windows with their dimensions coded alike.

    Rows of automated sessions are left out; a label without a value is counted, but says nothing. The person
    is the session where no user is known.

    Raises
    ------
    SchemaError
        When a column is missing.
    SettingsError
        When no dimension is named, or one twice, or the value is none of a label.
    """
    if not dimensions or len(set(dimensions)) < len(dimensions):
        raise SettingsError("name one dimension or more, each once")
    one, other = (_countable(frame, dimensions, value=value, weight=weight) for frame in (before, after))
    columns = [_DIMENSION + name for name in dimensions]
    codings = [_renamed(code_column(one[column], other[column])) for column in columns]
    persons = pl.concat([one["person"], other["person"]])
    numbers = persons.rank("dense").cast(pl.Int64).to_numpy() - 1
    parts = np.split(numbers, [one.height])
    windows = [_window(frame, codings, person) for frame, person in zip((one, other), parts, strict=True)]
    return Windows(windows[0], windows[1], codings, int(numbers.max(initial=-1)) + 1, weight is not None)


def require_columns(frame: Frame, columns: Sequence[str]) -> None:
    """Raise where a column is missing.

    Raises
    ------
    SchemaError
        Naming what is missing and what is there.
    """
    present = frame.collect_schema().names()
    missing = [name for name in columns if name not in present]
    if missing:
        raise SchemaError(f"labels need the column {name_some(missing)}; there are {name_some(present, most=20)}")


def _countable(frame: Frame, dimensions: Sequence[str], *, value: str, weight: str | None) -> pl.DataFrame:
    """Return one row per label that counts: person, value, weight and the dimensions behind a prefix."""
    require_columns(frame, ["session_id", value, *dimensions, *([weight] if weight else [])])
    names = frame.collect_schema().names()
    person = pl.coalesce("user_id", "session_id") if "user_id" in names else pl.col("session_id")
    kept = ~pl.col("is_automated").fill_null(value=False) if "is_automated" in names else pl.lit(value=True)
    return (
        frame.lazy()
        .filter(kept)
        .select(
            person=person.hash(),
            value=pl.col(value).cast(pl.Float64).fill_nan(None),
            weight=pl.col(weight).cast(pl.Float64) if weight else pl.lit(1.0),
            **{_DIMENSION + name: pl.col(name) for name in dimensions},
        )
        .collect()
    )


def _renamed(coding: Coding) -> Coding:
    name = coding.name.removeprefix(_DIMENSION)
    conditions = [{**condition, "dimension": name} for condition in coding.conditions]
    return Coding(name, conditions, coding.cuts)  # pyright: ignore[reportArgumentType]


def _window(frame: pl.DataFrame, codings: Sequence[Coding], person: Indices) -> Window:
    is_known = (frame["value"].is_not_null() & (frame["weight"] > 0)).to_numpy()
    codes = [coding.encode(frame[_DIMENSION + coding.name]) for coding in codings]
    return Window(
        [code[is_known] for code in codes],
        frame["value"].to_numpy()[is_known],
        frame["weight"].to_numpy()[is_known],
        person[is_known],
        [code[~is_known] for code in codes],
    )


def _find(codes: Sequence[Indices], cell: Sequence[tuple[int, int]], n: int) -> Indices:
    mask = np.ones(n, bool)
    for dimension, code in cell:
        mask &= codes[dimension] == code
    return np.flatnonzero(mask)
