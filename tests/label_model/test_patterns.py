"""Collapsing votes to patterns."""

import numpy as np
import polars as pl

from feedback.label_model.patterns import collapse
from feedback.label_model.vote_columns import find_vote_columns

VOTES = pl.DataFrame({"copied": [1, None, 1, None], "kept": [0.2, 0.8, 0.2, None]})


def test_every_pattern_once_with_its_count():
    found = collapse(VOTES, find_vote_columns(VOTES))
    assert found.symbols.tolist() == [[0, 0], [0, 2], [2, 1]]
    assert found.counts.tolist() == [1, 1, 2]


def test_the_order_of_rows_does_not_matter():
    shuffled = VOTES.sample(fraction=1, shuffle=True, seed=1)
    one, other = (collapse(votes, find_vote_columns(votes)) for votes in (VOTES, shuffled))
    assert (one.symbols == other.symbols).all()
    assert all((a == b).all() for a, b in zip(one.leans, other.leans, strict=True))


def test_looking_up_adds_what_each_function_says():
    found = collapse(VOTES, find_vote_columns(VOTES))
    tables = [np.array([0.0, -1.0, 1.0]), np.array([0.0, 10.0, 20.0])]
    assert found.look_up(tables).tolist() == [0.0, 20.0, 11.0]


def test_without_functions_there_is_one_pattern():
    assert collapse(pl.DataFrame({"interaction_id": ["a", "b"]}), ()).counts.tolist() == [2.0]
