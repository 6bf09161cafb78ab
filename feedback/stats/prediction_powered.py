"""A mean from few measured values and a prediction for every value, for many groups at once.

With weights w = 1 / P(measured), the rate of a group is

    weighted mean of y - lambda * (weighted mean of the predictions of the measured - mean of all predictions).

Any lambda is right on average, whatever the predictions are worth; a good one makes the variance small.

References
----------
Hajek (1971), Comment on a paper by Basu.
Angelopoulos, Duchi and Zrnic (2023), PPI++: Efficient Prediction-Powered Inference, arXiv 2311.01453.
"""

from typing import NamedTuple

import numpy as np

from feedback.stats.sums import Indices, Numbers, add_up

# Measured values from which on what the data say about their spread counts as much as what the model says.
TRUSTED_FROM = 200


class ClusterSums(NamedTuple):
    """What the clusters of a group hold: one entry per group and cluster."""

    group: Indices
    n: Numbers
    predicted: Numbers  # sum of the predictions of all values
    drawn: Numbers  # sum of the weights of the measured values
    measured: Numbers  # sum of the weights of those of them that count
    good: Numbers  # sum of weight * y over these
    drawn_predicted: Numbers  # sum of weight * prediction over the measured


class MeasuredItems(NamedTuple):
    """What was measured: one entry per value."""

    group: Indices
    cluster: Indices  # position in `ClusterSums`
    weight: Numbers
    counts: Numbers  # 1, or 0 for one that turned out not to belong to the values the mean is over
    y: Numbers
    predicted: Numbers
    expected: Numbers  # what a model of y says after having seen the measured values of the group


class Influence(NamedTuple):
    """The weighted mean of each group, the two parts of it, and how far each cluster moves them."""

    rate: Numbers  # weighted mean of y, per group
    gap: Numbers  # weighted mean prediction of the measured, minus that of all, per group
    of_rate: Numbers  # per cluster
    of_gap: Numbers  # per cluster; negative
    share: Numbers  # share of the measured weight of its group, per cluster


def influence(sums: ClusterSums, n_groups: int) -> Influence:
    """Return the weighted mean of every group and the influence of every cluster on it.

    NaN for a group in which nothing was measured.

    Examples
    --------
    >>> one_each = np.ones(4)
    >>> sums = ClusterSums(np.zeros(4, int), one_each, np.array([0.9, 0.5, 0.8, 0.4]), np.array([2.0, 2, 0, 0]),
    ...                    np.array([2.0, 2, 0, 0]), np.array([2.0, 0, 0, 0]), np.array([1.8, 1.0, 0, 0]))
    >>> found = influence(sums, 1)
    >>> found.rate.tolist(), found.gap.round(9).tolist(), found.of_rate.tolist()
    ([0.5], [0.05], [0.25, -0.25, 0.0, 0.0])
    """
    n, measured, drawn = (add_up(values, sums.group, n_groups) for values in (sums.n, sums.measured, sums.drawn))
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = add_up(sums.good, sums.group, n_groups) / measured
        of_all = add_up(sums.predicted, sums.group, n_groups) / n
        of_drawn = add_up(sums.drawn_predicted, sums.group, n_groups) / drawn
        g = sums.group
        of_rate = (sums.good - rate[g] * sums.measured) / measured[g]
        from_all = (sums.predicted - of_all[g] * sums.n) / n[g]
        from_drawn = (sums.drawn_predicted - of_drawn[g] * sums.drawn) / drawn[g]
        return Influence(rate, of_drawn - of_all, of_rate, from_all - from_drawn, sums.measured / measured[g])


