import numpy as np
import polars as pl
import pytest

from benchmarks.label_tasks import Task, draw_gold, half_of_sessions, task_of_world, vote_share
from benchmarks.scores import auc, brier, calibration_error, interval_of_mean, log_loss
from benchmarks.worlds import INSIDE, RECIPES, SIGNALS, World, make_world


@pytest.mark.parametrize("name", RECIPES)
def test_every_world_has_twelve_functions_that_mostly_abstain_and_vote_within_range(name: str) -> None:
    world = make_world(name, n=2_000, seed=0)
    cast = world.votes.drop("interaction_id", "feature", "session_id")
    assert cast.width == 12
    assert cast.null_count().sum_horizontal().item() > 0.7 * 2_000 * 12
    assert all(series.drop_nulls().is_between(0, 1).all() for series in cast)
    assert {series.dtype for series in cast} == {pl.Int8(), pl.Float64()}


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    first, again, other = (make_world("hard_mix", n=500, seed=seed) for seed in (1, 1, 2))
    assert first.votes.equals(again.votes)
    assert first.truth.equals(again.truth)
    assert not first.truth["is_good"].equals(other.truth["is_good"])


@pytest.mark.parametrize("name", RECIPES)
def test_the_base_rate_is_what_the_recipe_says(name: str) -> None:
    truth = make_world(name, n=20_000, seed=3).truth
    assert truth["p_good"].mean() == pytest.approx(RECIPES[name].base_rate, abs=1e-6)
    assert truth["is_good"].mean() == pytest.approx(RECIPES[name].base_rate, abs=0.01)


def test_a_session_has_one_user_and_one_feature() -> None:
    truth = make_world("independent", n=3_000, seed=0).truth
    per_session = truth.group_by("session_id").agg(pl.col("user_id", "feature").n_unique())
    assert per_session.drop("session_id").max().row(0) == (1, 1)


def test_unipolar_functions_only_ever_say_one_thing() -> None:
    votes = make_world("hard_mix", n=3_000, seed=0).votes
    said = {signal.name: votes[signal.name].drop_nulls().unique().to_list() for signal in SIGNALS[:10]}
    assert said == {signal.name: [int(signal.polarity == "good")] for signal in SIGNALS[:10]}


def agreement(world: World, name: str, feature: str) -> float:
    """Return how much likelier the function fires on a good than on a bad response of the feature."""
    rows = world.truth.with_columns(fired=world.votes[name].is_not_null()).filter(feature=feature)
    by_truth = dict(rows.group_by("is_good").agg(pl.col("fired").mean()).iter_rows())
    return by_truth[True] - by_truth[False]


def test_flipped_functions_fire_on_the_wrong_responses_where_the_recipe_says() -> None:
    world = make_world("sign_flipped", n=20_000, seed=0)
    assert agreement(world, "moved_on", "search") < -0.05
    assert agreement(world, "rephrased", "chat") > 0.05
    assert agreement(world, "rephrased", "search") < -0.05


def test_moods_tie_functions_together_only_where_there_are_moods() -> None:
    def together(name: str) -> float:
        world = make_world(name, n=20_000, seed=0)
        good = world.votes.filter(world.truth["is_good"])
        fired = good.select(pl.col("accepted", "copied").is_not_null().cast(pl.Float64))
        return fired.select(pl.corr("accepted", "copied")).item()

    assert together("correlated") > 0.3
    assert abs(together("independent")) < 0.05


def test_firing_depends_on_the_person_and_a_missing_button_is_never_pressed() -> None:
    world = make_world("propensity", n=20_000, seed=0)
    assert world.votes.filter(feature="search")["copied"].null_count() == world.votes.filter(feature="search").height
    assert "held_out" not in INSIDE


def test_the_graded_signal_of_the_held_out_world_saturates() -> None:
    shares = make_world("held_out", n=5_000, seed=0).votes["kept_share"].drop_nulls()
    assert (shares.to_numpy() == 1).mean() > 0.2


def test_gold_is_drawn_from_the_training_half_with_true_inclusion_probabilities() -> None:
    task = task_of_world("independent", n=2_000, seed=0)
    for draw in ("uniform", "uncertain"):
        gold = draw_gold(task, k=100, draw=draw, seed=0)
        assert len(set(gold.rows)) == 100
        assert task.is_train[gold.rows].all()
        assert (1 / gold.inclusion).sum() == pytest.approx(task.is_train.sum(), rel=0.15)


def test_how_often_a_row_is_drawn_is_its_inclusion_probability() -> None:
    votes = pl.DataFrame(
        {"interaction_id": list("abcd"), "feature": "f", "session_id": list("abcd"), "v": [1, None, 1, None]}
    )
    task = Task("tiny", votes, np.array([True] * 4), np.array([True] * 4), np.array(["all"] * 4))
    drawn = [draw_gold(task, k=2, draw="uncertain", seed=seed) for seed in range(2_000)]
    counts = np.bincount(np.concatenate([gold.rows for gold in drawn]), minlength=4) / 2_000
    # p(1 - p) is 2/9 where something voted and 1/4 where nothing did.
    assert counts == pytest.approx(np.array([8, 9, 8, 9]) / 17, abs=0.03)


def test_sessions_are_never_split() -> None:
    votes = make_world("independent", n=1_000, seed=0).votes
    halves = votes.with_columns(is_train=pl.Series(half_of_sessions(votes, 0)))
    assert halves.group_by("session_id").agg(pl.col("is_train").n_unique())["is_train"].max() == 1
    assert halves["is_train"].mean() == pytest.approx(0.5, abs=0.05)


def test_vote_share_is_smoothed_and_counts_grades() -> None:
    cast = pl.DataFrame({"a": [1, None, 0], "b": [0.5, None, None]})
    assert vote_share(cast).tolist() == [2.5 / 4, 0.5, 1 / 3]


def test_scores_of_four_rows_by_hand() -> None:
    p, is_good = np.array([0.9, 0.8, 0.4, 0.1]), np.array([True, False, True, False])
    assert log_loss(p, is_good) == pytest.approx(-np.log([0.9, 0.2, 0.4, 0.9]).mean())
    assert brier(p, is_good) == pytest.approx((0.01 + 0.64 + 0.36 + 0.01) / 4)
    assert auc(p, is_good) == 0.75
    assert calibration_error(p, is_good, bins=2) == pytest.approx((abs(0.9 + 0.8 - 1) + abs(0.4 + 0.1 - 1)) / 4)


def test_auc_counts_ties_half_and_needs_both_classes() -> None:
    assert auc(np.array([0.5, 0.5]), np.array([True, False])) == 0.5
    assert np.isnan(auc(np.array([0.5, 0.5]), np.array([True, True])))


def test_a_mean_over_seeds_comes_with_its_t_interval() -> None:
    assert interval_of_mean([1.0, 2.0, 3.0]) == pytest.approx((2.0, 2 - 2.4841, 2 + 2.4841), abs=1e-3)
