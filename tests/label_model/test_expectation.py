"""Expectation maximisation with silence as a symbol."""

import numpy as np
import polars as pl
from reviewed_votes import cast_where, simulate_votes

from feedback.label_model.expectation import learn_symbols
from feedback.label_model.patterns import collapse
from feedback.label_model.vote_columns import find_vote_columns


def learn(votes: pl.DataFrame) -> dict[str, np.ndarray]:
    columns = find_vote_columns(votes)
    tables = learn_symbols(collapse(votes, columns), np.ones(len(columns)))
    return {column.name: table for column, table in zip(columns, tables, strict=True)}


def test_it_finds_what_each_act_says():
    found = learn(simulate_votes(20_000)[0])
    # Copied on half of the good and a tenth of the bad; undone on 3 % of the good and 40 % of the bad.
    assert abs(found["copied"][2] - np.log(0.5 / 0.1)) < 0.4
    assert abs(found["undone"][1] - np.log(0.03 / 0.4)) < 0.4


def test_silence_speaks_against_what_the_act_says():
    found = learn(simulate_votes(5_000)[0])
    assert found["copied"][0] < 0 < found["undone"][0]


def test_higher_grades_say_more():
    bins = learn(simulate_votes(20_000)[0])["kept"][1:]
    assert (np.diff(bins) > 0).all()


def test_a_symbol_that_never_occurred_adds_nothing():
    assert learn(pl.DataFrame({"copied": [1, 1, None]}))["copied"][1] == 0.0


def test_a_function_that_means_the_opposite_is_turned_round():
    votes, is_good = simulate_votes(20_000)
    fires = np.random.default_rng(1).random(len(is_good)) < np.where(is_good, 0.05, 0.3)
    found = learn(votes.with_columns(thanked=cast_where(fires, 1)))
    assert found["thanked"][2] < 0


def test_no_rows_and_no_functions():
    assert learn(pl.DataFrame({"copied": pl.Series([], dtype=pl.Int8)}))["copied"].tolist() == [0, 0, 0]
    assert learn(pl.DataFrame({"interaction_id": ["a"]})) == {}
