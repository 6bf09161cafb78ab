"""Small logistic fits, one per group and all groups at once."""

import numpy as np
from scipy import special

from feedback.stats.sums import Indices, Numbers, add_up

MOST_STEPS = 100
LONGEST_STEP = 1.0
SUREST = 1e-4
CLOSE_ENOUGH = 1e-8
# Variances of the normal priors: a level may well be two logits off, a slope rarely twice as steep.
LEVEL_RIDGE, SLOPE_RIDGE, SHIFT_RIDGE = 0.25, 1.0, 1.0


def fit_lines(x: Numbers, y: Numbers, group: Indices, n_groups: int) -> tuple[Numbers, Numbers]:
    """Return level and slope of `logit P(y) = level + slope * x`, per group, drawn towards 0 and 1.

    Parameters
    ----------
    x, y
        The log-odds that were predicted, and what came: in [0, 1], graded values allowed.
    group
        The group of each, from 0 to `n_groups` - 1.

    Returns
    -------
    tuple of arrays
        One level and one slope per group: the modes under normal priors of variance 4 around 0 and of variance 1
        around 1. A group without rows has 0 and 1: the prediction as it is.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines.

    Examples
    --------
    >>> x = np.repeat([-1.0, 1.0, 3.0], 100)
    >>> y = np.concatenate([np.arange(100) < good for good in (12, 50, 88)]).astype(float)
    >>> level, slope = fit_lines(x, y, np.zeros(300, int), 1)
    >>> level.round(1).tolist(), slope.round(1).tolist()
    ([-1.0], [1.0])
    """
    level, slope = np.zeros(n_groups), np.ones(n_groups)
    for _ in range(MOST_STEPS):
        p = special.expit(level[group] + slope[group] * x)
        error, spread = y - p, p * (1 - p)
        along_level = add_up(error, group, n_groups) - LEVEL_RIDGE * level
        along_slope = add_up(error * x, group, n_groups) - SLOPE_RIDGE * (slope - 1)
        bend_level = add_up(spread, group, n_groups) + LEVEL_RIDGE
        bend_both = add_up(spread * x, group, n_groups)
        bend_slope = add_up(spread * x * x, group, n_groups) + SLOPE_RIDGE
        area = bend_level * bend_slope - bend_both**2
        step_level = _shorten((bend_slope * along_level - bend_both * along_slope) / area)
        step_slope = _shorten((bend_level * along_slope - bend_both * along_level) / area)
        level, slope = level + step_level, slope + step_slope
        if max(_longest(step_level), _longest(step_slope)) < CLOSE_ENOUGH:
            break
    return level, slope


def fit_shifts(log_odds: Numbers, y: Numbers, group: Indices, n_groups: int) -> Numbers:
    """Return how far the predicted log-odds of each group are to be shifted, drawn towards 0.

    The mode under a normal prior of variance 1 around 0; a group without rows is not shifted.

    Examples
    --------
    >>> shifts = fit_shifts(np.zeros(200), (np.arange(200) < 146).astype(float), np.zeros(200, int), 2)
    >>> shifts.round(2).tolist()
    [0.97, 0.0]
    """
    shift = np.zeros(n_groups)
    for _ in range(MOST_STEPS):
        p = special.expit(log_odds + shift[group])
        along = add_up(y - p, group, n_groups) - SHIFT_RIDGE * shift
        step = _shorten(along / (add_up(p * (1 - p), group, n_groups) + SHIFT_RIDGE))
        shift = shift + step
        if _longest(step) < CLOSE_ENOUGH:
            break
    return shift


def log_odds(p: Numbers) -> Numbers:
    """Return log(p / (1 - p)), with p held 0.0001 away from 0 and 1.

    Examples
    --------
    >>> log_odds(np.array([0.5, 0.9, 1.0])).round(1).tolist()
    [0.0, 2.2, 9.2]
    """
    return special.logit(np.clip(p, SUREST, 1 - SUREST))


def from_log_odds(x: Numbers) -> Numbers:
    """Return the probability with these log-odds.

    Examples
    --------
    >>> from_log_odds(np.array([0.0, 2.2])).round(2).tolist()
    [0.5, 0.9]
    """
    return special.expit(x)


def _shorten(step: Numbers) -> Numbers:
    return np.clip(step, -LONGEST_STEP, LONGEST_STEP)


def _longest(step: Numbers) -> float:
    return float(np.max(np.abs(step), initial=0.0))
