"""The rate sampler: exact chances, exact size, and how many more reviews are needed."""

import numpy as np
import polars as pl
import pytest

from feedback.errors import SettingsError
from feedback.quality.sampler import draw_for_rate, inclusion_probabilities, reviews_needed
from feedback.schemas import TABLES, check_table

NO_REVIEWS = pl.DataFrame(
    schema={
        "interaction_id": pl.String,
        "verdict": pl.String,
        "stream": pl.String,
        "inclusion_probability": pl.Float64,
    }
)


def labelled(p_good, **columns) -> pl.DataFrame:
    ids = range(len(p_good))
    names = {"interaction_id": [f"i{i:04d}" for i in ids], "session_id": [f"s{i // 2:04d}" for i in ids]}
    return pl.DataFrame(names | {"p_good": pl.Series(p_good, dtype=pl.Float64), **columns})


def test_probabilities_sum_to_k_and_keep_the_floor():
    labels = labelled(np.linspace(0.0, 1.0, 101))
    for k, floor in ((1, 0.5), (10, 0.5), (10, 0.1), (60, 0.3), (100, 0.9)):
        chances = inclusion_probabilities(labels, k=k, floor=floor)["inclusion_probability"]
        assert chances.sum() == pytest.approx(k, abs=1e-9)
        assert chances.min() >= floor * k / 101 - 1e-12
        assert chances.max() <= 1


def test_the_uncertain_are_drawn_more_often():
    chances = inclusion_probabilities(labelled([0.5, 0.9, 0.99, 0.1]), k=1, floor=0.1)["inclusion_probability"]
    assert chances[0] > chances[1] > chances[2]
    assert chances[1] == pytest.approx(chances[3])


def test_without_probabilities_every_item_has_the_same_chance():
    assert inclusion_probabilities(labelled([None] * 8), k=2)["inclusion_probability"].to_list() == [0.25] * 8


def test_a_missing_probability_counts_as_a_typical_one():
    chances = inclusion_probabilities(labelled([0.5, 0.99, None]), k=1, floor=0.1)["inclusion_probability"]
    assert chances[1] < chances[2] < chances[0]


@pytest.mark.slow
def test_each_item_is_drawn_as_often_as_its_probability_says():
    labels = labelled(np.linspace(0.3, 0.999, 40))
    expected = inclusion_probabilities(labels, k=12)
    drawn = pl.concat(draw_for_rate(labels, k=12, seed=seed) for seed in range(3000))
    counts = drawn.group_by("interaction_id").len().sort("interaction_id")
    chance = expected["inclusion_probability"].to_numpy()
    z = (counts["len"].to_numpy() / 3000 - chance) / np.sqrt(chance * (1 - chance) / 3000)
    assert abs(z).max() < 4
    assert 0.5 < (z**2).mean() < 1.6


def test_exactly_k_are_drawn_whatever_the_seed():
    labels = labelled(np.random.default_rng(0).beta(8, 2, 500))
    assert {draw_for_rate(labels, k=37, seed=seed).height for seed in range(200)} == {37}


def test_a_draw_does_not_depend_on_the_order_of_the_rows():
    labels = labelled(np.random.default_rng(0).beta(8, 2, 200), score=np.linspace(0, 1, 200))
    one = draw_for_rate(labels, k=20, seed=5)
    assert one.equals(draw_for_rate(labels.reverse().lazy(), k=20, seed=5))
    assert not one.equals(draw_for_rate(labels, k=20, seed=6))


def test_the_rank_says_nothing_about_the_item():
    labels = labelled(np.linspace(0.01, 0.99, 100))
    ranks = pl.concat(draw_for_rate(labels, k=30, seed=seed) for seed in range(300))
    correlation = np.corrcoef(ranks["rank"].to_numpy(), ranks["inclusion_probability"].to_numpy())[0, 1]
    assert abs(correlation) < 0.05


def test_all_are_drawn_when_there_are_no_more():
    drawn = draw_for_rate(labelled([0.5, 0.9, None]), k=10, seed=0)
    assert sorted(drawn["interaction_id"]) == ["i0000", "i0001", "i0002"]
    assert drawn["inclusion_probability"].to_list() == [1.0, 1.0, 1.0]


def test_automated_sessions_are_not_drawn():
    labels = labelled([0.5] * 4, is_automated=[True, False, True, False])
    assert sorted(draw_for_rate(labels, k=4, seed=0)["interaction_id"]) == ["i0001", "i0003"]


def test_a_draw_fits_the_table_of_candidates():
    drawn = draw_for_rate(labelled([0.5] * 9, score=[0.4] * 9), k=3, seed=0)
    stored = drawn.drop("session_id").with_columns(draw_id=pl.lit("d1"))
    assert check_table("candidates", stored).columns == list(TABLES["candidates"].columns)


def test_no_labels_give_an_empty_draw():
    some, none = (draw_for_rate(labels, k=3, seed=0) for labels in (labelled([0.5] * 9), labelled([0.5]).clear()))
    assert none.is_empty()
    assert none.schema == some.schema


@pytest.mark.parametrize(("k", "floor"), [(0, 0.5), (5, 0.0), (5, 1.1)])
def test_impossible_budgets_are_refused(k, floor):
    with pytest.raises(SettingsError, match="floor"):
        draw_for_rate(labelled([0.5]), k=k, seed=0, floor=floor)


def test_more_reviews_are_needed_the_narrower_it_shall_be():
    labels = labelled([None] * 5000)
    reviews = pl.DataFrame(
        {"interaction_id": [f"i{i:04d}" for i in range(100)], "verdict": ["good", "good", "good", "bad"] * 25}
    ).with_columns(stream=pl.lit("rate"), inclusion_probability=0.02)
    needed = {h: reviews_needed(labels, reviews, half_width=h).row(0, named=True) for h in (0.2, 0.05, 0.005)}
    assert needed[0.2]["n_more"] == 0
    assert needed[0.2]["half_width_now"] == pytest.approx(0.084, abs=0.001)
    assert 180 < needed[0.05]["n_more"] < 200
    assert not needed[0.005]["is_reachable"]


def test_without_reviews_the_proxy_says_how_many():
    labels = labelled([0.9] * 1000 + [None] * 1000, feature=["chat"] * 1000 + ["search"] * 1000)
    needed = reviews_needed(labels, NO_REVIEWS, half_width=0.05, by=["feature"])
    assert needed.select("feature", "half_width_now", "n_more").rows() == [("chat", None, 141), ("search", None, 381)]


def test_half_a_width_is_between_0_and_a_half():
    with pytest.raises(SettingsError, match="half_width"):
        reviews_needed(labelled([0.5]), NO_REVIEWS, half_width=5)
