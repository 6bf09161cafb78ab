"""When a change began, given that it was reported."""

from typing import NamedTuple

import numpy as np

from feedback.drift.bets import HIGHEST_RATE, LOWEST_RATE, stakes
from feedback.stats import Numbers

LEVEL = 0.95


class Onset(NamedTuple):
    """Positions among the values: the likeliest first value of the change, and the ends of its interval."""

    at: int
    low: int
    high: int


def estimate_onset(values: Numbers, expected: Numbers) -> Onset:
    """Return where a fall of the mean began, with a 95 % interval.

    The evidence of the detector is a sum over all values at which the change may have begun; the terms, without the
    safety margin, are the weights here.

    Parameters
    ----------
    values
        Those a detector had taken in when it reported, in [0, 1]; at least one.
    expected
        What was expected of each, without a margin.

    References
    ----------
    Shiryaev (1963), On optimum methods in quickest detection problems, Theory of Probability and its Applications 8.

    Examples
    --------
    >>> values = np.concatenate([np.tile([1, 1, 1, 1, 0], 40), np.tile([1, 0], 40)])
    >>> estimate_onset(values, np.full(280, 0.8))
    Onset(at=199, low=176, high=212)
    """
    p = np.clip(expected, LOWEST_RATE, HIGHEST_RATE)
    growth = np.log1p(stakes(p)[0] * (p - values))
    from_here = np.cumsum(growth[:, ::-1], axis=1)[:, ::-1]
    return _by_weight(np.exp(from_here - from_here.max()).sum(axis=0))


def estimate_shift(values: Numbers, level: float, variance: float) -> Onset:
    """Return where the mean fell below a level, for values that spread little, with a 95 % interval.

    Each start is weighed by the likelihood of the values from there on having a mean of their own.

    Examples
    --------
    >>> estimate_shift(np.array([0.5, 0.48, 0.52, 0.5, 0.3, 0.33, 0.29]), 0.5, 0.001)
    Onset(at=4, low=4, high=4)
    """
    n_from = np.arange(len(values), 0, -1)
    below = np.maximum(level - np.cumsum(values[::-1])[::-1] / n_from, 0)
    fit = n_from * below**2 / (2 * max(variance, 1e-9))
    return _by_weight(np.exp(fit - fit.max()))


def _by_weight(weight: Numbers) -> Onset:
    share = np.cumsum(weight) / weight.sum()
    tail = (1 - LEVEL) / 2
    low, high = np.searchsorted(share, [tail, 1 - tail])
    at = int(weight.argmax())
    return Onset(at, min(int(low), at), max(min(int(high), len(weight) - 1), at))
