"""Dimensions and measures as numbers: one code per value that a condition can name."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict

import numpy as np
import polars as pl

from feedback.stats.sums import Indices

NOT_RECORDED = "(not recorded)"
OTHER_VALUES = "(other values)"
# Of a dimension with more values, the rest is one value: with every combination of two others it is still searched.
MOST_VALUES = 40
BINS = 5


class Condition(TypedDict):
    """What a label must fulfil: a value of a dimension, a range (`low` < measure <= `high`), or a value not listed."""

    dimension: str
    value: str
    low: float | None
    high: float | None
    not_in: list[str] | None


Definition = list[Condition]
CONDITION_TYPE = pl.Struct(
    {
        "dimension": pl.String,
        "value": pl.String,
        "low": pl.Float64,
        "high": pl.Float64,
        "not_in": pl.List(pl.String),
    }
)


@dataclass(frozen=True)
class Coding:
    """One dimension or measure, with the condition behind each code."""

    name: str
    conditions: Sequence[Condition]
    cuts: Sequence[float] | None = None

    @property
    def size(self) -> int:
        """Number of codes."""
        return len(self.conditions)

    def encode(self, values: pl.Series) -> Indices:
        """Return the code of each value."""
        codes = _place(values, self.cuts) if self.cuts is not None else self._look_up(values)
        return codes.fill_null(self.size - 1).to_numpy().astype(np.int64)

    def _look_up(self, values: pl.Series) -> pl.Series:
        """Return the place of each text; unlisted ones are next to last, null ones last."""
        known = [one["value"] for one in self.conditions[:-2]]
        text = values.cast(pl.String)
        codes = text.cast(pl.Enum(known), strict=False).to_physical().cast(pl.Int64)
        return pl.select(pl.when(codes.is_null() & text.is_not_null()).then(len(known)).otherwise(codes)).to_series()


def code_column(before: pl.Series, after: pl.Series, *, most_values: int = MOST_VALUES, bins: int = BINS) -> Coding:
    """Return how to code a column: numbers by ranges, everything else by value.

    Ranges are quantiles of the window before, so that a shift of the whole distribution shows. Values are the
    most frequent of both windows (on a tie, the first by name); the others together are one value.

    Examples
    --------
    >>> coding = code_column(pl.Series("ms", [1.0, 2.0, 3.0, 4.0]), pl.Series("ms", [9.0]), bins=2)
    >>> [one["value"] for one in coding.conditions], coding.encode(pl.Series([2.0, 9.0, None])).tolist()
    (['up to 2', 'over 2', '(not recorded)'], [0, 1, 2])
    >>> coding = code_column(pl.Series("lang", ["de", "de", "en"]), pl.Series("lang", ["fr"]), most_values=1)
    >>> coding.encode(pl.Series(["de", "en", None])).tolist()
    [0, 1, 2]
    """
    name = before.name
    if before.dtype.is_numeric():
        cuts = _cuts(before, bins)
        return Coding(name, [*_ranges(name, cuts), _condition(name, NOT_RECORDED)], cuts)
    both = pl.concat([before.cast(pl.String), after.cast(pl.String)])
    counts = both.drop_nulls().value_counts(name="n").sort(["n", name], descending=[True, False])
    listed = counts[name].head(most_values).to_list()
    rest = _condition(name, OTHER_VALUES, not_in=listed)
    return Coding(name, [*(_condition(name, value) for value in listed), rest, _condition(name, NOT_RECORDED)])


def describe(definition: Definition) -> str:
    """Return a definition as text; that of everything is `all`.

    Examples
    --------
    >>> describe([{"dimension": "intent", "value": "refund", "low": None, "high": None, "not_in": None}])
    'intent = refund'
    >>> describe([])
    'all'
    """
    return " & ".join(f"{one['dimension']} = {one['value']}" for one in definition) or "all"


def holds(definition: Definition) -> pl.Expr:
    """Return whether a row lies in the segment of that definition.

    Examples
    --------
    >>> german = [{"dimension": "language", "value": "de", "low": None, "high": None, "not_in": None}]
    >>> pl.DataFrame({"language": ["de", "en", None]}).select(holds(german)).to_series().to_list()
    [True, False, False]
    """
    return pl.all_horizontal(pl.lit(value=True), *(_fulfils(one) for one in definition))


def _fulfils(condition: Condition) -> pl.Expr:
    column = pl.col(condition["dimension"])
    if condition["value"] == NOT_RECORDED:
        return column.is_null()
    low, high, not_in = condition["low"], condition["high"], condition["not_in"]
    if low is not None or high is not None:
        above = column > (-np.inf if low is None else low)
        return (above & (column <= (np.inf if high is None else high))).fill_null(value=False)
    text = column.cast(pl.String)
    if not_in is not None:
        return (~text.is_in(not_in)).fill_null(value=False)
    return (text == condition["value"]).fill_null(value=False)


def _cuts(before: pl.Series, bins: int) -> list[float]:
    values = before.cast(pl.Float64).fill_nan(None).drop_nulls()
    if values.is_empty():
        return []
    inner = [values.quantile(k / bins, "lower") for k in range(1, bins)]
    largest = values.max()
    return sorted({float(cut) for cut in inner if cut is not None and cut != largest})


def _ranges(name: str, cuts: Sequence[float]) -> list[Condition]:
    if not cuts:
        return [_condition(name, "any", low=-np.inf)]
    inner = [_condition(name, f"over {low:.4g} up to {high:.4g}", low=low, high=high) for low, high in pairwise(cuts)]
    first = _condition(name, f"up to {cuts[0]:.4g}", high=cuts[0])
    return [first, *inner, _condition(name, f"over {cuts[-1]:.4g}", low=cuts[-1])]


def _place(values: pl.Series, cuts: Sequence[float]) -> pl.Series:
    numbers = values.cast(pl.Float64).fill_nan(None)
    places = pl.Series(np.searchsorted(np.asarray(cuts, float), numbers.fill_null(0).to_numpy(), side="left"))
    return pl.select(pl.when(numbers.is_not_null()).then(places.cast(pl.Int64))).to_series()


def _condition(
    name: str, value: str, *, low: float | None = None, high: float | None = None, not_in: list[str] | None = None
) -> Condition:
    return {"dimension": name, "value": value, "low": low, "high": high, "not_in": not_in}
