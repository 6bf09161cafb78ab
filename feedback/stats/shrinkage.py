"""Means of many groups, each pulled towards zero by as much as the groups are alike (empirical Bayes)."""

from typing import NamedTuple

import numpy as np

from feedback.stats.sums import Numbers


class ShrunkMeans(NamedTuple):
    """The shrunk mean of each group, its standard error, and the standard deviation between the true means."""

    mean: Numbers
    error: Numbers
    between: float


def shrink_means(total: Numbers, n: Numbers, variance: float, *, least_between: float = 0.0) -> ShrunkMeans:
    """Return for each group its mean times t / (t + variance / n), t the variance between groups.

    t is estimated by moments, weighted by size, about zero: the values are to be residuals of something common.

    Parameters
    ----------
    total, n
        Sum and number of the values of each group; a group without values gets 0.
    variance
        Variance of one value within its group.
    least_between
        Standard deviation between groups that is assumed at least, where certainty would be rash. It widens the
        errors and pulls less.

    References
    ----------
    Efron and Morris (1973), Stein's estimation rule and its competitors, JASA 68.

    Examples
    --------
    >>> found = shrink_means(np.array([10.0, -10.0, 0.1]), np.array([100.0, 100.0, 1.0]), 0.1)
    >>> found.mean.round(3).tolist(), round(found.between, 3)
    ([0.089, -0.089, 0.008], 0.092)
    """
    size = np.maximum(n, 1)
    raw = np.where(n > 0, total / size, 0.0)
    spread = ((n * raw**2).sum() - (n > 0).sum() * variance) / max(n.sum(), 1.0)
    between = max(float(spread), least_between**2)
    if between == 0:
        return ShrunkMeans(np.zeros(len(raw)), np.zeros(len(raw)), 0.0)
    trust = between / (between + variance / size) * (n > 0)
    return ShrunkMeans(trust * raw, np.sqrt(between * (1 - trust)), between**0.5)
