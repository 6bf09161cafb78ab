"""How far out each cell has moved, given that what one person does is alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.segments.cells import Cells, Subset, Tables, combine, tabulate
from feedback.segments.rows import Window, Windows
from feedback.stats.clustered_change import Spread, Sums, variance_of_change
from feedback.stats.sums import Indices, Numbers
from feedback.stats.tails import normal_score

# So many cells are looked into one by one; after that a whole subset of dimensions at a time is cheaper.
MOST_SINGLY = 60
# What a condition must add to the squared score to be worth naming.
COST_OF_CONDITION = 6.0
# Fewer people than this say nothing about other people.
MIN_PERSONS = 5
# Where one person makes more than half of a drop, it is that person who changed.
LEAST_WITHOUT_ONE = 0.5
# What is usual for a cell's conditions on their own counts as much as so many people of the cell itself.
PRIOR_FREEDOM = 10.0
# Fewer people do not show how alike the answers of one are.
ENOUGH_PERSONS = 30


@dataclass
class Scores:
    """The cells and how uncertain the change of each is: exactly where it matters, at least so much elsewhere.

    The variance of independent labels is known for every cell. That of clusters takes a pass over the rows and
    is worked out for a cell only when it would be chosen; it is never taken to be less.
    """

    windows: Windows
    cells: Cells
    residuals: tuple[Numbers, Numbers]
    line: float
    variance: Numbers
    freedom: Numbers
    without_one: Numbers  # share of its drop that is left without the person who adds most to it
    is_exact: np.ndarray
    likeness: Numbers  # correlation between answers of one person that is usual there
    n_looked_into: int = 0

    @classmethod
    def start(cls, windows: Windows, cells: Cells, residuals: tuple[Numbers, Numbers], line: float) -> "Scores":
        """Return the scores of independent labels, and how alike the answers of one person usually are."""
        n = len(cells.code)
        variance, freedom = variance_of_labels(cells), np.full(n, 1e6)
        scores = cls(windows, cells, residuals, line, variance, freedom, np.ones(n), np.zeros(n, bool), np.zeros(n))
        scores._measure_likeness()
        return scores

    def _measure_likeness(self) -> None:
        """Set the likeness of each cell to the greatest of everything and of its conditions on their own."""
        cells, sizes = self.cells, self.windows.sizes
        alone = {cell: self._likeness_of(cell) for cell in np.flatnonzero(cells.n_conditions <= 1).tolist()}
        of_values = [np.zeros(size) for size in sizes]
        for cell, likeness in alone.items():
            for dimension, code in cells.conditions(cell, sizes):
                of_values[dimension][code] = likeness
        self.likeness[:] = alone.get(0, 0.0) if len(cells.code) and cells.n_conditions[0] == 0 else 0.0
        for position, subset in enumerate(cells.subsets):
            here = cells.of_subset(position)
            codes = np.unravel_index(cells.code[here], [sizes[one] for one in subset]) if subset else ()
            for dimension, code in zip(subset, codes, strict=True):
                np.maximum(self.likeness[here], of_values[dimension][code], out=self.likeness[here])

    def _likeness_of(self, cell: int) -> float:
        """Return by how much more alike a person's answers are than others', as their correlation, in one cell."""
        spread = _spread_of_cell(self, cell)
        if spread.n_clusters[0] < ENOUGH_PERSONS:
            return 0.0
        excess = float(spread.variance[0] / self.variance[cell]) - 1
        return min(max(excess / max(float(spread.cluster_size[0]) - 1, 1e-9), 0.0), 1.0)

    def change(self) -> Numbers:
        """Return the change of each cell that nothing explains yet."""
        before, after = self.cells.residual / self.cells.weight
        return after - before

    def drop_in_errors(self, change: Numbers | None = None) -> Numbers:
        """Return how many standard errors each cell has dropped, as a normal score."""
        moved = self.change() if change is None else change
        z = normal_score(-moved / np.sqrt(self.variance), self.freedom)
        return np.where(self.without_one < LEAST_WITHOUT_ONE, 0.0, z)

    def worst(self) -> int | None:
        """Return the cell over the line that stands out most for its number of conditions; None without any."""
        while True:
            z = self.drop_in_errors()
            rank = np.where(z > self.line, z**2 - COST_OF_CONDITION * self.cells.n_conditions, -np.inf)
            cell = int(rank.argmax())
            if rank[cell] == -np.inf:
                return None
            if self.is_exact[cell]:
                return cell
            self._look_into(cell, z)

    def make_exact(self, cell: int) -> None:
        """Work out the variance of a cell from its rows."""
        if not self.is_exact[cell]:
            self._set(np.array([cell]), _spread_of_cell(self, cell))

    def _look_into(self, cell: int, z: Numbers) -> None:
        self.n_looked_into += 1
        if self.n_looked_into <= MOST_SINGLY:
            self.make_exact(cell)
            return
        here = self.cells.of_subset(int(self.cells.subset[cell]))
        over = np.flatnonzero((z[here] > self.line) & ~self.is_exact[here]) + here.start
        self._set(over, _spread_of_cells(self, over))

    def _set(self, cells: Indices, found: Spread) -> None:
        """Take the clustered variance, moderated by what is usual for clusters so large.

        References
        ----------
        Smyth (2004), Linear models and empirical Bayes methods for assessing differential expression in
        microarray experiments, Statistical Applications in Genetics and Molecular Biology 3.
        """
        alone, own = self.variance[cells], found.degrees_of_freedom.clip(min=0.5)
        usual = alone * (1 + self.likeness[cells] * (found.cluster_size - 1).clip(min=0))
        moderated = (PRIOR_FREEDOM * usual + own * found.variance) / (PRIOR_FREEDOM + own)
        is_enough = found.n_clusters >= MIN_PERSONS
        self.variance[cells] = np.where(is_enough, np.maximum(moderated, alone), np.inf)
        self.freedom[cells] = own + PRIOR_FREEDOM
        self.without_one[cells] = found.without_the_strongest
        self.is_exact[cells] = True


def add_cells(windows: Windows, subsets: Sequence[Subset], residuals: tuple[Numbers, Numbers], *, min_n: int) -> Cells:
    """Return all cells with at least `min_n` labels in both windows."""
    tables = [
        _tabulate(window, windows, subsets, residual)
        for window, residual in zip((windows.before, windows.after), residuals, strict=True)
    ]
    kept = {
        subset: np.flatnonzero(np.minimum(tables[0][subset][0], tables[1][subset][0]) >= min_n) for subset in subsets
    }
    sums = np.stack(
        [np.concatenate([table[subset][:, kept[subset]] for subset in subsets], axis=1) for table in tables]
    )
    position = np.repeat(np.arange(len(subsets)), [len(kept[subset]) for subset in subsets])
    code = np.concatenate([kept[subset] for subset in subsets])
    return Cells(subsets, code, position, *(sums[:, row] for row in range(5)))


def variance_of_labels(cells: Cells) -> Numbers:
    """Return the variance of each change as if labels were independent.

    In either window the spread of its values or that of both together, whichever is more: a few labels that
    happen to be equal are not certain.
    """
    mean = cells.residual / cells.weight
    spread = np.maximum(cells.squared_residual / cells.weight - mean**2, 1e-9)
    together = (spread * cells.weight).sum(axis=0) / cells.weight.sum(axis=0)
    return (np.maximum(spread, together) * cells.squared_weight / cells.weight**2).sum(axis=0)


def _tabulate(window: Window, windows: Windows, subsets: Sequence[Subset], residual: Numbers) -> Tables:
    if not windows.is_weighted:
        tables = tabulate(window.codes, windows.sizes, subsets, [None, residual, residual**2])
        return {subset: table.take([0, 0, 0, 1, 2], axis=0) for subset, table in tables.items()}
    w = window.weight
    return tabulate(window.codes, windows.sizes, subsets, [None, w, w**2, w * residual, w * residual**2])


def _spread_of_cell(scores: Scores, cell: int) -> Spread:
    """Return how uncertain the change of one cell is, clustered by person."""
    windows = scores.windows
    conditions = scores.cells.conditions(cell, windows.sizes)
    weight, total = np.zeros((2, 2, windows.n_persons))
    for period, (window, residual) in enumerate(zip((windows.before, windows.after), scores.residuals, strict=True)):
        rows = window.find(conditions)
        w = window.weight[rows]
        weight[period] = np.bincount(window.person[rows], weights=w, minlength=windows.n_persons)
        total[period] = np.bincount(window.person[rows], weights=w * residual[rows], minlength=windows.n_persons)
    is_there = weight.sum(axis=0) > 0
    return variance_of_change(Sums(weight[:, is_there], total[:, is_there]), np.zeros(int(is_there.sum()), int), 1)


def _spread_of_cells(scores: Scores, cells: Indices) -> Spread:
    """Return how uncertain the changes of cells of one subset of dimensions are, clustered by person."""
    windows, sizes = scores.windows, scores.windows.sizes
    subset = scores.cells.subsets[int(scores.cells.subset[cells[0]])]
    keys, parts = [], []
    for period, (window, residual) in enumerate(zip((windows.before, windows.after), scores.residuals, strict=True)):
        combined = combine(window.codes, sizes, subset) if subset else np.zeros(window.n, int)
        place = np.searchsorted(scores.cells.code[cells], combined).clip(max=len(cells) - 1)
        rows = np.flatnonzero(scores.cells.code[cells][place] == combined)
        keys.append(place[rows] * windows.n_persons + window.person[rows])
        parts.append((period, window.weight[rows], window.weight[rows] * residual[rows]))
    found, cluster = np.unique(np.concatenate(keys), return_inverse=True)
    weight, total = np.zeros((2, 2, len(found)))
    for (period, w, weighted), one in zip(parts, np.split(cluster, [len(keys[0])]), strict=True):
        weight[period] = np.bincount(one, weights=w, minlength=len(found))
        total[period] = np.bincount(one, weights=weighted, minlength=len(found))
    return variance_of_change(Sums(weight, total), found // windows.n_persons, len(cells))
