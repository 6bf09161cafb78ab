"""Tails of the normal distribution and of Student's t, far out."""

import numpy as np
import numpy.typing as npt
from scipy import special

from feedback.stats.sums import Numbers


def upper_tail(z: npt.ArrayLike) -> Numbers:
    """Return the chance that a standard normal number is above each.

    Examples
    --------
    >>> (upper_tail([0.0, 5.0]) * 1e6).round(3).tolist()
    [500000.0, 0.287]
    """
    return special.ndtr(-np.asarray(z, float))


def upper_quantile(chance: npt.ArrayLike) -> Numbers:
    """Return the number that a standard normal one is above with each chance.

    Examples
    --------
    >>> upper_quantile([0.025, 1e-6]).round(2).tolist()
    [1.96, 4.75]
    """
    return -special.ndtri(np.asarray(chance, float))


def normal_score(t: npt.ArrayLike, degrees_of_freedom: npt.ArrayLike) -> Numbers:
    """Return the standard normal number that is as far out as each Student's t.

    Wallace's approximation: within 0.3 % from 3 degrees of freedom on, and fast for many.

    References
    ----------
    Wallace (1959), Bounds on normal approximations to Student's and the chi-square distributions, Annals of
    Mathematical Statistics 30.

    Examples
    --------
    >>> normal_score([5.0, 5.0, -5.0], [4, 1000, 1000]).round(2).tolist()
    [2.65, 4.97, -4.97]
    """
    size, df = np.asarray(t, float), np.maximum(np.asarray(degrees_of_freedom, float), 1e-6)
    return np.sign(size) * (8 * df + 1) / (8 * df + 3) * np.sqrt(df * np.log1p(size**2 / df))


def t_quantile(degrees_of_freedom: npt.ArrayLike, *, level: float = 0.95) -> Numbers:
    """Return the two-sided critical value of Student's t; infinity where there are no degrees of freedom.

    Examples
    --------
    >>> t_quantile([0, 1, 1000]).round(2).tolist()
    [inf, 12.71, 1.96]
    """
    df = np.asarray(degrees_of_freedom, float)
    return np.where(df > 0, special.stdtrit(np.maximum(df, 1e-3), (1 + level) / 2), np.inf)
