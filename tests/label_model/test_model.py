"""The label model from votes and reviews to scores and probabilities."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reviewed_votes import loss, review, simulate_votes

from feedback.errors import SchemaError, SettingsError
from feedback.label_model import LabelModel

VOTES, IS_GOOD = simulate_votes(3_000)
REVIEWS = review(VOTES, IS_GOOD, 200)
FITTED = LabelModel().fit(VOTES, REVIEWS)


def test_without_reviews_it_ranks_and_says_no_probability():
    predicted = LabelModel().fit(VOTES).predict(VOTES)
    assert predicted["p_good"].null_count() == predicted.height
    assert not predicted["is_calibrated"].any()
    assert predicted["score"].drop_nulls().is_between(0, 1).all()


def test_without_reviews_silence_has_no_score():
    predicted = LabelModel().fit(VOTES).predict(VOTES)
    is_silent = VOTES.select(pl.all_horizontal(pl.col("copied", "undone", "kept").is_null())).to_series()
    assert (predicted["score"].is_null() == is_silent).all()


@pytest.mark.parametrize(
    ("k", "why"),
    [(0, "no reviews; a probability needs 30"), (29, "29 reviews, worth 29 equally weighted; a probability")],
)
def test_too_few_reviews_calibrate_nothing(k: int, why: str):
    model = LabelModel().fit(VOTES, review(VOTES, IS_GOOD, k))
    assert not model.is_calibrated
    assert (model.why_not or "").startswith(why)


def test_thirty_reviews_of_equal_weight_are_enough():
    assert LabelModel().fit(VOTES, review(VOTES, IS_GOOD, 30)).is_calibrated


def test_reviews_of_one_kind_calibrate_nothing():
    model = LabelModel().fit(VOTES, REVIEWS.filter(verdict="good"))
    assert (model.is_calibrated, model.shares) == (False, {})
    assert "are good; a probability needs both kinds" in (model.why_not or "")


def test_unequal_weights_are_worth_fewer_reviews():
    skewed = review(VOTES, IS_GOOD, 40).with_columns(
        inclusion_probability=pl.when(pl.int_range(pl.len()) < 2).then(0.001).otherwise(0.5)
    )
    model = LabelModel().fit(VOTES, skewed)
    assert (model.n_reviews, model.is_calibrated) == (40, False)
    assert model.n_effective < 3


def test_with_reviews_the_score_is_the_probability():
    predicted = FITTED.predict(VOTES)
    assert FITTED.is_calibrated
    assert FITTED.why_not is None
    assert predicted["is_calibrated"].all()
    assert (predicted["score"] == predicted["p_good"]).all()


def test_it_is_better_than_the_base_rate_on_what_it_has_not_seen():
    fresh, is_good = simulate_votes(3_000, seed=1)
    p = FITTED.predict(fresh)["p_good"].to_numpy()
    assert loss(p, is_good) < loss(np.full(len(p), 0.8), is_good) - 0.1
    assert abs(p.mean() - is_good.mean()) < 0.06


def test_reviews_turn_a_function_round_that_means_the_opposite():
    turned = VOTES.with_columns(copied=1 - pl.col("copied"), undone=1 - pl.col("undone"), kept=1 - pl.col("kept"))
    p = LabelModel().fit(turned, REVIEWS).predict(turned)["p_good"].to_numpy()
    assert p[IS_GOOD].mean() > p[~IS_GOOD].mean() + 0.2


def test_weights_undo_a_biased_draw():
    # Bad responses drawn eight times as often: unweighted, about a third of the reviews would be good.
    rng = np.random.default_rng(7)
    chance = np.where(IS_GOOD, 0.05, 0.4)
    taken = rng.random(len(chance)) < chance
    biased = VOTES.filter(pl.Series(taken)).select(
        "interaction_id",
        verdict=pl.Series(np.where(IS_GOOD[taken], "good", "bad")),
        inclusion_probability=pl.Series(chance[taken]),
    )
    assert LabelModel().fit(VOTES, biased).predict(VOTES)["p_good"].mean() == pytest.approx(0.8, abs=0.06)


def test_where_votes_say_nothing_the_score_still_ranks():
    votes, is_good = simulate_votes(3_000, informative=False)
    model = LabelModel().fit(votes, review(votes, is_good, 400))
    predicted = model.predict(votes)
    assert all(name.startswith("base rate") for name in model.shares)
    assert predicted["p_good"].n_unique() <= 2
    assert predicted["score"].n_unique() > 10


def test_a_feature_nobody_reviewed_is_predicted_in_general():
    elsewhere = VOTES.with_columns(feature=pl.lit("summary"))
    without = VOTES.drop("feature")
    assert FITTED.predict(elsewhere)["p_good"].equals(FITTED.predict(without)["p_good"])


def test_features_of_unlike_quality_are_told_apart():
    # In chat half of the good responses are not.
    rng = np.random.default_rng(7)
    is_good = IS_GOOD & ((VOTES["feature"] == "search").to_numpy() | (rng.random(len(IS_GOOD)) < 0.5))
    p = LabelModel().fit(VOTES, review(VOTES, is_good, 300)).predict(VOTES).with_columns(VOTES["feature"])
    mean = dict(p.group_by("feature").agg(pl.col("p_good").mean()).iter_rows())
    assert mean["search"] > mean["chat"] + 0.2


@settings(max_examples=5)
@given(st.integers(0, 2**31))
def test_the_order_of_rows_does_not_matter(seed: int):
    votes, reviews = VOTES[:500], REVIEWS
    shuffled = votes.sample(fraction=1, shuffle=True, seed=seed)
    one = LabelModel().fit(votes, reviews.filter(pl.col("interaction_id") < "i000500"))
    other = LabelModel().fit(shuffled, reviews.sample(fraction=1, shuffle=True, seed=seed))
    assert one.to_json() == other.to_json()
    assert one.predict(shuffled).sort("interaction_id").equals(one.predict(votes))


def test_lazy_is_as_eager_and_inputs_stay_as_they_are():
    votes, reviews = VOTES.clone(), REVIEWS.clone()
    lazily = LabelModel().fit(votes.lazy(), reviews.lazy()).predict(votes.lazy())
    assert lazily.equals(FITTED.predict(VOTES))
    assert votes.equals(VOTES)
    assert reviews.equals(REVIEWS)


@pytest.mark.parametrize("reviews", [None, REVIEWS])
def test_json_keeps_every_prediction(reviews: pl.DataFrame | None):
    model = LabelModel(seed=3, weights={"copied": 1.5}).fit(VOTES, reviews)
    again = LabelModel.from_json(model.to_json())
    assert again.predict(VOTES).equals(model.predict(VOTES))
    assert again.to_json() == model.to_json()
    assert (again.n_reviews, again.why_not, again.shares) == (model.n_reviews, model.why_not, model.shares)


@pytest.mark.parametrize("text", ["fixed weights", "{}", '{"seed": 0, "weights": {}, "format": 99}'])
def test_other_text_is_no_model(text: str):
    with pytest.raises(SettingsError, match="no label model"):
        LabelModel.from_json(text)


def test_cross_fitting_covers_the_reviewed_and_has_not_seen_their_verdicts():
    unseen = FITTED.cross_fit(VOTES, REVIEWS)
    assert unseen["interaction_id"].to_list() == sorted(REVIEWS["interaction_id"])
    [item] = REVIEWS["interaction_id"][:1]
    flip = pl.when(pl.col("interaction_id") != item).then("verdict").when(pl.col("verdict") == "good")
    flipped = REVIEWS.with_columns(verdict=flip.then(pl.lit("bad")).otherwise(pl.lit("good")))
    before, after = (unseen.filter(interaction_id=item) for unseen in (unseen, FITTED.cross_fit(VOTES, flipped)))
    assert before.equals(after)


def test_cross_fitting_without_enough_reviews_or_sessions_knows_nothing():
    assert LabelModel().cross_fit(VOTES, REVIEWS[:10])["p_good"].null_count() == 10
    one_session = REVIEWS.with_columns(session_id=pl.lit("s"))
    assert LabelModel().cross_fit(VOTES, one_session)["p_good"].null_count() == 200


def test_empty_votes():
    model = LabelModel().fit(VOTES.clear(), REVIEWS)
    assert model.predict(VOTES.clear()).is_empty()
    assert model.cross_fit(VOTES.clear(), REVIEWS).schema == {"interaction_id": pl.String, "p_good": pl.Float64}


def test_votes_without_functions_have_only_a_base_rate():
    bare = VOTES.select("interaction_id", "session_id")
    predicted = LabelModel().fit(bare, REVIEWS).predict(bare)
    assert predicted["p_good"].n_unique() == 1
    assert predicted["score"].null_count() == predicted.height


def test_nan_is_an_abstention():
    spoiled = VOTES.with_columns(pl.col("kept").fill_null(float("nan")))
    assert LabelModel().fit(spoiled, REVIEWS).predict(spoiled).equals(FITTED.predict(VOTES))


def test_a_missing_function_is_named():
    with pytest.raises(SchemaError, match="reads votes of undone"):
        FITTED.predict(VOTES.drop("undone"))


def test_an_unfitted_model_predicts_nothing():
    with pytest.raises(SettingsError, match="call fit first"):
        LabelModel().predict(VOTES)
