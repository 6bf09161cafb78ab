"""Logistic regression drawn towards what is expected of each coefficient."""

from dataclasses import dataclass

import numpy as np

from feedback.label_model.log_odds import to_probability
from feedback.stats.sums import Numbers

MOST_STEPS = 50
SHORTEST_STEP = 1e-4
CLOSE_ENOUGH = 1e-9


@dataclass(frozen=True)
class Prior:
    """What is expected of the coefficients: independent normals of these means and standard deviations."""

    mean: Numbers
    spread: Numbers


def fit_ridge(columns: Numbers, good: Numbers, weights: Numbers, prior: Prior) -> Numbers:
    """Return the most probable coefficients of `logit P(good) = columns @ coefficients`.

    Newton's method with halved steps; the objective is convex, so the answer does not depend on the start.

    Parameters
    ----------
    columns
        One row per reviewed interaction.
    good
        What the verdicts say, in [0, 1].
    weights
        How many reviews each counts for.
    prior
        What is expected of each coefficient.

    Examples
    --------
    >>> columns, good = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 0.0])
    >>> prior = Prior(np.zeros(1), np.full(1, 100.0))
    >>> fit_ridge(columns, good, np.ones(4), prior).round(2).tolist()
    [1.1]
    """
    precision = prior.spread**-2.0

    def loss(coefficients: Numbers) -> float:
        log_odds, distance = columns @ coefficients, coefficients - prior.mean
        return float(weights @ (np.logaddexp(0, log_odds) - good * log_odds) + precision @ distance**2 / 2)

    coefficients, least = prior.mean, loss(prior.mean)
    for _ in range(MOST_STEPS):
        p = to_probability(columns @ coefficients)
        slope = columns.T @ (weights * (good - p)) - precision * (coefficients - prior.mean)
        bend = (columns.T * (weights * p * (1 - p))) @ columns + np.diag(precision)
        step = np.linalg.solve(bend, slope)
        while (now := loss(coefficients + step)) > least and np.max(np.abs(step)) > SHORTEST_STEP:
            step = step / 2
        if not now < least - CLOSE_ENOUGH:
            break
        coefficients, least = coefficients + step, now
    return coefficients
