"""A logistic regression that learns as labels become final: what it expects of a label, and what it learned so far."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from feedback.stats import Indices, Numbers, from_log_odds

# It brings most of SciPy along, which takes longer to load than most commands to run: loaded where it is used.
if TYPE_CHECKING:
    from river.linear_model import LogisticRegression

MOST_VALUES = 1_000
"""values of a dimension with a weight of their own; the rest share one"""
MOST_SPREADS = 4.0
"""a measure further from its mean counts as this many standard deviations"""
LEAST, GREATEST = 0.001, 0.999
"""nothing is expected with more certainty"""
LEARNING_RATE = 0.1
INTERCEPT_RATE = 0.5
"""for the first label; it falls with the root of their number"""
_KNOWN, _SHARED = "known", "(other values)"
Key = tuple[str, str | None]
"""of a weight: a dimension and its value, or a measure and whether it is known"""


class SoftLog:
    """The logistic loss for a label anywhere in [0, 1], as river takes it; its own takes 0 and 1 only.

    Examples
    --------
    >>> SoftLog().gradient(0.25, 0.0)
    0.25
    """

    def gradient(self, y_true: float, y_pred: float) -> float:
        """Return the derivative by the log-odds: what was expected less what came."""
        return 1 / (1 + exp(-max(min(y_pred, 500.0), -500.0))) - y_true


def make_regression() -> "LogisticRegression":
    """Return river's logistic regression as it is used here, before it has learned anything."""
    from river.linear_model import LogisticRegression
    from river.optim import AdaGrad
    from river.optim.schedulers import InverseScaling

    falling = InverseScaling(INTERCEPT_RATE, power=0.5)
    loss: Any = SoftLog()
    return LogisticRegression(AdaGrad(LEARNING_RATE), loss=loss, intercept_lr=falling)


