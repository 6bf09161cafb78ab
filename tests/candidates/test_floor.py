"""The random part of a draw: its probabilities are those with which it draws."""

import numpy as np
import pytest

from feedback.candidates.floor import draw_floor, floor_probabilities

GROUPS = np.array([0] * 12 + [1] * 3 + [2] * 3 + list(range(3, 15)))


@pytest.mark.parametrize(("k", "expected"), [(1, 1), (4, 4), (14, 14), (15, 15), (99, 15)])
def test_probabilities_sum_to_the_expected_size(k: int, expected: int):
    chance = floor_probabilities(GROUPS, k)
    assert chance.sum() == pytest.approx(expected)
    assert chance.min() > 0
    assert chance.max() <= 1 + 1e-12


def test_every_item_is_drawn_as_often_as_its_probability_says():
    chance, n = floor_probabilities(GROUPS, 6), 4_000
    drawn = [draw_floor(GROUPS, 6, np.random.default_rng(seed)) for seed in range(n)]
    share = np.bincount(np.concatenate(drawn), minlength=len(GROUPS)) / n
    z = (share - chance) / np.sqrt(chance * (1 - chance) / n)
    assert np.abs(z).max() < 4
    assert 0.4 < (z**2).mean() < 1.8


def test_no_group_is_drawn_twice_and_exactly_k_are_drawn():
    for seed in range(200):
        drawn = draw_floor(GROUPS, 6, np.random.default_rng(seed))
        assert len(set(GROUPS[drawn].tolist())) == len(drawn) == 6


def test_nothing_is_drawn_of_nothing():
    assert len(draw_floor(GROUPS[:0], 3, np.random.default_rng(0))) == 0
    assert len(draw_floor(GROUPS, 0, np.random.default_rng(0))) == 0
