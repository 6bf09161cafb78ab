"""`DropDetector`: it keeps its promise, says when it learns, and is a detector of river's."""

import copy
import pickle

import numpy as np
import pytest
from label_rows import falling_scores
from river.base import DriftDetector
from river.checks import common

from feedback.drift import DropDetector
from feedback.errors import SchemaError, SettingsError


def reports(detector: DropDetector, values) -> list[int]:
    found = []
    for at, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            found.append(at)
    return found


def test_it_reports_a_fall_once_and_a_further_one_again():
    values = np.concatenate([falling_scores(4_000, at=2_500, after=0.7), falling_scores(1_500, at=0, after=0.3)])
    found = reports(DropDetector(1e4, baseline=0.88, warmup=1_000), values)
    assert [2_500 < found[0] < 2_800, 4_000 < found[1] < 4_200, len(found)] == [True, True, 2]


def test_a_rise_is_the_mirror_image_of_a_drop():
    values = falling_scores(3_000, at=1_000)
    drops = DropDetector(1e3, baseline=0.9)
    rises = DropDetector(1e3, baseline=1 - 0.9, direction="rise")
    assert reports(drops, values) == reports(rises, 1 - values)


def test_average_run_length_is_at_least_what_was_asked_for():
    rng = np.random.default_rng(1)
    runs = [len(reports(DropDetector(1_000, baseline=0.8), rng.random(1_000) < 0.8)) for _ in range(60)]
    assert np.mean(runs) <= 1.0


def test_soft_values_are_welcome():
    values = np.random.default_rng(2).beta(4, 1, 3_000)
    values[2_000:] *= 0.7
    assert reports(DropDetector(1e4, baseline=0.78), values)[0] > 2_000


def test_it_learns_its_level_when_told_none():
    detector = DropDetector(1e4, warmup=500)
    detector.update(1.0)
    assert detector.is_learning
    assert reports(detector, falling_scores(1_200, at=1_000))[0] > 1_000
    assert detector.is_learning


def test_what_is_expected_of_each_value_may_differ():
    means = np.tile([0.95, 0.5], 1_000)
    values = (np.random.default_rng(3).random(2_000) < means).astype(float)
    told, untold = DropDetector(1e4), DropDetector(1e4, baseline=0.95)
    for value, mean in zip(values, means, strict=True):
        told.update(value, mean - 0.01)
        assert not told.drift_detected
    assert reports(untold, values)


def test_nulls_and_nans_are_counted_and_silence_nothing():
    values = [None if at % 3 == 0 else value for at, value in enumerate(falling_scores(3_000, at=1_000))]
    detector = DropDetector(1e3, baseline=0.85)
    assert reports(detector, [*values[:1_500], float("nan"), *values[1_500:]])
    assert detector.n_skipped == 1_001


@pytest.mark.parametrize("value", [-0.1, 1.1, float("inf")])
def test_values_outside_the_unit_interval_are_refused(value: float):
    with pytest.raises(SchemaError, match="lies in"):
        DropDetector(baseline=0.5).update(value)


def test_a_baseline_comes_with_every_value_or_with_none():
    detector = DropDetector()
    detector.update(1.0, 0.9)
    with pytest.raises(SchemaError, match="every value"):
        detector.update(1.0)


@pytest.mark.parametrize("wrong", [{"arl": 0.5}, {"warmup": 0}, {"margin_se": -1.0}, {"arl": float("nan")}])
def test_impossible_settings_are_refused(wrong: dict):
    with pytest.raises(SettingsError):
        DropDetector(**wrong)


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.7])
def test_constants_never_alarm(constant: float):
    assert reports(DropDetector(1e4, warmup=200), [constant] * 12_000) == []


def test_a_fall_from_perfection_is_seen():
    assert reports(DropDetector(1e5, warmup=2_000), [1.0] * 2_500 + [0.0] * 10)[0] < 2_510


def test_a_clone_starts_fresh_and_a_pickle_goes_on():
    values = falling_scores(2_000, at=1_000)
    detector = DropDetector(1e3, baseline=0.85)
    reports(detector, values[:1_008])
    thawed = pickle.loads(pickle.dumps(detector))
    assert thawed.evidence == detector.evidence > 1
    assert reports(thawed, values[1_008:]) == reports(copy.deepcopy(detector), values[1_008:])
    assert detector.clone().evidence == 0


CHECKS = (
    common.check_repr,
    common.check_str,
    common.check_doc,
    common.check_clone_same_class,
    common.check_clone_is_idempotent,
    common.check_clone_changes_memory_addresses,
    common.check_clone_with_new_params_applies,
    common.check_get_params_matches_signature,
    common.check_init_has_default_params_for_tests,
    common.check_init_default_params_are_not_mutable,
    common.check_mutable_attributes_exist,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_passes_rivers_own_checks(check):
    detector = DropDetector()
    assert isinstance(detector, DriftDetector)
    check(detector)
