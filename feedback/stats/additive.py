"""A logistic regression on factors, fitted factor by factor."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from feedback.stats.sums import Indices, Numbers, add_up

LONGEST_STEP = 1.0


class Factor(NamedTuple):
    """A factor: the level of each value, how many levels there are, and how firmly its effects are held at 0."""

    codes: Indices
    n_levels: int
    ridge: float


def fit_effects(y: Numbers, start: Numbers, factors: Sequence[Factor], *, passes: int) -> list[Numbers]:
    """Return what each level of each factor adds to the log-odds of y.

    The mode under normal priors of variance 1 / ridge around 0, by one Newton step per factor and pass: the
    levels of one factor do not overlap, so that a step is exact for it whatever their number.

    Parameters
    ----------
    y
        What came: in [0, 1], graded values allowed.
    start
        Log-odds of each to start from.
    factors
        The factors, each with one code per value.
    passes
        How often each factor has its turn.

    Examples
    --------
    >>> y = np.repeat([1.0, 0.0, 1.0, 0.0], [90, 10, 50, 50])
    >>> group = Factor(np.repeat([0, 1], 100), 2, ridge=0.01)
    >>> [effects.round(1).tolist() for effects in fit_effects(y, np.zeros(200), [group], passes=10)]
    [[2.2, 0.0]]
    """
    log_odds = start.copy()
    effects = [np.zeros(factor.n_levels) for factor in factors]
    for _ in range(passes):
        for place, factor in enumerate(factors):
            p = special.expit(log_odds)
            along = add_up(y - p, factor.codes, factor.n_levels) - factor.ridge * effects[place]
            bend = add_up(p * (1 - p), factor.codes, factor.n_levels) + factor.ridge
            step = np.clip(along / bend, -LONGEST_STEP, LONGEST_STEP)
            effects[place] += step
            log_odds += step[factor.codes]
    return effects


def shift_to_mean(log_odds: Numbers, weights: Numbers, mean: float, *, steps: int = 30) -> float:
    """Return what is to be added to all log-odds for their weighted mean probability to be the one given.

    Means beyond 0.0001 and 0.9999 are taken for these.

    Examples
    --------
    >>> round(shift_to_mean(np.array([0.0, 0.0]), np.ones(2), 0.9), 2)
    2.2
    """
    share, shift = weights / max(weights.sum(), 1e-9), 0.0
    wanted = float(np.clip(mean, 1e-4, 1 - 1e-4))
    for _ in range(steps):
        p = special.expit(log_odds + shift)
        # Sums, no dot products: those of many values occupy every core for less than they cost.
        missing, bend = wanted - float((share * p).sum()), float((share * p * (1 - p)).sum())
        step = float(np.clip(missing / max(bend, 1e-9), -1, 1))
        shift += step
        if abs(step) < 1e-8:
            break
    return shift
