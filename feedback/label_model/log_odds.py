"""Probabilities and log-odds."""

import numpy as np

from feedback.stats.sums import Numbers


def to_probability(log_odds: Numbers) -> Numbers:
    """Return 1 / (1 + exp(-log-odds)), also where exp would overflow.

    Examples
    --------
    >>> to_probability(np.array([0.0, 2.0, -800.0])).round(2).tolist()
    [0.5, 0.88, 0.0]
    """
    return np.exp(-np.logaddexp(0, -log_odds))


def to_log_odds(probability: Numbers) -> Numbers:
    """Return log(p / (1 - p)) for probabilities strictly between 0 and 1.

    Examples
    --------
    >>> to_log_odds(np.array([0.5, 0.9])).round(2).tolist()
    [0.0, 2.2]
    """
    return np.log(probability) - np.log1p(-probability)


def log_loss(probability: Numbers, good: Numbers) -> Numbers:
    """Return the loss of each probability, in nats; `good` lies in [0, 1].

    Examples
    --------
    >>> log_loss(np.array([0.5, 0.9]), np.array([1.0, 0.0])).round(2).tolist()
    [0.69, 2.3]
    """
    return -(good * np.log(probability) + (1 - good) * np.log1p(-probability))
