"""What is expected of a label, and how far a segment may lie off it."""

import numpy as np
import polars as pl
import pytest
from label_rows import START, labels_of

from feedback.drift.baselines import Coding, cautious_shifts, learn_expectation

RNG = np.random.default_rng(0)


def expectation(labels: pl.DataFrame, names: list[str]) -> np.ndarray:
    coding = Coding.of(labels, names)
    where = coding.strata(labels, time_zone="UTC")
    return learn_expectation(labels["score"].to_numpy(), where, coding.sizes).of(where, coding.sizes)


def test_strata_that_differ_are_told_apart_and_equal_ones_are_not():
    tenant = RNG.choice(["a", "b"], 8_000)
    differ = labels_of((RNG.random(8_000) < np.where(tenant == "a", 0.9, 0.6)).astype(float), tenant=tenant)
    expected = expectation(differ, ["tenant"])
    assert expected[tenant == "a"].mean() == pytest.approx(0.9, abs=0.02)
    assert expected[tenant == "b"].mean() == pytest.approx(0.6, abs=0.02)
    same = labels_of((RNG.random(8_000) < 0.8).astype(float), tenant=tenant)
    assert np.ptp(expectation(same, ["tenant"])) < 0.02


def test_an_interaction_of_dimensions_is_learned():
    feature, tenant = RNG.choice(["x", "y"], 8_000), RNG.choice(["a", "b"], 8_000)
    bad = (feature == "x") & (tenant == "a")
    labels = labels_of((RNG.random(8_000) < np.where(bad, 0.5, 0.9)).astype(float), feature=feature, tenant=tenant)
    expected = expectation(labels, ["feature", "tenant"])
    assert expected[bad].mean() == pytest.approx(0.5, abs=0.03)
    assert expected[~bad].mean() == pytest.approx(0.9, abs=0.02)


def test_the_hour_of_the_week_is_learned_in_the_declared_zone():
    night = (np.arange(8_000) * 5 // 60) % 24 < 6
    labels = labels_of((RNG.random(8_000) < np.where(night, 0.6, 0.9)).astype(float))
    assert expectation(labels, [])[night].mean() == pytest.approx(0.6, abs=0.03)
    coding = Coding.of(labels, [])
    assert coding.strata(labels[:1], time_zone="UTC").cell[0] == 0
    assert coding.strata(labels[:1], time_zone="Asia/Tokyo").cell[0] == 1
    assert START.weekday() == 0


def test_values_never_seen_are_expected_to_be_like_the_rest():
    labels = labels_of([1.0, 0.0] * 500, tenant=["a", "b"] * 500)
    coding = Coding.of(labels, ["tenant"])
    learned = learn_expectation(labels["score"].to_numpy(), coding.strata(labels, time_zone="UTC"), coding.sizes)
    fresh = labels_of([1.0, 1.0], tenant=["new", None])
    assert learned.of(coding.strata(fresh, time_zone="UTC"), coding.sizes).round(6).tolist() == [0.5, 0.5]


def test_a_small_segment_borrows_and_a_large_one_speaks_for_itself():
    n = np.array([100.0, 600.0, 10_000.0, 0.0])
    total, rate = -0.05 * n, np.full(4, 0.8)
    shift, margin = cautious_shifts(total, 0.16 * n, n, rate, 1.0)
    assert shift[1:3].round(9).tolist() == [-0.05, -0.05]
    assert -0.05 < shift[0] < 0
    assert shift[3] == 0
    assert margin[0] > margin[1] > margin[2]
    assert margin[2] == pytest.approx(0.004, abs=0.0005)