def tuned_weight(found: Influence, group: Indices, pool: Indices, size: Numbers) -> Numbers:
    """Return for each group the lambda in [0, 1] with the least variance over all groups of its pool.

    Parameters
    ----------
    found
        From `influence`.
    group
        The group of each cluster.
    pool
        The pool of each group, numbered from 0.
    size
        Effective number of measured values of each group; those without any are left out. A group counts by
        its size: its squares, which fall with the size, are weighted by its square.

    Examples
    --------
    >>> found = Influence(np.array([0.5]), np.array([0.0]), np.array([0.3, -0.3]), np.array([-0.6, 0.6]), np.ones(2))
    >>> tuned_weight(found, np.zeros(2, int), np.zeros(1, int), np.array([2.0])).tolist()
    [0.5]
    """
    n_groups = n_pools = len(pool)
    products = _of_measured(add_up(found.of_rate * found.of_gap, group, n_groups), size)
    squares = _of_measured(add_up(found.of_gap**2, group, n_groups), size)
    numerator, denominator = add_up(-products, pool, n_pools), add_up(squares, pool, n_pools)
    best = np.divide(numerator, denominator, out=np.zeros(n_pools), where=denominator > 0)
    return np.clip(best, 0, 1)[pool]


def variance(found: Influence, sums: ClusterSums, items: MeasuredItems, tuned: Numbers) -> tuple[Numbers, Numbers]:
    """Return the variance of every rate, and the variance of one independent value beside it.

    Their ratio is the effective number of values. The spread of the measured values is what a model of them
    expects, since with few or unequally weighted ones the rare value that would show the spread was mostly
    not drawn; where there are many and they show more, that counts. To it comes what the data say of the
    values of one cluster being alike (which never makes the variance less) and of the spread of the predictions.

    Parameters
    ----------
    found, sums
        From `influence`, and what it was given.
    items
        The measured values; `found` and `sums` must be of the same values.
    tuned
        Lambda of each group.
    """
    n_groups, g = len(tuned), items.group
    share = items.weight * items.counts / _or_one(add_up(items.weight * items.counts, g, n_groups))[g]
    drawn_share = items.weight / _or_one(add_up(items.weight, g, n_groups))[g]
    centre = add_up(drawn_share * items.predicted, g, n_groups)
    known = tuned[g] * drawn_share * (items.predicted - centre[g])
    expected_rate = add_up(share * items.expected, g, n_groups)
    seen = (share * (items.y - found.rate[g]) - known) ** 2
    chance = share**2 * items.expected * (1 - items.expected)
    by_model = add_up(chance + (share * (items.expected - expected_rate[g]) - known) ** 2, g, n_groups)
    trust = kish_size(items.weight * items.counts, g, n_groups)
    excess = np.maximum(add_up(seen, g, n_groups) - by_model, 0) * trust / (trust + TRUSTED_FROM)
    alone = add_up(seen * _leverage(found.share)[items.cluster], g, n_groups)
    together = _between(found, sums, tuned, n_groups) - alone
    return by_model + excess + np.maximum(together, 0), expected_rate * (1 - expected_rate)


def kish_size(weights: Numbers, group: Indices, n_groups: int) -> Numbers:
    """Return how many equally weighted values the weights of each group are worth; 0 where there are none.

    References
    ----------
    Kish (1965), Survey Sampling.

    Examples
    --------
    >>> kish_size(np.array([1.0, 1.0, 3.0, 1.0]), np.array([0, 0, 1, 1]), 3).tolist()
    [2.0, 1.6, 0.0]
    """
    squares = add_up(weights**2, group, n_groups)
    return add_up(weights, group, n_groups) ** 2 / _or_one(squares)


def _between(found: Influence, sums: ClusterSums, tuned: Numbers, n_groups: int) -> Numbers:
    squares = (found.of_rate + tuned[sums.group] * found.of_gap) ** 2
    return add_up(np.nan_to_num(squares) * _leverage(found.share), sums.group, n_groups)


def _leverage(share: Numbers) -> Numbers:
    """Return by how much a cluster hides its own spread by pulling the mean towards itself."""
    return 1 / np.maximum(1 - np.nan_to_num(share), 0.01)


def _of_measured(values: Numbers, size: Numbers) -> Numbers:
    return np.where(size > 0, np.nan_to_num(values), 0) * size**2


def _or_one(values: Numbers) -> Numbers:
    return np.where(values > 0, values, 1)
