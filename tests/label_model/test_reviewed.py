"""Which reviews count, and how much."""

import polars as pl
import pytest

from feedback.errors import SchemaError
from feedback.label_model.reviewed import match_reviews, usable_verdicts

VOTES = pl.DataFrame({"interaction_id": ["a", "b", "c"], "session_id": ["s", "s", "t"], "copied": [1, 0, None]})


def said(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def test_only_good_and_bad_count():
    verdicts = [{"interaction_id": name, "verdict": name} for name in ("good", "bad", "unsure", "unusable")]
    assert usable_verdicts(said(*verdicts)).select("interaction_id", "good").rows() == [("bad", 0.0), ("good", 1.0)]


def test_reviews_of_sessions_are_left_out():
    rows = said(
        {"interaction_id": None, "verdict": "bad", "level": "session"},
        {"interaction_id": "a", "verdict": "good", "level": "response"},
    )
    assert usable_verdicts(rows)["interaction_id"].to_list() == ["a"]


def test_a_graded_verdict_counts_by_its_score():
    rows = said(
        {"interaction_id": "a", "verdict": "good", "score": 0.8},
        {"interaction_id": "b", "verdict": "bad", "score": None},
    )
    assert usable_verdicts(rows)["good"].to_list() == [0.8, 0.0]


def test_several_verdicts_on_one_are_averaged():
    rows = said({"interaction_id": "a", "verdict": "good"}, {"interaction_id": "a", "verdict": "bad"})
    assert usable_verdicts(rows)["good"].to_list() == [0.5]


def test_what_was_drawn_rarely_stands_for_more():
    rows = said(
        {"interaction_id": "a", "verdict": "good", "inclusion_probability": 0.5},
        {"interaction_id": "b", "verdict": "bad", "inclusion_probability": 0.25},
        {"interaction_id": "c", "verdict": "bad", "inclusion_probability": 0.25},
    )
    found = match_reviews(VOTES, rows)
    assert (found.weights / found.weights[0]).tolist() == [1, 2, 2]
    assert found.n_effective == pytest.approx(25 / 9)


def test_the_session_of_the_review_then_that_of_the_votes_then_none():
    rows = said(
        {"interaction_id": "a", "verdict": "good", "session_id": "of the review"},
        {"interaction_id": "b", "verdict": "good", "session_id": None},
    )
    assert match_reviews(VOTES, rows).sessions.tolist() == ["of the review", "s"]
    assert match_reviews(VOTES.drop("session_id"), rows).sessions.tolist() == ["of the review", "b"]


def test_a_review_of_what_has_no_votes_is_left_out():
    assert match_reviews(VOTES, said({"interaction_id": "z", "verdict": "good"})).good.tolist() == []


def test_reviews_without_verdicts_are_refused():
    with pytest.raises(SchemaError, match="reviews need verdict"):
        usable_verdicts(pl.DataFrame({"interaction_id": ["a"]}))


@pytest.mark.parametrize("wrong", [0.0, 1.5])
def test_an_impossible_inclusion_probability_is_refused(wrong: float):
    with pytest.raises(SchemaError, match="inclusion_probability"):
        usable_verdicts(said({"interaction_id": "a", "verdict": "good", "inclusion_probability": wrong}))
