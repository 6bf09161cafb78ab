"""How far reviewers agree, against published figures."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from review_rows import review_table, said

from feedback.reviews import compare_reviewers, measure_agreement
from feedback.reviews.alpha import bootstrap_alpha, krippendorff_alpha
from feedback.schemas import empty_table

# Units by categories: three observers, fifteen units, missing values; nominal alpha 0.691 is published with it.
PUBLISHED = [
    (0, 0, 2, 0), (2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 1), (0, 0, 0, 3), (1, 0, 1, 0), (0, 2, 0, 0), (2, 0, 0, 0),
    (2, 0, 0, 0), (0, 0, 2, 0), (0, 0, 2, 0), (0, 0, 1, 1),
]  # fmt: skip


def judged(**verdicts: str) -> pl.DataFrame:
    """Return reviews: for each reviewer one letter per item, `.` for none."""
    words = {"g": "good", "b": "bad", "u": "unsure", "x": "unusable"}
    rows = [
        said(who, words[letter], interaction_id=f"i{n:02}")
        for who, letters in verdicts.items()
        for n, letter in enumerate(letters)
        if letter != "."
    ]
    return review_table(*rows)


def test_alpha_is_the_published_one():
    assert krippendorff_alpha(np.array(PUBLISHED, dtype=float)).round(6) == [0.691358]


def test_two_reviewers_by_hand():
    found = measure_agreement(judged(ann="gggbbbggbb", bob="gggbbgggbb")).row(0, named=True)
    observed, expected = 2 * (20 - 1), 20**2 - 11**2 - 9**2
    assert (found["n_items"], found["n_reviewers"], found["agreement"]) == (10, 2, 0.9)
    assert found["alpha"] == pytest.approx(1 - observed / expected)
    assert 0 < found["low"] < found["alpha"] < found["high"] <= 1


def test_only_items_that_two_decided_count():
    found = measure_agreement(judged(ann="gb.gg", bob="gbgu.", eve="...u.")).row(0, named=True)
    assert (found["n_items"], found["n_reviewers"], found["agreement"], found["alpha"]) == (2, 2, 1.0, 1.0)


def test_alpha_is_null_where_chance_explains_everything():
    found = measure_agreement(judged(ann="g" * 12, bob="g" * 12)).row(0, named=True)
    assert (found["agreement"], found["alpha"], found["low"], found["high"]) == (1.0, None, None, None)


def test_few_items_give_no_interval_and_perfect_agreement_an_honest_one():
    assert measure_agreement(judged(ann="gbgbgbgbg", bob="gbgbgbgbg"))["low"].to_list() == [None]
    found = measure_agreement(judged(ann="gb" * 10, bob="gb" * 10)).row(0, named=True)
    assert found["alpha"] == found["high"] == 1
    assert found["low"] == pytest.approx(1 - (1 - 0.025 ** (1 / 20)) / 0.5)


def test_the_interval_depends_on_the_seed_alone():
    table = judged(ann="gggbbbggbbgb", bob="gggbbgggbbbb")
    first = measure_agreement(table, seed=1)
    assert_frame_equal(first, measure_agreement(table.sample(fraction=1, shuffle=True, seed=3), seed=1))
    assert first["low"].item() != measure_agreement(table, seed=2, n_draws=50)["low"].item()


def test_levels_are_never_mixed_and_groups_are_kept_apart():
    rows = [said(who, verdict, level=level, stream=stream, interaction_id="i1") for who, verdict, level, stream in [
        ("ann", "good", "response", "rate"), ("bob", "good", "response", "rate"), ("eve", "bad", "response", "import"),
        ("ann", "good", "session", "rate"), ("bob", "bad", "session", "rate"),
    ]]  # fmt: skip
    found = measure_agreement(review_table(*rows), by=["stream"]).select("level", "stream", "n_items", "agreement")
    assert found.rows() == [("response", "rate", 1, 1.0), ("session", "rate", 1, 0.0)]


def test_a_review_that_settles_a_question_is_not_independent():
    first = [said("ann", "good"), said("bob", "bad"), said("eve", "good", supersedes="r2")]
    corrected = said("bob", "good", supersedes="r2")
    assert measure_agreement(review_table(*first))["agreement"].to_list() == [0.0]
    assert measure_agreement(review_table(*first[:2], corrected))["agreement"].to_list() == [1.0]


def test_pairs_of_reviewers_have_their_kappa():
    found = compare_reviewers(judged(ann="gggbbb", bob="ggbbbg", eve="..bbxg"))
    assert found.select("reviewer", "other_reviewer", "n_items", pl.col("agreement", "kappa").round(3)).rows() == [
        ("ann", "bob", 6, 0.667, 0.333), ("ann", "eve", 4, 0.25, -0.333), ("bob", "eve", 4, 0.75, 0.556),
    ]  # fmt: skip


def test_kappa_is_null_where_both_always_say_the_same():
    assert compare_reviewers(judged(ann="gg", bob="gg"))["kappa"].to_list() == [None]


@pytest.mark.parametrize("measure", [measure_agreement, compare_reviewers])
def test_without_shared_items_there_is_no_row(measure):
    empty = measure(empty_table("reviews"))
    assert empty.is_empty()
    assert measure(judged(ann="g.", bob=".b")).schema == empty.schema == measure(judged(ann="gb", bob="gb")).schema


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda row: sum(row) > 1), min_size=1))
def test_alpha_lies_below_one_and_weights_repeat_items(rows: list[tuple[int, int]]):
    counts = np.array(rows, dtype=float)
    alpha = krippendorff_alpha(counts)[0]
    assert np.isnan(alpha) or -1 <= alpha <= 1
    twice = krippendorff_alpha(counts, np.full((1, len(rows)), 2.0))[0]
    repeated = krippendorff_alpha(np.concatenate([counts, counts]))[0]
    assert twice == pytest.approx(repeated, nan_ok=True)


def test_the_interval_narrows_with_items():
    counts = np.array([[2.0, 0.0]] * 6 + [[0.0, 2.0]] * 5 + [[1.0, 1.0]] * 2)
    few, many = (bootstrap_alpha(np.tile(counts, (n, 1)), seed=0, n_draws=500) for n in (1, 9))
    assert few[0] < many[0] < many[1] < few[1]
