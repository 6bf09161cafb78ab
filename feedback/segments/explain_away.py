"""Which segments together explain what was lost: the worst one, what is left without it, and so on."""

from dataclasses import dataclass, field

import numpy as np

from feedback.segments.cells import tabulate
from feedback.segments.rivals import MOST_STEPS, Labels, find_rival
from feedback.segments.rows import Windows
from feedback.segments.scores import Scores
from feedback.stats.additive import shift_to_mean
from feedback.stats.logistic import from_log_odds
from feedback.stats.sums import Indices, Numbers

MOST_SEGMENTS = 20
# A segment chosen early was judged while others still hid behind it; two more looks settle nearly all.
RECONSIDERED = 2


@dataclass
class Explanation:
    """The segments chosen so far, and what each label afterwards is expected to be worth given them."""

    scores: Scores
    log_odds: Numbers  # of the labels afterwards, before anything is explained
    chosen: list[int] = field(default_factory=list)
    rows: dict[int, Indices] = field(default_factory=dict)
    expected: Numbers = field(init=False)

    def __post_init__(self) -> None:
        self.expected = from_log_odds(self.log_odds)

    @property
    def windows(self) -> Windows:
        """The labels."""
        return self.scores.windows

    def explain(self, chosen: list[int]) -> None:
        """Let these segments, and no others, explain what was lost: each shifts the log-odds of its labels."""
        touched = self._rows_of_any({*chosen, *self.chosen})
        shifted = self.log_odds.copy()
        own = [np.zeros(len(self.rows_of(cell))) for cell in chosen]
        for _ in range(3 if len(chosen) > 1 else 1):
            for cell, shift in zip(chosen, own, strict=True):
                rows = self.rows_of(cell)
                shifted[rows] -= shift
                shift[:] = shift_to_mean(shifted[rows], self.windows.after.weight[rows], self._mean_to_reach(cell))
                shifted[rows] += shift
        expected = from_log_odds(shifted[touched])
        self._move(touched, self.expected[touched] - expected)
        self.expected[touched] = expected
        self.chosen = list(chosen)

    def worst(self) -> int | None:
        """Return the cell that stands out most, or a rival that explains its drop better; None without any."""
        cell = self.scores.worst()
        for _ in range(MOST_STEPS):
            rival = None if cell is None else find_rival(self.scores, cell, self._labels_of(cell))
            if rival is None or rival in self.chosen:
                break
            cell = rival
        return cell

    def rows_of(self, cell: int) -> Indices:
        """Return the rows afterwards that a cell holds."""
        if cell not in self.rows:
            conditions = self.scores.cells.conditions(cell, self.windows.sizes)
            self.rows[cell] = self.windows.after.find(conditions)
        return self.rows[cell]

    def _labels_of(self, cell: int) -> Labels:
        before, after = self.windows.before, self.windows.after
        rows = before.find(self.scores.cells.conditions(cell, self.windows.sizes)), self.rows_of(cell)
        return Labels(rows, (self.scores.residuals[0], after.value - self.expected))

    def _rows_of_any(self, cells: set[int]) -> Indices:
        is_touched = np.zeros(self.windows.after.n, bool)
        for cell in cells:
            is_touched[self.rows_of(cell)] = True
        return np.flatnonzero(is_touched)

    def _mean_to_reach(self, cell: int) -> float:
        """Return the mean afterwards, less what the cell was off before."""
        rows, after = self.rows_of(cell), self.windows.after
        cells = self.scores.cells
        off = cells.residual[0, cell] / cells.weight[0, cell]
        return float(np.average(after.value[rows], weights=after.weight[rows]) - off)

    def _move(self, rows: Indices, by: Numbers) -> None:
        """Add to the residuals of some labels, in every cell."""
        cells, sizes, after = self.scores.cells, self.windows.sizes, self.windows.after
        codes = [codes[rows] for codes in after.codes]
        tables = tabulate(codes, sizes, cells.subsets, [by * after.weight[rows]])
        for position, subset in enumerate(cells.subsets):
            here = cells.of_subset(position)
            cells.residual[1, here] += tables[subset][0, cells.code[here]]


def explain_away(explanation: Explanation) -> None:
    """Choose segments until none is left over the line, then look at each again given all the others."""
    _extend(explanation)
    for _ in range(RECONSIDERED):
        settled = explanation.chosen
        _reconsider(explanation)
        _extend(explanation)
        if set(explanation.chosen) == set(settled):
            break


def _extend(explanation: Explanation) -> None:
    while len(explanation.chosen) < MOST_SEGMENTS:
        cell = explanation.worst()
        if cell is None or cell in explanation.chosen:
            return
        explanation.explain([*explanation.chosen, cell])


def _reconsider(explanation: Explanation) -> None:
    for cell in list(explanation.chosen):
        others = [one for one in explanation.chosen if one != cell]
        explanation.explain(others)
        better = explanation.worst()
        explanation.explain(others if better is None or better in others else [*others, better])
