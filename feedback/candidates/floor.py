"""The part of a draw that is random, so that every item has a chance, and a known one."""

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Indices, Numbers


def floor_probabilities(group: Indices, k: int) -> Numbers:
    """Return the chance of each item when k groups are drawn in proportion to their size, and one item of each.

    k / n for every item, but that a group is never drawn twice: of one larger than n / k the chance is less. The
    chances sum to k, or to the number of groups where there are no more.

    Parameters
    ----------
    group
        The group of each item, numbered from 0.
    k
        How many are drawn.

    Examples
    --------
    >>> floor_probabilities(np.array([0, 0, 0, 1, 2]), 2).round(3).tolist()
    [0.333, 0.333, 0.333, 0.5, 0.5]
    """
    size = np.bincount(group).astype(float)
    return (_group_probabilities(size, k) / np.maximum(size, 1))[group]


def draw_floor(group: Indices, k: int, rng: np.random.Generator) -> Indices:
    """Return the items drawn, in random order, with the chances of `floor_probabilities`.

    The groups stand in random order on a line, each as long as its chance; a comb of step 1 with a random start
    picks those it hits, and chance one item of each.

    References
    ----------
    Madow (1949), On the theory of systematic sampling II, Annals of Mathematical Statistics 20.

    Examples
    --------
    >>> len(draw_floor(np.array([0, 0, 0, 1, 2]), 2, np.random.default_rng(0)))
    2
    """
    if k < 1 or not len(group):
        return np.zeros(0, np.int64)
    size = np.bincount(group).astype(float)
    line = rng.permutation(len(size))
    ends = np.cumsum(_group_probabilities(size, k)[line])
    ends[-1] = round(ends[-1])
    hit = line[np.diff(np.floor(ends + rng.random()), prepend=0.0) > 0]
    order = rng.permutation(len(group))
    _, first = np.unique(group[order], return_index=True)
    one_of_each = dict(zip(group[order][first].tolist(), order[first].tolist(), strict=True))
    return np.array([one_of_each[one] for one in rng.permutation(hit).tolist()], np.int64)


def _group_probabilities(size: Numbers, k: int) -> Numbers:
    """Return min(1, c x size) with c such that they sum to k; all 1 where there are no more than k groups."""
    is_sure: npt.NDArray[np.bool_] = np.zeros(len(size), bool)
    left = size > 0
    if k >= left.sum():
        return left.astype(float)
    while True:
        rest = left & ~is_sure
        chance = np.where(is_sure, 1.0, size * (k - is_sure.sum()) / size[rest].sum())
        over = rest & (chance >= 1)
        if not over.any():
            return chance
        is_sure |= over
