"""How far a mean moved between two periods, where values of one cluster are alike."""

from typing import NamedTuple

import numpy as np

from feedback.stats.sums import Indices, Numbers, add_up


class Sums(NamedTuple):
    """What a group or cluster holds in each period; arrays have one row per period (before, after)."""

    weight: Numbers
    total: Numbers  # sum of weight * value


class Spread(NamedTuple):
    """How uncertain the change of each group is, with the degrees of freedom behind it."""

    variance: Numbers
    degrees_of_freedom: Numbers
    n_clusters: Numbers
    cluster_size: Numbers  # mean number of other values in the cluster of a value, and one
    without_the_strongest: Numbers  # share of a fall that is left without the cluster that adds most to it


def variance_of_change(clusters: Sums, group: Indices, n_groups: int) -> Spread:
    """Return the cluster-robust variance of each group's change of mean from before to after.

    A cluster that is there in both periods counts once, with what it did to the difference. The degrees of
    freedom are Satterthwaite's under independent values: few when one cluster holds most of a group.

    Parameters
    ----------
    clusters
        Sums per cluster, one column per group and cluster.
    group
        The group of each column.
    n_groups
        How many groups there are. NaN for one that is empty in a period.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples,
    Survey Methodology 28.

    Examples
    --------
    >>> each = Sums(np.array([[1.0, 1, 0, 0], [0.0, 0, 1, 1]]), np.array([[1.0, 0, 0, 0], [0.0, 0, 1, 0]]))
    >>> found = variance_of_change(each, np.zeros(4, int), 1)
    >>> found.variance.round(3).tolist(), found.degrees_of_freedom.tolist(), found.n_clusters.tolist()
    ([0.333], [3.0], [4.0])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.stack([add_up(row, group, n_groups) for row in clusters.weight])
        total = np.stack([add_up(row, group, n_groups) for row in clusters.total])
        mean = total / weight
        pull = (clusters.total - mean[:, group] * clusters.weight) / weight[:, group]
        n = np.bincount(group, minlength=n_groups).astype(float)
        variance = add_up((pull[1] - pull[0]) ** 2, group, n_groups) * n / np.maximum(n - 1, 1)
        share = (clusters.weight / weight[:, group] ** 2).sum(axis=0)
        freedom = add_up(share, group, n_groups) ** 2 / add_up(share**2, group, n_groups) - 1
        size = add_up(clusters.weight.sum(axis=0) * share, group, n_groups) / add_up(share, group, n_groups)
        left = 1 - _strongest(pull, clusters.weight / weight[:, group], group, n_groups) / (mean[0] - mean[1])
    return Spread(variance, freedom, n, size, np.clip(np.nan_to_num(left, nan=1.0), 0, 1))


def _strongest(pull: Numbers, share: Numbers, group: Indices, n_groups: int) -> Numbers:
    """Return by how much less each group would have fallen without one cluster, at most."""
    without = (pull / np.maximum(1 - share, 1e-9)) * (share < 1)
    strongest = np.zeros(n_groups)
    np.maximum.at(strongest, group, without[0] - without[1])
    return strongest
