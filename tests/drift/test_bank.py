"""`Bank` does what one `DropDetector` per series does, however the log is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.drift.bank import BLOCK, Bank, Stretches
from feedback.drift.detectors import ObjectBank, detector_names, make_detector, positions_of_drift
from feedback.drift.drop_detector import DropDetector
from feedback.errors import UnknownNameError

ARL, WARMUP = 300.0, 150


def worlds(seed: int, n_series: int = 6) -> list[tuple[np.ndarray, np.ndarray, bool]]:
    """Return per series its values, what is expected of each, and whether it learns that itself."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n_series):
        n = int(rng.integers(1, 1_500))
        expected = rng.uniform(0.3, 0.95, n)
        values = np.where(rng.random() < 0.5, rng.random(n) < expected * 0.93, rng.beta(4, 1, n)).astype(float)
        learns = bool(rng.random() < 0.5)
        made.append((values, np.zeros(n) if learns else expected, learns))
    return made


def bank_reports(world, cuts: list[float]) -> tuple[set, Bank]:
    """Return what a bank reports of the series, fed in parts; cuts are shares of the length."""
    bank = Bank(WARMUP, 1.0)
    bank.add(np.zeros(len(world)), is_learning=np.array([learns for *_, learns in world]))
    found = set()
    for low, high in zip([0.0, *cuts], [*cuts, 1.0], strict=True):
        spans = [(round(low * len(values)), round(high * len(values))) for values, *_ in world]
        parts = [[one[at][first:last] for one, (first, last) in zip(world, spans, strict=True)] for at in (0, 1)]
        values, expected = (np.concatenate(part) for part in parts)
        ends = np.cumsum([last - first for first, last in spans])
        crossed = bank.update(Stretches(np.arange(len(world)), ends, values, expected, np.full(len(values), ARL)))
        starts = ends - [last - first for first, last in spans]
        for series, position, evidence in zip(*crossed.parts(), strict=True):
            found.add((int(series), int(position - starts[series] + spans[series][0]), float(evidence)))
    return found, bank


def object_reports(world) -> set:
    found = set()
    for series, (values, expected, learns) in enumerate(world):
        detector = DropDetector(ARL, warmup=WARMUP)
        for at, (value, hoped) in enumerate(zip(values, expected, strict=True)):
            detector.update(value, None if learns else hoped)
            if detector.drift_detected:
                found.add((series, at, round(detector.evidence, 6)))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_bank_equals_one_detector_per_series(seed: int):
    world = worlds(seed)
    found, _ = bank_reports(world, [])
    assert {(series, at, round(evidence, 6)) for series, at, evidence in found} == object_reports(world)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1_000), cuts=st.lists(st.floats(0, 1), max_size=4).map(sorted))
def test_cutting_the_log_changes_nothing_to_the_last_bit(seed: int, cuts: list[float]):
    world = worlds(seed)
    whole, parts = bank_reports(world, []), bank_reports(world, cuts)
    assert whole[0] == parts[0]
    assert all(np.array_equal(getattr(whole[1], name), getattr(parts[1], name)) for name in Bank.state_names())


def test_extreme_values_give_numbers():
    values = np.concatenate([np.ones(3 * BLOCK), np.zeros(3 * BLOCK), np.ones(3 * BLOCK)])
    for expected in (0.0, 0.25, 0.995, 1.0):
        bank = Bank(10, 1.0)
        bank.add(np.zeros(1), is_learning=np.zeros(1, bool))
        n = len(values)
        given_ = Stretches(np.array([0]), np.array([n]), values, np.full(n, expected), np.full(n, np.nan))
        assert len(bank.update(given_).series) == 0
        assert not np.isnan(bank.evidence).any()


def test_no_series_and_no_values():
    empty = Stretches(*(np.empty(0, dtype) for dtype in (int, int, float, float, float)))
    assert len(Bank(10, 1.0).update(empty).series) == 0


def test_every_detector_can_be_had_by_name_and_sees_a_collapse():
    values = (np.random.default_rng(0).random(3_000) < np.repeat([0.9, 0.2], 1_500)).astype(float)
    named = [name for name in detector_names() if name != "drop"]
    first = {name: positions_of_drift(make_detector(name), values) for name in named}
    assert {name for name, found in first.items() if not any(at >= 1_500 for at in found)} == set()
    with pytest.raises(UnknownNameError, match="ADWIN"):
        make_detector("CUSUM")


def test_an_object_bank_has_one_clone_per_series():
    bank = ObjectBank(make_detector("ADWIN"), 100)
    bank.add(np.zeros(2), is_learning=np.ones(2, bool))
    values = np.concatenate([np.ones(400), np.repeat([1.0, 0.0], 200)])
    found = bank.update(Stretches(np.arange(2), np.array([400, 800]), values, np.zeros(800), np.zeros(800)))
    assert set(found.series.tolist()) == {1}
    assert np.isnan(found.evidence).all()
