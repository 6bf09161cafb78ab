"""Intervals that hold at every look: one may watch them all the time and stop when one likes."""

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Numbers


def anytime_half_width(variance: npt.ArrayLike, *, tightest_at: float, alpha: float = 0.05) -> Numbers:
    """Return half the width of an interval around an estimate that covers the truth at all times together.

    Robbins' normal mixture in information time: with I = 1 / variance and a fixed k,
    sqrt((I + k) (log((I + k) / k) + 2 log(1 / alpha))) / I. Holds asymptotically, as the normal interval does.

    Parameters
    ----------
    variance
        Variance of each estimate so far; infinity gives infinity.
    tightest_at
        Half-width at which the interval is to be tight: must be chosen before looking.
    alpha
        Chance that the interval ever misses the truth.

    References
    ----------
    Robbins (1970), Statistical methods related to the law of the iterated logarithm, Annals of Mathematical
    Statistics 41. Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Time-uniform central limit theory and
    asymptotic confidence sequences, Annals of Statistics 52.

    Examples
    --------
    >>> anytime_half_width([0.0001, np.inf], tightest_at=0.03).round(4).tolist()
    [0.0304, inf]
    """
    log_odds = 2 * np.log(1 / alpha)
    # At I = k (c + log(1 + c)), c = 2 log(1 / alpha), the width is least for its k; there it is to be as asked.
    multiple = log_odds + np.log1p(log_odds)
    k = (1 + multiple) * (np.log1p(multiple) + log_odds) / (multiple * tightest_at) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        information = 1 / np.asarray(variance, float)
        half = np.sqrt((information + k) * (np.log1p(information / k) + log_odds)) / information
    return np.where(information > 0, half, np.inf)
