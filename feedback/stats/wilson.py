"""Wilson's interval for a share, at any effective number of observations."""

import numpy as np
import numpy.typing as npt
from scipy import special

from feedback.stats.sums import Numbers


def wilson_interval(rate: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Return the ends of the interval of each share.

    Parameters
    ----------
    rate
        The shares, in [0, 1].
    n
        How many independent observations each is worth; need not be whole. At 0 the interval is [0, 1].
    level
        Coverage of the interval.

    Returns
    -------
    tuple of arrays
        Lower and upper ends, in [0, 1].

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.

    Examples
    --------
    >>> low, high = wilson_interval([0.9, 1.0], [20, 1])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.699, 0.207], [0.972, 1.0])
    """
    share, size = np.asarray(rate, float), np.asarray(n, float)
    square = normal_quantile(level) ** 2
    centre = size * share + square / 2
    half = np.sqrt(square * (size * share * (1 - share) + square / 4))
    return np.clip((centre - half) / (size + square), 0, 1), np.clip((centre + half) / (size + square), 0, 1)


def size_for_half_width(rate: npt.ArrayLike, half_width: float, *, level: float = 0.95) -> Numbers:
    """Return how many independent observations make Wilson's interval of each share so narrow.

    Examples
    --------
    >>> size_for_half_width([0.5, 0.9], 0.05).round(1).tolist()
    [380.3, 141.0]
    """
    share, square = np.asarray(rate, float), normal_quantile(level) ** 2
    target = half_width**2
    # With u = 1 / n, half-width**2 (1 + square u)**2 = square (share (1 - share) u + square u**2 / 4).
    a = square**2 * (0.25 - target)
    b = square * share * (1 - share) - 2 * target * square
    return 2 * a / (np.sqrt(b**2 + 4 * a * target) - b)


def discount_of_clusters(n_clusters: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> Numbers:
    """Return the factor on the effective number of observations for a variance known from few clusters only.

    The squared ratio of Student's t for the values to that for the clusters they come in; 1 where every
    value is a cluster of its own, 0 for a single cluster.

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data, Survey Methodology 24.

    Examples
    --------
    >>> discount_of_clusters([50, 8, 1], [50, 50, 50]).round(2).tolist()
    [1.0, 0.72, 0.0]
    """
    of_values, of_clusters = (
        special.stdtrit(np.maximum(np.asarray(size, float) - 1, 1e-3), (1 + level) / 2) for size in (n, n_clusters)
    )
    return (of_values / of_clusters) ** 2


def normal_quantile(level: float) -> float:
    """Return the two-sided critical value of the normal distribution."""
    return float(special.ndtri((1 + level) / 2))
