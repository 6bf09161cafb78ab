"""The budget: what evidence it takes, from nothing but the past."""

from datetime import timedelta

import numpy as np
import pytest

from feedback.drift.budget import Budget, values_per_horizon
from feedback.errors import SettingsError

WEEK = timedelta(days=7)


def test_evidence_grows_with_what_is_watched_and_falls_with_what_is_allowed():
    assert Budget(1).threshold(1e6) == 1e6
    assert Budget(10).threshold(1e6) == 1e5
    assert Budget(1).threshold(1e6, share=0.5) == 2e6
    assert Budget(fdr=0.1).threshold(1e6) == pytest.approx(1e7)
    assert Budget(100).threshold(3) == 1


@pytest.mark.parametrize("wrong", [{"false_alarms": 0}, {"fdr": 1.0}, {"per": "12h"}, {"per": "soon"}])
def test_impossible_budgets_are_refused(wrong: dict):
    with pytest.raises(SettingsError):
        Budget(**wrong)


def test_a_budget_says_what_it_is():
    assert str(Budget(2, "1d")) == "at most 2 false alarms per 1d over everything watched"
    assert str(Budget(fdr=0.1)) == "at most 10% of the alarms of 7d false, over everything watched"


def test_what_a_horizon_holds_is_known_from_the_past_only():
    counts = dict.fromkeys(range(14), 100) | {14: 10_000}
    days = np.arange(16)
    known = values_per_horizon(counts, 0.0, days, WEEK)
    assert np.isinf(known[0])
    assert known[1:15].tolist() == [700.0] * 14
    assert known[15] == 10_600
    cut = values_per_horizon({day: counts[day] for day in range(9)}, 0.0, days[:9], WEEK)
    assert cut.tolist()[1:] == known[1:9].tolist()


def test_nothing_watched_takes_infinite_evidence():
    assert np.isinf(values_per_horizon({}, 0.0, np.arange(3), WEEK)).all()
