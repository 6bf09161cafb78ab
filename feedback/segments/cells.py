"""Every combination of conditions as one cell: how many labels it holds, and how far they are from expected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Indices, Numbers

Subset: TypeAlias = tuple[int, ...]
Tables: TypeAlias = dict[Subset, Numbers]


@dataclass(frozen=True)
class Cells:
    """All cells with enough labels in both windows, one entry per cell; arrays of sums have a row per window.

    Cells of one subset of dimensions stand together, in the order of `subsets`; the first is everything.
    """

    subsets: Sequence[Subset]
    code: Indices
    subset: Indices  # position in `subsets`
    n: Numbers
    weight: Numbers
    squared_weight: Numbers
    residual: Numbers  # sum of weight * (value - expected); changes as losses are explained
    squared_residual: Numbers

    @property
    def n_conditions(self) -> Indices:
        """Number of conditions of each cell."""
        return np.array([len(subset) for subset in self.subsets])[self.subset]

    def of_subset(self, position: int) -> slice:
        """Return which cells belong to a subset of dimensions."""
        first, last = np.searchsorted(self.subset, [position, position + 1])
        return slice(int(first), int(last))

    def conditions(self, cell: int, sizes: Sequence[int]) -> list[tuple[int, int]]:
        """Return the conditions of a cell as pairs of dimension and code."""
        subset, code = self.subsets[int(self.subset[cell])], int(self.code[cell])
        codes = np.unravel_index(code, [sizes[one] for one in subset]) if subset else ()
        return [(dimension, int(one)) for dimension, one in zip(subset, codes, strict=True)]


def repeats(cells: Cells, sizes: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Return which cells hold the same labels as they would with a condition less: a version implies its feature."""
    place = {subset: position for position, subset in enumerate(cells.subsets)}
    is_repeat = np.zeros(len(cells.code), bool)
    for position, subset in enumerate(cells.subsets):
        here = cells.of_subset(position)
        codes = np.unravel_index(cells.code[here], [sizes[one] for one in subset]) if subset else ()
        for gone in range(len(subset)):
            wider = subset[:gone] + subset[gone + 1 :]
            rest = dict(zip(wider, codes[:gone] + codes[gone + 1 :], strict=True))
            code = combine(rest, sizes, wider) if wider else np.zeros(here.stop - here.start, int)
            there = cells.of_subset(place[wider])
            parent = there.start + np.searchsorted(cells.code[there], code)
            is_repeat[here] |= (cells.n[:, parent] == cells.n[:, here]).all(axis=0)
    return is_repeat


def all_subsets(n_dimensions: int, most: int) -> list[Subset]:
    """Return every combination of up to so many dimensions, small ones first.

    Examples
    --------
    >>> all_subsets(2, 3)
    [(), (0,), (1,), (0, 1)]
    """
    return [subset for size in range(min(most, n_dimensions) + 1) for subset in combinations(range(n_dimensions), size)]


def combine(codes: Sequence[Indices] | Mapping[int, Indices], sizes: Sequence[int], subset: Subset) -> Indices:
    """Return one code per label for the values of several dimensions; the first varies slowest.

    Examples
    --------
    >>> combine([np.array([0, 1]), np.array([2, 0])], [2, 3], (0, 1)).tolist()
    [2, 3]
    """
    combined = codes[subset[0]]
    for dimension in subset[1:]:
        combined = combined * sizes[dimension] + codes[dimension]
    return combined


def width(sizes: Sequence[int], subset: Subset) -> int:
    """Return how many codes a subset of dimensions has."""
    return prod(sizes[dimension] for dimension in subset)


def tabulate(
    codes: Sequence[Indices], sizes: Sequence[int], subsets: Iterable[Subset], columns: Sequence[Numbers | None]
) -> Tables:
    """Return the sums of the columns per code of each subset; a column that is None counts labels.

    Rows are only gone over for subsets that are part of no larger one; the others are sums of those.
    """
    tables: Tables = {}
    for subset in sorted(subsets, key=len, reverse=True):
        wider = next((other for other in tables if set(subset) < set(other)), None)
        if wider is not None:
            tables[subset] = _margin(tables[wider], sizes, wider, subset)
        elif subset:
            combined, n_codes = combine(codes, sizes, subset), width(sizes, subset)
            sums = [np.bincount(combined, weights=column, minlength=n_codes) for column in columns]
            tables[subset] = np.array(sums, float)
        else:
            tables[subset] = np.array([[len(codes[0]) if one is None else one.sum()] for one in columns], float)
    return tables


def _margin(table: Numbers, sizes: Sequence[int], wider: Subset, subset: Subset) -> Numbers:
    cube = table.reshape(len(table), *(sizes[dimension] for dimension in wider))
    gone = tuple(place + 1 for place, dimension in enumerate(wider) if dimension not in subset)
    return cube.sum(axis=gone).reshape(len(table), -1)
