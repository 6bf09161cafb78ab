"""Which of two overlapping segments a drop belongs to, where parts of them grew or shrank unlike.

A segment that grew from few labels stands out less by itself than a wider one around it, for that has many labels
of before; but these are of other conditions and say nothing about it. So two candidates are compared on what lies in
both, in the one only and in the other only, each part against its own labels of before. Where the mix did not change
that gives their own scores again.
"""

from typing import NamedTuple

import numpy as np

from feedback.segments.cells import tabulate
from feedback.segments.scores import COST_OF_CONDITION, Scores
from feedback.stats.sums import Indices, Numbers

# Each step is to a better explanation; more than one or two are rare.
MOST_STEPS = 5
# Sums of weights that are differences are not quite 0 where nothing is left.
NOTHING = 1e-6


class Labels(NamedTuple):
    """Rows of one segment, before and after, and how far every label is from expected."""

    rows: tuple[Indices, Indices]
    residuals: tuple[Numbers, Numbers]


class Part(NamedTuple):
    """Sums over some labels of each cell; arrays have a row per window."""

    weight: Numbers
    squared_weight: Numbers
    residual: Numbers

    def without(self, other: "Part") -> "Part":
        """Return the sums over the labels that are not in a part of this one."""
        return Part(*(whole - part for whole, part in zip(self, other, strict=True)))

    def drop(self) -> tuple[Numbers, Numbers]:
        """Return the drop of each mean, and its precision in labels; 0 where a window has none."""
        is_there = self.weight.min(axis=0) > NOTHING
        weight = np.where(is_there, self.weight, 1.0)
        before, after = self.residual / weight
        precision = 1 / (np.where(is_there, self.squared_weight, 1.0) / weight**2).sum(axis=0)
        return np.where(is_there, before - after, 0.0), np.where(is_there, precision, 0.0)


def find_rival(scores: Scores, cell: int, labels: Labels) -> int | None:
    """Return the cell over the line that explains a drop better than the one given; None where none does.

    Each explanation is that one drop runs through all of a cell and none through the rest of the other; what counts
    is what it explains over the variance of the cell, less the cost of its conditions.
    """
    cells = scores.cells
    every = Part(cells.weight, cells.squared_weight, cells.residual)
    own = Part(*(sums[:, [cell]] for sums in every))
    both = _shared(scores, labels)
    cost = COST_OF_CONDITION * cells.n_conditions
    line = _explained(both, own.without(both)) / (scores.variance[cell] * own.drop()[1]) - cost[cell]
    explained, precision = _explained(both, every.without(both)), every.drop()[1]
    is_rival = (both.weight.min(axis=0) > NOTHING) & (np.arange(len(cost)) != cell)
    while True:
        is_rival &= scores.drop_in_errors() > scores.line
        lead = np.where(is_rival, explained / (scores.variance * precision) - cost - line, -np.inf)
        rival = int(lead.argmax())
        if lead[rival] <= 0:
            return None
        if scores.is_exact[rival]:
            return rival
        scores.make_exact(rival)


def _explained(inner: Part, outer: Part) -> Numbers:
    """Return the squares that one drop through both parts explains."""
    (drop, precision), (other_drop, other_precision) = inner.drop(), outer.drop()
    total = np.maximum(drop * precision + other_drop * other_precision, 0)
    return total**2 / np.maximum(precision + other_precision, 1e-9)


def _shared(scores: Scores, labels: Labels) -> Part:
    """Return the sums over the labels that each cell shares with a segment."""
    cells, windows = scores.cells, scores.windows
    sums = np.empty((3, 2, len(cells.code)))
    for period, (window, rows, residual) in enumerate(
        zip((windows.before, windows.after), labels.rows, labels.residuals, strict=True)
    ):
        w = window.weight[rows]
        codes = [codes[rows] for codes in window.codes]
        # Labels of equal weight need counting once only.
        weights = [w, w**2] if windows.is_weighted else [None]
        tables = tabulate(codes, windows.sizes, cells.subsets, [*weights, w * residual[rows]])
        columns = [0, 1, 2] if windows.is_weighted else [0, 0, 1]
        for position, subset in enumerate(cells.subsets):
            here = cells.of_subset(position)
            sums[:, period, here] = tables[subset][columns][:, cells.code[here]]
    return Part(*sums)
