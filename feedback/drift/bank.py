"""The drop detectors of many series side by side: what `DropDetector` does, a block of values of each at a time."""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from feedback.drift.bets import HIGHEST_RATE, PLANNED_DROPS, stakes
from feedback.drift.learning import UNIT, cautious_level
from feedback.stats import Indices, Numbers

BLOCK = 128
"""values taken in at once; products of so many factors still fit a float"""
AT_ONCE = 192
"""blocks taken in at once; more no longer fit the processor's cache"""
_LANES = len(PLANNED_DROPS)


@dataclass(frozen=True)
class Stretches:
    """The next values of some series, one series after the other.

    Attributes
    ----------
    series
        Number of the series of each stretch, each at most once.
    ends
        Where each stretch ends among the values; it begins where the last one ends.
    values, expected
        One entry per value, in order: the value, and what was expected of it (0 for a series that was told nothing).
    thresholds
        The evidence it takes at each value.
    """

    series: Indices
    ends: Indices
    values: Numbers
    expected: Numbers
    thresholds: Numbers


@dataclass(frozen=True)
class Crossings:
    """Where evidence reached its threshold: one entry each, by series and then position.

    `n_tested` values made the evidence, the one at the position among them; `n_learned` values before those taught
    the series its level, `level` above what was expected of them on average (no margin taken off).
    """

    series: Indices
    position: Indices
    evidence: Numbers
    n_tested: Indices
    n_learned: Indices
    level: Numbers

    def parts(self) -> tuple[Indices, Indices, Numbers]:
        """Return series, positions and evidence."""
        return self.series, self.position, self.evidence


