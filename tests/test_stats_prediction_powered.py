"""The prediction-powered mean, in plain numbers."""

import numpy as np
import pytest

from feedback.stats import ClusterSums, MeasuredItems, influence, kish_size, tuned_weight, variance


def ones(y, predicted, weight, drawn, group=None):
    """Return sums and items of values that are each a cluster of its own."""
    y, predicted, weight = (np.array(values, float) for values in (y, predicted, weight))
    drawn, group = np.array(drawn, bool), np.zeros(len(y), int) if group is None else np.array(group)
    w = np.where(drawn, weight, 0)
    sums = ClusterSums(group, np.ones(len(y)), predicted, w, w, w * y, w * predicted)
    at = np.flatnonzero(drawn)
    items = MeasuredItems(group[at], at, weight[at], np.ones(len(at)), y[at], predicted[at], predicted[at])
    return sums, items


def test_influence_is_what_leaving_a_cluster_out_would_show():
    sums, _ = ones([1, 0, 1, 1], [0.9, 0.2, 0.7, 0.6], [2, 1, 4, 1], [1, 1, 1, 0])
    found = influence(sums, 1)
    step = 1e-6
    for cluster in range(3):
        more = np.ones(4)
        more[cluster] += step
        w, y = sums.measured * more, np.array([1, 0, 1, 0])
        assert ((w @ y) / w.sum() - found.rate[0]) / step == pytest.approx(found.of_rate[cluster], abs=1e-4)


def test_group_without_measured_values_has_no_rate():
    sums, _ = ones([1, 0], [0.5, 0.5], [1, 1], [1, 0], group=[0, 1])
    assert np.isnan(influence(sums, 2).rate).tolist() == [False, True]


def test_a_perfect_proxy_gets_full_weight_and_a_wrong_one_none():
    y = np.tile([1, 0], 50)
    drawn = np.arange(100) < 20
    for predicted, wanted in ((y, 1.0), (1 - y, 0.0)):
        sums, _ = ones(y, predicted, np.ones(100), drawn)
        found = influence(sums, 1)
        weight = tuned_weight(found, sums.group, np.zeros(1, int), np.array([20.0]))
        assert weight[0] == pytest.approx(wanted)


def test_groups_of_a_pool_share_their_weight_and_other_pools_do_not():
    y = np.tile([1, 0], 90)
    predicted = np.r_[y[:60], 1 - y[60:120], y[120:]]
    sums, _ = ones(y, predicted, np.ones(180), np.tile(np.arange(60) < 20, 3), group=np.repeat([0, 1, 2], 60))
    found = influence(sums, 3)
    size = np.full(3, 20.0)
    assert tuned_weight(found, sums.group, np.array([0, 0, 1]), size) == pytest.approx([0, 0, 1])


def test_even_weights_give_the_binomial_variance():
    sums, items = ones([1, 1, 1, 0], [0.75] * 4, [1] * 4, [1] * 4)
    spread, of_one = variance(influence(sums, 1), sums, items, np.zeros(1))
    assert of_one / spread == pytest.approx([4])


def test_kish_counts_each_group():
    assert kish_size(np.array([1.0, 1.0, 9.0, 1.0]), np.array([0, 0, 2, 2]), 3).round(2).tolist() == [2.0, 0.0, 1.22]
