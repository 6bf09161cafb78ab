"""How much an e-detector stakes on each planned drop, for one expected rate or for many at once."""

from functools import lru_cache

import numpy as np

from feedback.stats import Numbers

PLANNED_DROPS = (0.02, 0.03, 0.05, 0.08, 0.12, 0.20, 0.30)
LOWEST_RATE, HIGHEST_RATE = 0.01, 0.995
MOST_AT_STAKE = 0.95
_DROPS = np.array(PLANNED_DROPS)


def stakes(expected: Numbers) -> tuple[Numbers, Numbers]:
    """Return the stake on each planned drop and its weight, for each expected rate: one row per planned drop.

    The stake l_k = min((p - max(p - d_k, 0.01)) / (p (1 - p)), 0.95 / (1 - p)) is the best one if the rate fell by d_k,
    kept small enough for 1 + l_k (p - x) to stay above zero. The weight is the part of d_k by which the rate can fall
    at all: 1 for usual rates, 0 for those of 0.01 and less, where nothing can be won. Rates above 0.995 must have been
    cut to that.

    Examples
    --------
    >>> stake, weight = stakes(np.array([0.85, 0.11, 0.01]))
    >>> stake.round(3)[[0, -1]].tolist(), weight.round(3)[[0, -1]].tolist()
    ([[0.157, 0.204, 0.0], [2.353, 1.021, 0.0]], [[1.0, 1.0, 0.0], [1.0, 0.333, 0.0]])
    """
    p = np.maximum(expected, LOWEST_RATE)
    drops = _DROPS.reshape(-1, *(1,) * p.ndim)
    fall = np.minimum(drops, p - LOWEST_RATE)
    stake = fall / (p * (1 - p))
    fall /= drops
    return np.minimum(stake, MOST_AT_STAKE / (1 - p), out=stake), fall


@lru_cache(maxsize=4096)
def stakes_at(expected: float) -> tuple[tuple[float, float], ...]:
    """Return stake and weight of each planned drop for one expected rate.

    Examples
    --------
    >>> [(round(stake, 3), weight) for stake, weight in stakes_at(0.85)][:2]
    [(0.157, 1.0), (0.235, 1.0)]
    """
    stake, weight = stakes(np.array([expected]))
    return tuple(zip(stake[:, 0].tolist(), weight[:, 0].tolist(), strict=True))
