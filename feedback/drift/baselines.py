"""What rate to expect of each label: by its stratum and the hour of the week, learned from a time when all was well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.drift.learning import margin_errors
from feedback.stats import Indices, Numbers, add_up, shrink_means

CELLS = 28
"""quarters of a day in a week"""
FEW = 500
"""labels under which a segment borrows from what its strata let expect"""
LEAST_BETWEEN = 0.02
"""two segments may always differ by some points that their strata do not show"""
MOST_IN_TABLE = 4_000_000
"""possible strata up to which they are looked up in a table"""
LEAST_IN_STRATUM, MOST_STRATA = 30, 20_000
"""a crossing of fewer labels is expected to be what its dimensions make it, and so many crossings are known at most"""
_PASSES = 2


class Strata(NamedTuple):
    """Where each label belongs: its value of each dimension (a row each, 0 = never seen) and its quarter-day."""

    codes: Indices
    cell: Indices


@dataclass(frozen=True)
class Coding:
    """The values of each dimension that the reference holds."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, reference: pl.DataFrame, dimensions: Sequence[str]) -> "Coding":
        """Return the coding of the values in a frame, null among them as `null`."""
        return cls({name: tuple(reference[name].unique().drop_nulls().sort()) for name in dimensions})

    def strata(
        self, labels: pl.DataFrame, *, time_zone: str, numbered: Mapping[str, tuple[Indices, list[str]]] | None = None
    ) -> Strata:
        """Return where each label belongs; a label belongs to the time it became final.

        `numbered` has for some dimensions the number of each label's value, below 0 for null, and the values by number:
        numbers are quicker than text.
        """
        known = numbered or {}
        codes = [
            self._from_numbers(name, *known[name]) if name in known else self._from_text(name, labels[name])
            for name in self.values
        ]
        local = pl.col("final_at").dt.convert_time_zone(time_zone)
        quarter = (local.dt.weekday().cast(pl.Int64) - 1) * 4 + local.dt.hour().cast(pl.Int64) // 6
        cell = labels.select(quarter).to_series().to_numpy()
        return Strata(np.array(codes, np.int64).reshape(len(codes), labels.height), cell)

    def _from_numbers(self, name: str, numbers: Indices, values: list[str]) -> Indices:
        code_of = {value: code for code, value in enumerate(self.values[name], start=2)}
        table = np.array([*(code_of.get(value, 0) for value in values), 1], np.int64)
        return table[numbers]

    def _from_text(self, name: str, column: pl.Series) -> Indices:
        known = self.values[name]
        if not known:
            return column.is_null().cast(pl.Int64).to_numpy()
        code = column.replace_strict(list(known), range(2, len(known) + 2), default=0, return_dtype=pl.Int64)
        return np.where(column.is_null(), 1, code.to_numpy())

    @property
    def sizes(self) -> list[int]:
        """How many codes each dimension has."""
        return [len(known) + 2 for known in self.values.values()]


@dataclass(frozen=True)
class Expectation:
    """Rates to expect: the overall rate plus what dimensions, strata and hours add to it, each shrunk.

    `strata` names the full crossings seen, as one number each; an effect that was never seen is 0.
    """

    overall: float
    of_values: list[Numbers]
    strata: Indices
    of_strata: Numbers
    of_cells: Numbers
    of_strata_cells: Numbers
    variance: float

    def of(self, where: Strata, sizes: Sequence[int]) -> Numbers:
        """Return the rate expected of each label, in [0, 1]."""
        stratum = self._stratum(where, sizes)
        inside = stratum >= 0
        found = np.full(len(where.cell), self.overall) + self.of_cells[where.cell]
        for codes, effect in zip(where.codes, self.of_values, strict=True):
            found += effect[codes]
        found[inside] += self.of_strata[stratum[inside]]
        found[inside] += self.of_strata_cells[stratum[inside] * CELLS + where.cell[inside]]
        return np.clip(found, 0.0, 1.0)

    def _stratum(self, where: Strata, sizes: Sequence[int]) -> Indices:
        number = crossing(where.codes, sizes, len(where.cell))
        if (n_possible := prod(sizes)) <= MOST_IN_TABLE:
            table = np.full(n_possible, -1, np.int64)
            table[self.strata[self.strata >= 0]] = np.arange(len(self.strata))[self.strata >= 0]
            return table[number]
        at = np.minimum(np.searchsorted(self.strata, number), len(self.strata) - 1)
        return np.where(self.strata[at] == number, at, -1)


