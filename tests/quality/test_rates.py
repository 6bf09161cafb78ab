"""Rates from reviews: what counts, what the numbers are, and that no interval is narrower than it may be."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from feedback.errors import SchemaError, SettingsError
from feedback.quality.rates import estimate_rates, estimate_session_rates
from feedback.stats import wilson_interval


def labelled(p_good, **columns) -> pl.DataFrame:
    """Return one label per probability, each in a session of its own."""
    ids = range(len(p_good))
    names = {"interaction_id": [f"i{i:05d}" for i in ids], "session_id": [f"s{i:05d}" for i in ids]}
    return pl.DataFrame(names | {"p_good": pl.Series(p_good, dtype=pl.Float64), **columns})


def judged(verdicts, **columns) -> pl.DataFrame:
    """Return one review for each of the first labels, drawn for a rate with probability 0.1."""
    rows = {
        "interaction_id": [f"i{i:05d}" for i in range(len(verdicts))],
        "verdict": pl.Series(verdicts, dtype=pl.String),
    }
    return pl.DataFrame(rows | {"stream": "rate", "inclusion_probability": 0.1} | columns)


def only(rates: pl.DataFrame) -> dict:
    assert rates.height == 1
    return rates.row(0, named=True)


def test_result_has_the_documented_columns():
    rates = estimate_rates(labelled([0.9, 0.8]), judged(["good"]))
    assert rates.columns == [
        "n", "n_reviewed", "proxy_rate", "rate", "low", "high", "n_effective", "method", "n_unanswered",
    ]  # fmt: skip


def test_even_reviews_without_probabilities_give_wilson():
    found = only(estimate_rates(labelled([None] * 100), judged(["good"] * 15 + ["bad"] * 5)))
    low, high = wilson_interval(0.75, 20)
    assert found["method"] == "weighted (no p_good)"
    assert found["proxy_rate"] is None
    assert (found["rate"], found["n_effective"]) == pytest.approx((0.75, 20))
    assert (found["low"], found["high"]) == pytest.approx((low, high))


def test_weights_are_one_over_the_inclusion_probability():
    reviews = judged(["good", "bad", "bad"], inclusion_probability=[0.1, 0.5, 0.5])
    found = only(estimate_rates(labelled([None] * 9), reviews))
    assert found["rate"] == pytest.approx(10 / 14)
    assert found["n_effective"] < 3


def test_picks_and_imports_without_a_probability_never_enter():
    reviews = judged(
        ["good", "bad", "bad", "bad"],
        stream=["rate", "mining", "import", "rate"],
        inclusion_probability=[0.1, 1.0, None, None],
    )
    found = only(estimate_rates(labelled([0.5] * 9), reviews))
    assert (found["n_reviewed"], found["rate"]) == (1, 1.0)


def test_random_reviews_of_any_stream_enter_and_so_does_a_census():
    reviews = judged(["good", "bad"], stream=["mining", "rate"], inclusion_probability=[0.5, 1.0])
    found = only(estimate_rates(labelled([0.5] * 9), reviews))
    assert (found["n_reviewed"], found["rate"]) == (2, pytest.approx(2 / 3))


def test_draws_of_one_item_combine():
    twice = judged(["good", "bad"]).vstack(judged(["good"]).with_columns(inclusion_probability=0.5))
    draws = twice.with_columns(draw_id=pl.Series(["a", "a", "b"]))
    found = only(estimate_rates(labelled([None] * 9), draws))
    weight = 1 / (1 - 0.9 * 0.5)
    assert found["rate"] == pytest.approx(weight / (weight + 10))


def test_unanswered_items_are_counted_and_say_nothing():
    found = only(estimate_rates(labelled([0.8] * 9), judged(["good", "unsure", None, "bad", "unusable"])))
    assert (found["n_reviewed"], found["n_unanswered"], found["rate"]) == (2, 2, 0.5)


def test_graded_verdicts_count_by_their_score():
    found = only(estimate_rates(labelled([None] * 9), judged(["good", "good", "bad"], score=[0.6, None, 0.2])))
    assert found["rate"] == pytest.approx(0.6)


def test_session_reviews_do_not_enter_response_rates():
    reviews = judged(["good", "bad"], level=["response", "session"], session_id=["s00000", "s00001"])
    assert only(estimate_rates(labelled([0.5] * 9), reviews))["rate"] == 1.0


def test_groups_without_reviews_have_a_proxy_only():
    labels = labelled([0.9, 0.7, None], feature=["chat", "search", None])
    rates = estimate_rates(labels, judged(["good"]), by=["feature"])
    assert rates.select("feature", "proxy_rate", "rate", "method").rows() == [
        (None, None, None, "no reviews"),
        ("chat", 0.9, 1.0, "weighted (under 30 effective reviews)"),
        ("search", 0.7, None, "no reviews"),
    ]


def test_unusable_only_is_no_review():
    found = only(estimate_rates(labelled([0.9, 0.7]), judged(["unusable"])))
    assert (found["n_reviewed"], found["rate"], found["low"], found["method"]) == (0, None, None, "no reviews")


def test_automated_sessions_are_left_out():
    labels = labelled([0.9, 0.1], is_automated=[False, True])
    found = only(estimate_rates(labels, judged(["good", "bad"])))
    assert (found["n"], found["proxy_rate"], found["n_reviewed"]) == (1, 0.9, 1)


def test_the_proxy_corrects_for_an_unlucky_draw():
    p_good = [0.2] * 40 + [0.9] * 60 + [0.2, 0.9] * 450
    verdicts = ["bad", "bad", "bad", "bad", "good"] * 8 + (["good"] * 9 + ["bad"]) * 6
    found = only(estimate_rates(labelled(p_good), judged(verdicts)))
    assert found["method"] == "prediction-powered"
    assert found["rate"] == pytest.approx(0.55, abs=0.01)
    assert found["n_effective"] > 130


def test_a_useless_proxy_changes_nothing():
    p_good = np.tile([0.3, 0.7], 500)
    found = only(estimate_rates(labelled(p_good), judged(["good", "good", "bad", "bad"] * 25)))
    assert found["rate"] == pytest.approx(0.5, abs=0.001)
    assert 90 < found["n_effective"] < 110


def test_a_fully_reviewed_group_keeps_an_interval():
    p_good = np.tile([0.3, 0.9], 100)
    found = only(estimate_rates(labelled(p_good), judged(["bad", "good"] * 100, inclusion_probability=1.0)))
    low, high = wilson_interval(0.5, 200)
    assert found["rate"] == pytest.approx(0.5)
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=0.01)


@pytest.mark.parametrize("verdict", ["good", "bad"])
@pytest.mark.parametrize("n", [1, 2, 5, 29, 31, 200])
@pytest.mark.parametrize("p_good", [None, 0.0, 0.5, 0.93, 1.0])
def test_unanimous_reviews_are_not_certain(verdict, n, p_good):
    found = only(estimate_rates(labelled([p_good] * 400), judged([verdict] * n)))
    assert found["rate"] == (verdict == "good")
    low, high = wilson_interval(found["rate"], n)
    assert found["high"] - found["low"] >= (high - low) * 0.999
    assert found["low"] <= found["rate"] <= found["high"]


def test_one_item_that_stands_for_nearly_all_is_worth_about_one():
    reviews = judged(["good"] * 40, inclusion_probability=[1e-6] + [0.9] * 39)
    found = only(estimate_rates(labelled([None] * 99), reviews))
    assert found["n_effective"] == pytest.approx(1, abs=0.01)


def test_one_heavy_user_is_not_a_segment():
    labels = labelled([None] * 100, user_id=["u1"] * 90 + [f"v{i}" for i in range(10)])
    alone = only(estimate_rates(labels.head(90), judged(["good"] * 80 + ["bad"] * 10)))
    assert alone["n_effective"] == 1
    among_others = only(estimate_rates(labels, judged(["good"] * 90 + ["bad"] * 10)))
    assert among_others["n_effective"] < 10


def test_answers_of_a_person_being_alike_widens():
    verdicts = (["good"] * 8 + ["bad"] * 2) * 20
    alike = [f"u{i // 2}{verdict}" for i, verdict in enumerate(verdicts)]
    mixed = [f"u{i % 100}" for i in range(200)]
    sizes = [
        only(estimate_rates(labelled([None] * 200, user_id=users), judged(verdicts)))["n_effective"]
        for users in (alike, mixed)
    ]
    assert sizes[0] < 115
    assert sizes[1] <= 200


def test_a_partly_missing_proxy_is_filled_with_the_mean_of_its_group():
    labels = labelled([0.6, 0.8, None] * 100)
    found = only(estimate_rates(labels, judged(["good", "good", "bad"] * 20)))
    assert (found["method"], found["proxy_rate"]) == ("prediction-powered", pytest.approx(0.7))
    assert found["rate"] == pytest.approx(2 / 3, abs=0.01)


def test_tuning_may_be_kept_within_a_column():
    labels = labelled([0.2, 0.9] * 300, world=["a"] * 300 + ["b"] * 300)
    reviews = judged(["bad", "good"] * 50).vstack(
        judged(["good", "bad"] * 50).with_columns(
            interaction_id=pl.concat_str(pl.lit("i"), pl.int_range(300, 400).cast(pl.String).str.zfill(5))
        )
    )
    apart = estimate_rates(labels, reviews, by=["world"], tuned_within=["world"])
    alone = estimate_rates(labels.head(300), reviews.head(100), by=["world"])
    assert apart.head(1).equals(alone)


def test_rows_in_any_order_give_the_same_rates():
    generator = np.random.default_rng(0)
    labels = labelled(generator.beta(8, 2, 500), feature=["chat", "search"] * 250)
    reviews = judged(generator.choice(["good", "bad"], 120, p=[0.8, 0.2]).tolist())
    one = estimate_rates(labels, reviews, by=["feature"])
    other = estimate_rates(labels.sample(fraction=1, shuffle=True, seed=1).lazy(), reviews.reverse(), by=["feature"])
    numbers = ["proxy_rate", "rate", "low", "high", "n_effective"]
    assert one.drop(numbers).equals(other.drop(numbers))
    np.testing.assert_allclose(one.select(numbers).to_numpy(), other.select(numbers).to_numpy(), rtol=1e-9)


def test_no_labels_give_no_rows_of_the_same_types():
    labels = labelled([0.5], feature=["chat"])
    some = estimate_rates(labels, judged(["good"]), by=["feature"])
    none = estimate_rates(labels.clear(), judged(["good"]), by=["feature"])
    assert none.is_empty()
    assert none.schema == some.schema


def test_a_dimension_may_have_any_name_but_those_of_the_result():
    labels = labelled([0.5, 0.6], group=["a", "b"], weight=["x", "x"])
    assert estimate_rates(labels, judged(["good"]), by=["group", "weight"])["n_reviewed"].to_list() == [1, 0]
    with pytest.raises(SettingsError, match="rate"):
        estimate_rates(labels.rename({"group": "rate"}), judged(["good"]), by=["rate"])


def test_errors_name_what_is_missing():
    with pytest.raises(SchemaError, match="feature"):
        estimate_rates(labelled([0.5]), judged(["good"]), by=["feature"])
    with pytest.raises(SchemaError, match="stream"):
        estimate_rates(labelled([0.5]), judged(["good"]).drop("stream"))
    with pytest.raises(SchemaError, match="above 0"):
        estimate_rates(labelled([0.5]), judged(["good"], inclusion_probability=0.0))
    with pytest.raises(SettingsError, match="tuned_within"):
        estimate_rates(labelled([0.5]), judged(["good"]), tuned_within=["feature"])


def test_session_rates_take_the_mean_of_the_labels_and_the_group_of_the_first():
    labels = pl.DataFrame(
        {
            "interaction_id": ["i1", "i2", "i3"],
            "session_id": ["s1", "s1", "s2"],
            "p_good": [0.9, 0.5, None],
            "feature": ["search", "chat", "chat"],
            "shown_at": [datetime(2026, 1, day, tzinfo=UTC) for day in (7, 5, 6)],
        }
    )
    reviews = pl.DataFrame(
        {
            "interaction_id": ["i3", None],
            "session_id": ["s2", "s1"],
            "level": ["response", "session"],
            "verdict": ["bad", "good"],
            "stream": "rate",
            "inclusion_probability": 0.5,
        }
    )
    rates = estimate_session_rates(labels, reviews, by=["feature"])
    assert rates.select("feature", "n", "n_reviewed", "proxy_rate", "rate").rows() == [("chat", 2, 1, 0.7, 1.0)]


@pytest.mark.parametrize("p_good", [None, 0.85])
def test_intervals_cover_on_average(p_good):
    generator = np.random.default_rng(3)
    n_covered = 0
    for _ in range(200):
        verdicts = np.where(generator.random(60) < 0.85, "good", "bad").tolist()
        found = only(estimate_rates(labelled([p_good] * 100), judged(verdicts)))
        n_covered += found["low"] <= 0.85 <= found["high"]
    assert n_covered >= 180
