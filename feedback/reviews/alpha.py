"""Krippendorff's alpha for categories, with a bootstrap interval over items."""

import numpy as np
from numpy.typing import NDArray

MIN_ITEMS = 10
Floats = NDArray[np.float64]


def krippendorff_alpha(counts: Floats, weights: Floats | None = None) -> Floats:
    """Return alpha for each row of weights: 1 - observed over expected disagreement; NaN where none is expected.

    1 is perfect agreement, 0 what chance gives. Equal to the coincidence-matrix form for nominal data,

        alpha = 1 - (n - 1) sum_u [m_u^2 - sum_c n_uc^2] / (m_u - 1) / (n^2 - sum_c n_c^2)

    Parameters
    ----------
    counts
        Shape (items, categories): how many reviewers put the item there; at least two per item.
    weights
        Shape (draws, items): how often each item counts. Once, when not given.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of Pennsylvania.

    Examples
    --------
    >>> krippendorff_alpha(np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0], [2.0, 0.0]])).round(3)
    array([0.533])
    """
    times = np.ones((1, len(counts))) if weights is None else weights
    per_item = counts.sum(axis=1)
    observed = times @ ((per_item**2 - (counts**2).sum(axis=1)) / (per_item - 1))
    per_category = times @ counts
    n = per_category.sum(axis=1)
    expected = n**2 - (per_category**2).sum(axis=1)
    undefined = np.full(len(times), np.nan)
    return 1 - np.divide((n - 1) * observed, expected, out=undefined, where=expected > 0)


def bootstrap_alpha(counts: Floats, *, seed: int, n_draws: int, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of the percentile interval of alpha when items are drawn anew; NaN under 10 items.

    Where reviewers agree on every item no draw can show how much disagreement would have gone unseen. The low
    end is then the alpha at which n items agree throughout with probability (1 - level) / 2.

    Parameters
    ----------
    counts
        As in `krippendorff_alpha`.
    seed
        Same seed, same interval.
    n_draws
        How often the items are drawn.
    """
    n = len(counts)
    point = krippendorff_alpha(counts)[0]
    if n < MIN_ITEMS or np.isnan(point):
        return np.nan, np.nan
    tail = (1 - level) / 2
    if point == 1:
        return _least_alpha(counts, most_disagreement=1 - tail ** (1 / n)), 1.0
    # Items that were judged alike are alike: drawing how often each kind comes is drawing items, with less work.
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(n, times / n, size=n_draws)
    low, high = np.nanquantile(krippendorff_alpha(kinds, drawn.astype(float)), (tail, 1 - tail))
    return float(low), float(high)


def _least_alpha(counts: Floats, *, most_disagreement: float) -> float:
    shares = counts.sum(axis=0) / counts.sum()
    return float(1 - most_disagreement / (1 - (shares**2).sum()))