def crossing(codes: Indices, sizes: Sequence[int], n: int) -> Indices:
    """Return one number per label that names its values of all dimensions together."""
    number = np.zeros(n, np.int64)
    for row, size in zip(codes, sizes, strict=True):
        number = number * size + row
    return number


def learn_expectation(values: Numbers, where: Strata, sizes: Sequence[int]) -> Expectation:
    """Return the rates to expect, learned from labels without null.

    Main effects of the dimensions first (two passes), then what the full crossing adds, then the quarters of the
    week, then their crossing with the strata; each is the mean of what is left, shrunk by empirical Bayes, so that
    a stratum of few labels borrows from its dimensions, and a season that does not exist is not invented.

    Parameters
    ----------
    values
        In [0, 1], one per label.
    where, sizes
        From `Coding`.
    """
    overall = float(values.mean()) if len(values) else 0.5
    left = values - overall
    variance = float(left.var()) if len(values) else 0.25
    of_values = [np.zeros(size) for size in sizes]
    for _ in range(_PASSES):
        for at, (codes, size) in enumerate(zip(where.codes, sizes, strict=True)):
            left += of_values[at][codes]
            of_values[at] = _effect(left, codes, size, variance)
            left -= of_values[at][codes]
    strata, stratum = _number_strata(crossing(where.codes, sizes, len(values)))
    inside = stratum >= 0
    of_strata = np.zeros(len(strata))
    if len(sizes) > 1:
        of_strata = _effect(left[inside], stratum[inside], len(strata), variance)
        left[inside] -= of_strata[stratum[inside]]
    of_cells = _effect(left, where.cell, CELLS, variance)
    left -= of_cells[where.cell]
    both = stratum[inside] * CELLS + where.cell[inside]
    of_both = _effect(left[inside], both, len(strata) * CELLS, variance)
    return Expectation(overall, of_values, strata, of_strata, of_cells, of_both, variance)


def _number_strata(number: Indices) -> tuple[Indices, Indices]:
    """Return the crossings of enough labels, and for each label the position of its own among them, else -1."""
    found, stratum, n = np.unique(number, return_inverse=True, return_counts=True)
    is_kept = n >= max(LEAST_IN_STRATUM, len(number) // MOST_STRATA)
    if not is_kept.any():
        return np.array([-1]), np.full(len(number), -1)
    position = np.where(is_kept, np.cumsum(is_kept) - 1, -1)
    return found[is_kept], position[stratum]


def _effect(left: Numbers, group: Indices, n_groups: int, variance: float) -> Numbers:
    n = np.bincount(group, minlength=n_groups).astype(float)
    return shrink_means(add_up(left, group, n_groups), n, variance).mean


def cautious_shifts(
    total: Numbers, squares: Numbers, n: Numbers, rate: Numbers, margin_se: float
) -> tuple[Numbers, Numbers]:
    """Return by how much each segment lies off what its strata let expect, and the margin for not knowing it well.

    Parameters
    ----------
    total, squares, n
        Sum, sum of squares and number of the residuals of each segment.
    rate
        Mean value of each segment.
    margin_se
        Standard errors in the margin, twice as many under 2,000 labels.

    Returns
    -------
    tuple of arrays
        Shift and margin. From 500 labels on a segment speaks for itself; with fewer, its shift is pulled
        towards 0 and its error is what segments of its kind differ by.
    """
    size = np.maximum(n, 1.0)
    mean = total / size
    variance = np.maximum(squares / size - mean**2, 0) + (rate**2 + (1 - rate) ** 2) / size
    typical = float((variance * n).sum() / max(n.sum(), 1.0)) if n.any() else 0.25
    shrunk = shrink_means(total, n, typical, least_between=LEAST_BETWEEN)
    is_few = n < FEW
    shift, error = np.where(is_few, shrunk.mean, mean), np.where(is_few, shrunk.error, np.sqrt(variance / size))
    return shift, error * np.array([margin_errors(count, margin_se) for count in n])