@dataclass
class Bank:
    """The state of every detector, one row per series.

    A block holds up to `BLOCK` values, counted from where the detector began: M after n of them is P (M0 + S), where
    M0 is M before the block, P the product of its factors f and S the sum of w_i / (f_1 ... f_(i-1)). P and S of the
    block begun are kept, so that a log cut anywhere gives the same numbers to the last bit.
    """

    warmup: int
    margin_se: float
    to_learn: Indices = field(default_factory=lambda: np.empty(0, np.int64))
    n_learned: Indices = field(default_factory=lambda: np.empty(0, np.int64))
    n_tested: Indices = field(default_factory=lambda: np.empty(0, np.int64))
    learned: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 3), np.int64))
    shift: Numbers = field(default_factory=lambda: np.empty(0))
    evidence: Numbers = field(default_factory=lambda: np.empty(0))
    before: Numbers = field(default_factory=lambda: np.empty((0, _LANES)))
    product: Numbers = field(default_factory=lambda: np.empty((0, _LANES)))
    inverses: Numbers = field(default_factory=lambda: np.empty((0, _LANES)))
    in_block: Indices = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, shift: Numbers, *, is_learning: NDArray[np.bool_]) -> None:
        """Add series: with what they add to every expectation, or first to learn it from `warmup` values."""
        n = len(shift)
        fresh = Bank(
            self.warmup,
            self.margin_se,
            to_learn=np.where(is_learning, self.warmup, 0),
            n_learned=np.zeros(n, np.int64),
            n_tested=np.zeros(n, np.int64),
            learned=np.zeros((n, 3), np.int64),
            shift=np.asarray(shift, float),
            evidence=np.zeros(n),
            before=np.zeros((n, _LANES)),
            product=np.ones((n, _LANES)),
            inverses=np.zeros((n, _LANES)),
            in_block=np.zeros(n, np.int64),
        )
        for name in self.state_names():
            setattr(self, name, np.concatenate([getattr(self, name), getattr(fresh, name)]))

    @staticmethod
    def state_names() -> list[str]:
        """Return the names of the arrays with one row per series."""
        return [of.name for of in fields(Bank) if of.name not in ("warmup", "margin_se")]

    def restart(self, series: Indices) -> None:
        """Make the series forget their evidence and learn their level anew."""
        self.to_learn[series] = self.warmup
        self.n_learned[series] = self.n_tested[series] = 0
        self.learned[series] = 0
        self.in_block[series] = 0
        self.evidence[series] = 0
        self.before[series] = 0
        self.product[series] = 1
        self.inverses[series] = 0

    def update(self, given: Stretches) -> Crossings:
        """Take in the values and return where evidence reached its threshold."""
        found: list[tuple[np.ndarray, ...]] = []
        starts = np.concatenate([[0], given.ends[:-1]])
        longest_first = np.argsort(starts - given.ends, kind="stable")
        for begin in range(0, len(longest_first), AT_ONCE):
            some = longest_first[begin : begin + AT_ONCE]
            self._update_some(given, given.series[some], starts[some], given.ends[some], found)
        if not found:
            return NO_CROSSINGS
        parts = [np.concatenate(part) for part in zip(*found, strict=True)]
        order = np.lexsort((parts[1], parts[0]))
        return Crossings(*(part[order] for part in parts))

    def _update_some(
        self, given: Stretches, series: Indices, cursor: Indices, ends: Indices, found: list[tuple]
    ) -> None:
        cursor = cursor.copy()
        while (is_open := cursor < ends).any():
            if not is_open.all():
                series, cursor, ends = series[is_open], cursor[is_open], ends[is_open]
            learning = np.flatnonzero(self.to_learn[series] > 0)
            for at in learning:
                cursor[at] = self._learn(given, series[at], cursor[at], ends[at])
            if len(learning):
                continue
            hit, position, evidence, steps = self._take_blocks(given, series, cursor, ends)
            cursor += steps
            self.n_tested[series] += steps
            if len(hit):
                found.append((series[hit], position, evidence, *self.account(series[hit])))
                self.restart(series[hit])

    def account(self, series: Indices) -> tuple[Indices, Indices, Numbers]:
        """Return of each series how many values made its evidence and how many taught it which level."""
        n_learned = self.n_learned[series]
        return self.n_tested[series], n_learned, self.learned[series, 0] / UNIT / np.maximum(n_learned, 1)

    def _learn(self, given: Stretches, series: int, start: int, end: int) -> int:
        """Learn from the values of one series and return where it stopped."""
        stop = min(start + int(self.to_learn[series]), end)
        values = given.values[start:stop]
        residuals = values - given.expected[start:stop]
        sums = [np.rint(some * UNIT).astype(np.int64).sum() for some in (residuals, residuals**2, values)]
        self.learned[series] += sums
        self.to_learn[series] -= stop - start
        self.n_learned[series] += stop - start
        if self.to_learn[series] == 0:
            total, squares, total_values = (int(number) for number in self.learned[series])
            self.shift[series] = cautious_level(self.warmup, total, squares, total_values, self.margin_se)
        return stop

    def _take_blocks(
        self, given: Stretches, series: Indices, cursor: Indices, ends: Indices
    ) -> tuple[Indices, Indices, Numbers, Indices]:
        """Take in the next blocks of each series; return which crossed, where, with what evidence, and all steps."""
        starts, widths = self._lay_out(series, cursor, ends)
        at = starts[:, :, None] + np.arange(widths.max())
        is_inside = at < (starts + widths)[:, :, None]
        at = np.minimum(at, len(given.values) - 1)
        product, inverses = self._accumulate(given, series, at, is_inside)
        filled = np.maximum(widths - 1, 0)[None, :, :, None]
        product_at_end, inverses_at_end = (np.take_along_axis(of, filled, 3)[..., 0] for of in (product, inverses))
        with np.errstate(over="ignore", invalid="ignore"):
            before = self._chain(series, product_at_end, inverses_at_end)
            inverses += before[..., None]
            inverses *= product
            evidence = (np.add.reduce(inverses) / _LANES).reshape(len(series), -1)
        is_hit = (evidence >= given.thresholds[at].reshape(evidence.shape)) & is_inside.reshape(evidence.shape)
        hit = np.flatnonzero(is_hit.any(axis=1))
        first = is_hit[hit].argmax(axis=1)
        self._keep(series, widths, product_at_end, inverses_at_end, before)
        position = at.reshape(evidence.shape)[hit, first]
        steps = widths.sum(axis=1)
        steps[hit] = position - cursor[hit] + 1
        return hit, position, evidence[hit, first], steps

    def _lay_out(self, series: Indices, cursor: Indices, ends: Indices) -> tuple[Indices, Indices]:
        """Return where the next blocks of each series start, the one begun first, and how wide they are."""
        n_blocks = max(AT_ONCE // len(series), 1)
        rest = BLOCK - self.in_block[series]
        offsets = np.arange(n_blocks) * BLOCK
        starts = cursor[:, None] + np.maximum(offsets - BLOCK + rest[:, None], 0) * (offsets > 0)
        widths = np.full_like(starts, BLOCK)
        widths[:, 0] = rest
        widths = np.clip(ends[:, None] - starts, 0, widths)
        used = widths.any(axis=0)
        return starts[:, used], widths[:, used]

    def _accumulate(
        self, given: Stretches, series: Indices, at: Indices, is_inside: NDArray[np.bool_]
    ) -> tuple[Numbers, Numbers]:
        """Return P and S after each value: lanes, series, blocks, values."""
        expected = np.minimum(given.expected[at] + self.shift[series][:, None, None], HIGHEST_RATE)
        factors, weights = stakes(expected)
        factors *= expected - given.values[at]
        factors += 1
        factors[:, ~is_inside] = 1
        earlier = np.empty_like(factors)
        earlier[..., 0] = 1
        earlier[:, :, 0, 0] = self.product[series].T
        factors[..., 0] *= earlier[..., 0]
        with np.errstate(over="ignore"):
            product = np.multiply.accumulate(factors, axis=3, out=factors)
            earlier[..., 1:] = product[..., :-1]
            np.divide(weights, earlier, out=earlier)
            earlier[:, :, 0, 0] += self.inverses[series].T
            inverses = np.add.accumulate(earlier, axis=3, out=earlier)
        return product, inverses

    def _chain(self, series: Indices, product: Numbers, inverses: Numbers) -> Numbers:
        """Return M before each block, given P and S at the end of each: lanes, series, blocks."""
        before = np.empty_like(product)
        before[:, :, 0] = self.before[series].T
        for block in range(1, product.shape[2]):
            before[:, :, block] = (inverses[:, :, block - 1] + before[:, :, block - 1]) * product[:, :, block - 1]
        return before

    def _keep(self, series: Indices, widths: Indices, product: Numbers, inverses: Numbers, before: Numbers) -> None:
        """Keep the last block of each series that holds a value: as begun, or the M after it when it is full."""
        last = np.maximum((widths > 0).sum(axis=1) - 1, 0)
        rows = np.arange(len(series))
        p, s, m = (of[:, rows, last].T for of in (product, inverses, before))
        with np.errstate(over="ignore", invalid="ignore"):
            after = (s + m) * p
        reached = widths[rows, last] + np.where(last == 0, self.in_block[series], 0)
        is_full = (reached == BLOCK)[:, None]
        self.evidence[series] = np.add.reduce(after, axis=1) / _LANES
        self.before[series] = np.where(is_full, after, m)
        self.product[series] = np.where(is_full, 1.0, p)
        self.inverses[series] = np.where(is_full, 0.0, s)
        self.in_block[series] = np.where(is_full[:, 0], 0, reached)


_NOTHING = np.empty(0, np.int64)
NO_CROSSINGS = Crossings(_NOTHING, _NOTHING, np.empty(0), _NOTHING, _NOTHING, np.empty(0))
