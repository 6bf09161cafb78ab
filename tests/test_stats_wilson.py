"""Wilson's interval at any effective size."""

import numpy as np
import pytest
from scipy import stats

from feedback.stats import discount_of_clusters, size_for_half_width, wilson_interval


@pytest.mark.parametrize(("good", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (3, 7), (930, 1000)])
def test_agrees_with_scipy_for_whole_numbers(good, n):
    theirs = stats.binomtest(good, n).proportion_ci(method="wilson")
    assert np.array(wilson_interval(good / n, n)) == pytest.approx([theirs.low, theirs.high])


def test_nothing_known_is_everything_possible():
    assert [end.tolist() for end in wilson_interval([0.3, 1.0], [0.0, 0.0])] == [[0.0, 0.0], [1.0, 1.0]]


def test_is_wider_at_a_higher_level():
    narrow, wide = (wilson_interval(0.8, 40.5, level=level) for level in (0.8, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("rate", [0.0, 0.07, 0.5, 1.0])
@pytest.mark.parametrize("half_width", [0.01, 0.1, 0.3])
def test_size_for_half_width_is_its_inverse(rate, half_width):
    low, high = wilson_interval(rate, size_for_half_width(rate, half_width))
    assert (high - low) / 2 == pytest.approx(half_width)


def test_clusters_of_one_cost_nothing_and_few_cost_much():
    assert discount_of_clusters([30, 5, 1], [30, 100, 100]).round(2).tolist() == [1.0, 0.51, 0.0]
