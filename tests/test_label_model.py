"""How votes become a score, a conflict and a reason, and interactions become labels."""

from math import exp

import polars as pl
import pytest
from event_rows import at, interaction_table
from hypothesis import given
from hypothesis import strategies as st

from feedback.label_model import derive_labels, score_votes
from feedback.labelling.functions import registered_functions
from feedback.labelling.votes import cast_votes
from feedback.schemas import check_table

WEIGHTS = {"copied": 1.0, "rejected": 2.0, "kept": 1.0}
TYPES = {"interaction_id": pl.String, "copied": pl.Int8, "rejected": pl.Int8, "kept": pl.Float32}


def score(copied: int | None = None, rejected: int | None = None, kept: float | None = None) -> dict:
    row = {"interaction_id": "i1", "copied": copied, "rejected": rejected, "kept": kept}
    return score_votes(pl.DataFrame([row], schema=TYPES), WEIGHTS).row(0, named=True)


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def test_one_vote_is_its_weight_in_log_odds():
    assert score(copied=1)["score"] == pytest.approx(sigmoid(1))
    assert score(rejected=0)["score"] == pytest.approx(sigmoid(-2))


def test_votes_add_up():
    assert score(copied=1, rejected=0, kept=1.0)["score"] == pytest.approx(0.5)


def test_the_grade_counts_and_half_a_vote_changes_nothing():
    assert score(kept=0.75)["score"] == pytest.approx(sigmoid(0.5))
    assert score(copied=1, kept=0.5)["score"] == pytest.approx(sigmoid(1))


def test_nothing_voted():
    assert score() == {"interaction_id": "i1", "score": None, "n_votes": 0, "conflict": None, "reason": None}


def test_nothing_but_half_a_vote_is_a_vote_without_conflict():
    assert score(kept=0.5) == {"interaction_id": "i1", "score": 0.5, "n_votes": 1, "conflict": 0.0, "reason": "kept"}


@pytest.mark.parametrize(
    ("votes", "conflict"),
    [
        ({"copied": 1}, 0.0),
        ({"copied": 1, "kept": 0.75}, 0.0),
        ({"copied": 1, "rejected": 0}, 1 / 3),
        ({"copied": 1, "rejected": 0, "kept": 1.0}, 0.5),
        ({"copied": 1, "rejected": 1, "kept": 0.0}, 0.25),
    ],
)
def test_conflict_is_the_share_of_the_weaker_side(votes: dict, conflict: float):
    assert score(**votes)["conflict"] == pytest.approx(conflict)


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        ({"copied": 1, "rejected": 0}, "rejected"),
        ({"copied": 1, "kept": 0.75}, "copied"),
        ({"copied": 1, "kept": 0.0}, "copied"),
        ({"kept": 0.6}, "kept"),
    ],
)
def test_reason_is_the_strongest_vote_the_first_on_a_tie(votes: dict, reason: str):
    assert score(**votes)["reason"] == reason


def test_a_column_without_a_weight_does_not_vote():
    votes = pl.DataFrame({"interaction_id": ["i1"], "copied": [1]})
    assert score_votes(votes, {"rejected": 1.0}).row(0) == ("i1", None, 0, None, None)


graded = st.none() | st.floats(0, 1, width=32)
decided = st.none() | st.integers(0, 1)


@given(decided, decided, graded, st.floats(0, 1, width=32), st.floats(0, 1, width=32))
def test_the_score_rises_with_every_vote(
    copied: int | None, rejected: int | None, kept: float | None, a: float, b: float
):
    lower, higher = sorted((a, b))
    assert score(copied, rejected, lower)["score"] <= score(copied, rejected, higher)["score"]
    assert score(0, rejected, kept)["score"] <= score(1, rejected, kept)["score"]
    without = score(None, rejected, kept)["score"]
    if without is not None:
        assert score(0, rejected, kept)["score"] < without < score(1, rejected, kept)["score"]


@given(decided, decided, graded)
def test_scores_and_conflicts_stay_in_their_range(copied: int | None, rejected: int | None, kept: float | None):
    found = score(copied, rejected, kept)
    voted = [vote for vote in (copied, rejected, kept) if vote is not None]
    assert found["n_votes"] == len(voted)
    if voted:
        assert 0 < found["score"] < 1
        assert 0 <= found["conflict"] <= 0.5
        assert found["reason"] in WEIGHTS


def labels_of(*rows: dict, label_version: int = 1) -> pl.DataFrame:
    interactions = interaction_table(*rows)
    weights = {function.name: function.weight for function in registered_functions()}
    return derive_labels(interactions, cast_votes(interactions), weights, label_version=label_version)


def test_labels_are_as_declared_beside_is_final():
    labels = labels_of({"copied_after_s": 5.0, "evidence_event_ids": ["e1"]}, {}, label_version=3)
    assert check_table("labels", labels).height == 2
    assert labels["label_version"].to_list() == [3, 3]
    assert labels["is_final"].to_list() == [True, True]


def test_p_good_is_null_until_reviews_calibrate_it():
    assert labels_of({"copied_after_s": 5.0})["p_good"].to_list() == [None]


def test_a_label_names_its_score_reason_and_evidence():
    label = labels_of({"copied_after_s": 5.0, "evidence_event_ids": ["e1"]}).row(0, named=True)
    [weight] = [function.weight for function in registered_functions() if function.name == "copied"]
    assert (label["score"], label["reason"], label["n_votes"]) == (pytest.approx(sigmoid(weight)), "copied", 1)
    assert (label["evidence_event_ids"], label["final_at"]) == (["e1"], at(1800))


def test_without_a_vote_there_is_neither_score_nor_evidence():
    label = labels_of({"evidence_event_ids": ["e1"]}).row(0, named=True)
    assert (label["score"], label["n_votes"], label["evidence_event_ids"]) == (None, 0, [])


def test_against_behaviour_a_rating_votes_and_conflict_shows_it():
    label = labels_of({"accepted_after_s": 5.0, "rating": 0.0}).row(0, named=True)
    assert label["n_votes"] == 2
    assert 0.3 < label["conflict"] <= 0.5


def test_labels_are_in_order_of_final_at_and_id():
    labels = labels_of(
        {"interaction_id": "c"}, {"interaction_id": "b", "window_ends_at": at(60)}, {"interaction_id": "a"}
    )
    assert labels["interaction_id"].to_list() == ["b", "a", "c"]


def test_dimensions_and_measures_are_carried():
    interactions = interaction_table({"feature": "chat"}).with_columns(model=pl.lit("m"), cost_usd=pl.lit(0.5))
    labels = derive_labels(interactions, cast_votes(interactions), {"copied": 1.0}, label_version=1)
    assert labels.select("feature", "cost_usd", "model").row(0) == ("chat", 0.5, "m")
    assert labels.columns[-2:] == ["cost_usd", "model"]
