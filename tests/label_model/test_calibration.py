"""Which calibration the reviews support."""

import numpy as np
import polars as pl
import pytest
from reviewed_votes import review, simulate_votes

from feedback.label_model.calibration import BASE_RATE, Calibration, calibrate, list_ways, share_out
from feedback.label_model.evidence import learn_evidence
from feedback.label_model.reviewed import match_reviews


def fit(n_reviews: int, *, informative: bool = True, seed: int = 0) -> Calibration:
    votes, is_good = simulate_votes(3_000, seed=seed, informative=informative)
    reviewed = match_reviews(votes, review(votes, is_good, n_reviews, seed=seed))
    return calibrate(learn_evidence(votes, {}), reviewed, seed=0)


def test_votes_that_say_something_are_used():
    assert fit(100).uses_votes


@pytest.mark.parametrize("seed", range(5))
def test_votes_that_say_nothing_leave_about_the_base_rate(seed: int):
    found = fit(400, informative=False, seed=seed)
    # One vote moves the log-odds by less than half a logit, where an informative one moves them by two.
    assert np.abs(found.coefficients.general[1:]).max() < 0.5


def test_shares_add_up_to_one():
    assert sum(fit(100).shares.values()) == pytest.approx(1.0)


def test_a_calibration_with_less_loss_has_the_greater_share():
    shares = share_out({BASE_RATE: 20.0, "evidence": 19.0, "votes, loose": 18.0}, 50)
    assert shares["votes, loose"] > shares["evidence"] > shares[BASE_RATE]


def test_no_votes_where_they_hardly_help():
    losses = {BASE_RATE: 20.0, "base rate, features apart": 20.0, "evidence": 22.0}
    assert share_out(losses, 200) == {BASE_RATE: 0.5, "base rate, features apart": 0.5}


def test_the_more_reviews_the_more_votes_have_to_prove():
    losses = {BASE_RATE: 20.0, "evidence": 19.0}
    assert "evidence" in share_out(losses, 50)
    assert "evidence" not in share_out(losses, 200)


def test_a_feature_with_a_hundred_reviews_may_go_its_own_way():
    votes, is_good = simulate_votes(3_000)
    evidence = learn_evidence(votes, {})
    few, many = (match_reviews(votes, review(votes, is_good, k)) for k in (150, 300))
    assert not any(name.startswith("votes by feature") for name in list_ways(evidence, few))
    assert any(name.startswith("votes by feature") for name in list_ways(evidence, many))


def test_with_one_feature_nothing_is_pooled():
    votes, is_good = simulate_votes(300)
    alone = votes.with_columns(feature=pl.lit("chat"))
    ways = list_ways(learn_evidence(alone, {}), match_reviews(alone, review(alone, is_good, 50)))
    assert all(term.feature is None for terms in ways.values() for term in terms)


def test_no_probability_is_surer_than_the_reviews():
    found = fit(100)
    assert found.clip(np.array([-99.0, 99.0])).tolist() == pytest.approx([0.005, 0.995])
