"""How much a function's vote weighs before any review."""

import polars as pl
import pytest

from feedback.label_model.leaning import weigh_functions
from feedback.label_model.patterns import collapse
from feedback.label_model.vote_columns import find_vote_columns


def weigh(votes: pl.DataFrame, **weights: float) -> list[float]:
    columns = find_vote_columns(votes)
    return weigh_functions(collapse(votes, columns), columns, weights).tolist()


def test_functions_that_vote_equally_often_keep_their_declared_weight():
    votes = pl.DataFrame({"copied": [1, None, None, None], "undone": [None, 0, None, None]})
    assert weigh(votes, copied=1.0, undone=2.0) == pytest.approx([1.0, 2.0])


def test_the_rarer_vote_weighs_more():
    votes = pl.DataFrame({"copied": [1] * 10 + [None] * 10, "undone": [0] + [None] * 19})
    copied, undone = weigh(votes)
    assert copied < 1 < undone


def test_rarity_has_an_end():
    votes = pl.DataFrame({"copied": [1] * 50_000 + [None] * 50_000, "undone": [0] + [None] * 99_999})
    assert max(weigh(votes)) == 3.0


def test_a_function_that_never_voted_keeps_its_weight():
    votes = pl.DataFrame({"copied": [1, None], "undone": pl.Series([None, None], dtype=pl.Int8)})
    assert weigh(votes, undone=2.0) == pytest.approx([1.0, 2.0])


def test_no_votes_at_all():
    assert weigh(pl.DataFrame({"undone": pl.Series([], dtype=pl.Int8)})) == [1.0]
