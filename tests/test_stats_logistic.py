"""Many small logistic fits at once."""

import numpy as np
import pytest

from feedback.stats import fit_lines, fit_shifts, from_log_odds, log_odds


def sample(level, slope, n, seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(0, 2, n)
    return x, (generator.random(n) < from_log_odds(level + slope * x)).astype(float)


def test_finds_level_and_slope_of_each_group():
    (x1, y1), (x2, y2) = sample(-1, 1, 4000, 0), sample(0.5, 0.4, 4000, 1)
    level, slope = fit_lines(np.r_[x1, x2], np.r_[y1, y2], np.repeat([0, 2], 4000), 3)
    assert level == pytest.approx([-1, 0, 0.5], abs=0.15)
    assert slope == pytest.approx([1, 1, 0.4], abs=0.1)


def test_groups_do_not_see_each_other():
    (x1, y1), (x2, y2) = sample(-1, 1, 50, 0), sample(2, 2, 50, 1)
    together = fit_lines(np.r_[x1, x2], np.r_[y1, y2], np.repeat([0, 1], 50), 2)
    alone = fit_lines(x1, y1, np.zeros(50, int), 1)
    assert (together[0][0], together[1][0]) == pytest.approx((alone[0][0], alone[1][0]))


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("x", [-9.2, 0.0, 9.2])
def test_one_sided_data_stay_finite(x, y):
    level, slope = fit_lines(np.full(500, x), np.full(500, y), np.zeros(500, int), 1)
    assert np.isfinite([level[0], slope[0]]).all()
    assert abs(from_log_odds(level + slope * x)[0] - y) < 0.02


def test_shifts_move_each_group_towards_what_was_seen():
    y = np.r_[np.ones(30), np.zeros(30)]
    shifts = fit_shifts(np.zeros(60), y, np.repeat([0, 1], 30), 3)
    assert shifts[0] == pytest.approx(-shifts[1])
    assert shifts[0] > 1.5
    assert shifts[2] == 0


def test_log_odds_and_back():
    p = np.array([0.0, 0.2, 0.5, 1.0])
    assert from_log_odds(log_odds(p)) == pytest.approx(p, abs=1e-4)