@dataclass
class Moments:
    """Count, mean and sum of squared deviations of a measure, so far."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: Numbers) -> None:
        """Take in further values."""
        known = values[~np.isnan(values)]
        if not len(known):
            return
        mean, n = float(known.mean()), self.n + len(known)
        self.squares += float(((known - mean) ** 2).sum()) + (mean - self.mean) ** 2 * self.n * len(known) / n
        self.mean += (mean - self.mean) * len(known) / n
        self.n = n

    def scale(self, values: Numbers) -> Numbers:
        """Return standard deviations from the mean; zero while nothing varies, NaN where unknown."""
        spread = (self.squares / self.n) ** 0.5 if self.n else 0.0
        if spread <= 1e-12 * max(abs(self.mean), 1.0):
            return values * 0.0
        return np.clip((values - self.mean) / spread, -MOST_SPREADS, MOST_SPREADS)


@dataclass(frozen=True)
class Encoded:
    """Labels in order as numbers: `codes` of each dimension into its `values`, measures on a log scale."""

    values: Sequence[Sequence[str | None]]
    codes: Sequence[Indices]
    measures: Sequence[Numbers]
    label: Numbers


def encode(labels: pl.DataFrame, dimensions: Sequence[str], measures: Sequence[str]) -> Encoded:
    """Return the labels as numbers; `label` is the column to be expected, NaN where unknown."""
    values, codes = [], []
    for name in dimensions:
        column = labels[name].cast(pl.String)
        known = column.drop_nulls().unique().sort()
        places = column.cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(len(known))
        values.append([*known.to_list(), None])
        codes.append(places.to_numpy())
    return Encoded(values, codes, [_log_scale(labels[name]) for name in measures], _numbers(labels["label"]))


def _numbers(column: pl.Series) -> Numbers:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _log_scale(column: pl.Series) -> Numbers:
    """Return a measure with its long tail drawn in: sign times log of one more than the size; NaN where unknown."""
    numbers = _numbers(column)
    finite = np.where(np.isfinite(numbers), numbers, np.nan)
    return np.sign(finite) * np.log1p(np.abs(finite))


def _present(codes: Indices, n_values: int) -> tuple[Iterable[int], Indices]:
    """Return the values to look up and where each code has its own; of more values than rows, those present only."""
    if n_values <= len(codes):
        return range(n_values), codes
    present, places = np.unique(codes, return_inverse=True)
    return present.tolist(), places


@dataclass
class Regression:
    """River's logistic regression over values of dimensions and scaled measures.

    A dimension that is null and a measure that is unknown have a weight each. A value has one from the first label
    learned from; the values past the first thousand of a dimension share one.
    """

    dimensions: Sequence[str]
    measures: Sequence[str]
    moments: dict[str, Moments] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin without weights."""
        self._river = make_regression()
        self.moments = {name: self.moments.get(name, Moments()) for name in self.measures}
        self.values: dict[str, set[str | None]] = {name: set() for name in self.dimensions}

    def expect(self, rows: Encoded, span: slice) -> Numbers:
        """Return what is expected of each label of a span of rows, from what was learned so far."""
        weights = self._river.weights
        total = np.full(len(rows.label[span]), self._river.intercept)
        for name, values, codes in zip(self.dimensions, rows.values, rows.codes, strict=True):
            shared = weights.get((name, _SHARED), 0.0)
            present, places = _present(codes[span], len(values))
            total += np.array([weights.get((name, values[at]), shared) for at in present])[places]
        for name, measure in zip(self.measures, rows.measures, strict=True):
            scaled = self.moments[name].scale(measure[span])
            flag = weights.get((name, None), 0.0)
            total += np.where(np.isnan(scaled), flag, scaled * weights.get((name, _KNOWN), 0.0))
        return np.clip(from_log_odds(total), LEAST, GREATEST)

    def learn(self, rows: Encoded, span: slice, *, most: int) -> int:
        """Return how many labels of a span were learned from: the known ones, of more than `most` every k-th."""
        for name, measure in zip(self.measures, rows.measures, strict=True):
            self.moments[name].add(measure[span])
        label = rows.label[span]
        known = np.flatnonzero(~np.isnan(label))
        chosen = known[:: -(-len(known) // most) or 1]
        for row, value in zip(self._rows(rows, span, chosen), label[chosen].tolist(), strict=True):
            self._river.learn_one(row, value)
        return len(chosen)

    def _rows(self, rows: Encoded, span: slice, chosen: Indices) -> Iterator[dict[Key, float]]:
        """Yield the chosen labels of a span as river takes them: one dictionary each."""
        columns = []
        for name, values, codes in zip(self.dimensions, rows.values, rows.codes, strict=True):
            columns.append([(self._key(name, values[code]), 1.0) for code in codes[span][chosen].tolist()])
        for name, measure in zip(self.measures, rows.measures, strict=True):
            scaled = self.moments[name].scale(measure[span][chosen])
            flags = np.isnan(scaled)
            keys = [(name, None) if is_unknown else (name, _KNOWN) for is_unknown in flags.tolist()]
            columns.append(list(zip(keys, np.where(flags, 1.0, scaled).tolist(), strict=True)))
        return map(dict, zip(*columns, strict=True)) if columns else repeat({}, len(chosen))

    def _key(self, name: str, value: str | None) -> Key:
        """Return the key of the weight of a value; past too many a new one shares one."""
        known = self.values[name]
        if value not in known:
            if len(known) >= MOST_VALUES:
                return (name, _SHARED)
            known.add(value)
        return (name, value)

    def weights(self) -> tuple[list[Key], Numbers, Numbers, float]:
        """Return the keys of the weights, the weights, the squares of their gradients so far, and the intercept."""
        held, squares = self._river.weights, self._river.optimizer.g2
        keys = list(held)
        return (
            keys,
            np.array([held[key] for key in keys]),
            np.array([squares[key] for key in keys]),
            self._river.intercept,
        )

    def restore(self, keys: Sequence[Key], weights: Numbers, squares: Numbers, intercept: float, *, n: int) -> None:
        """Put back what `weights` gave, after `n` labels were learned from."""
        from river.utils import VectorDict

        for name, value in keys:
            if name in self.values and value != _SHARED:
                self.values[name].add(value)
        self._river._weights = VectorDict(dict(zip(keys, weights.tolist(), strict=True)))
        self._river.optimizer.g2.update(zip(keys, squares.tolist(), strict=True))
        self._river.optimizer.n_iterations = n
        self._river.intercept = intercept
