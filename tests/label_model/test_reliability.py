"""Whether probabilities hold."""

import numpy as np
import polars as pl
import pytest

from feedback.errors import SchemaError
from feedback.label_model import measure_calibration_error, measure_reliability


def predicted(*p: float | None) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": [f"i{i}" for i in range(len(p))], "p_good": pl.Series(p, dtype=pl.Float64)})


def verdicts(*said: str, **further: list) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": [f"i{i}" for i in range(len(said))], "verdict": list(said), **further})


def simulated(n: int, seed: int, *, shift: float = 0.0) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.05, 0.85, n)
    said = np.where(rng.random(n) < p + shift, "good", "bad").tolist()
    return predicted(*p.tolist()), verdicts(*said, session_id=[f"s{i // 2}" for i in range(n)])


def test_a_bin_holds_what_was_predicted_and_what_was_said():
    found = measure_reliability(predicted(0.95, 1.0, 0.55), verdicts("good", "bad", "good"))
    assert found.select("p_from", "p_to", "observed_rate", "n").rows() == [(0.5, 0.6, 1.0, 1), (0.9, 1.0, 0.5, 2)]
    assert found["mean_predicted"].to_list() == pytest.approx([0.55, 0.975])
    assert (found["low"] < found["observed_rate"]).all()


def test_a_review_drawn_rarely_counts_for_more():
    said = verdicts("good", "bad", inclusion_probability=[0.25, 0.75])
    assert measure_reliability(predicted(0.95, 0.95), said)["observed_rate"].to_list() == pytest.approx([0.75])


def test_what_has_no_probability_or_no_verdict_is_left_out():
    found = measure_calibration_error(predicted(0.75, None, 0.25), verdicts("good", "good", "unsure"), seed=0)
    assert found.select("n", "n_sessions", "error", "low").row(0) == (1, 1, 0.25, None)


def test_the_error_is_the_mean_distance_of_the_bins():
    found = measure_calibration_error(predicted(0.95, 0.95, 0.15), verdicts("good", "bad", "bad"), seed=0)
    assert found["error"].item() == pytest.approx((2 * 0.45 + 0.15) / 3)


def test_the_interval_reaches_zero_where_the_probabilities_hold_and_not_where_they_do_not():
    holds, fails = (
        [measure_calibration_error(*simulated(400, seed, shift=shift), seed=0)["low"].item() for seed in range(10)]
        for shift in (0.0, 0.15)
    )
    assert sum(low == 0 for low in holds) >= 9
    assert sum(low > 0.02 for low in fails) >= 9


def test_the_seed_decides():
    p, said = simulated(100, 0)
    one, same, other = (measure_calibration_error(p, said, seed=seed) for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


def test_the_order_of_rows_does_not_matter():
    p, said = simulated(100, 0)
    shuffled = said.sample(fraction=1, shuffle=True, seed=1)
    assert measure_calibration_error(p.reverse(), shuffled, seed=0).equals(measure_calibration_error(p, said, seed=0))


def test_nothing_reviewed():
    nobody = verdicts("unsure", "unsure")
    assert measure_reliability(predicted(0.5, 0.6), nobody).is_empty()
    assert measure_calibration_error(predicted(0.5, 0.6), nobody, seed=0).row(0) == (0, 0, None, None, None)


def test_what_is_no_probability_is_refused():
    with pytest.raises(SchemaError, match="p_good lies in"):
        measure_reliability(predicted(1.2), verdicts("good"))
