"""When did it begin?"""

import numpy as np

from feedback.drift.onset import estimate_onset


def test_the_interval_holds_the_true_start_nearly_always():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(100):
        values = (rng.random(1_150) < np.where(np.arange(1_150) < 1_000, 0.85, 0.65)).astype(float)
        found = estimate_onset(values, np.full(1_150, 0.85))
        inside += found.low <= 1_000 <= found.high
    assert inside >= 88


def test_one_value_is_its_own_onset():
    assert tuple(estimate_onset(np.array([0.0]), np.array([0.9]))) == (0, 0, 0)


def test_long_logs_and_extreme_rates_give_positions():
    values = np.concatenate([np.ones(100_000), np.zeros(50)])
    assert estimate_onset(values, np.full(len(values), 1.0)).at == 100_000
