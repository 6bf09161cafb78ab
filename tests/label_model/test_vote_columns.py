"""How columns of votes are read."""

import polars as pl
import pytest

from feedback.errors import SchemaError
from feedback.label_model.vote_columns import find_vote_columns, lean_of, voted


def test_text_is_context_and_numbers_are_votes():
    votes = pl.DataFrame({"interaction_id": ["a"], "feature": ["chat"], "copied": [1]})
    assert [column.name for column in find_vote_columns(votes)] == ["copied"]


def test_deciding_votes_are_silent_bad_and_good():
    votes = pl.DataFrame({"copied": pl.Series([None, 0, 1], dtype=pl.Int8)})
    [column] = find_vote_columns(votes)
    assert column.symbols(votes).to_list() == [0, 1, 2]
    assert (column.n_symbols, column.says_both) == (3, True)


def test_grades_fall_into_bins_of_equal_size():
    votes = pl.DataFrame({"kept": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, None]})
    [column] = find_vote_columns(votes)
    assert column.symbols(votes).to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 0]


def test_equal_grades_share_one_bin():
    votes = pl.DataFrame({"kept": [0.5, 0.5, 0.5]})
    [column] = find_vote_columns(votes)
    assert (column.n_symbols, column.symbols(votes).to_list()) == (2, [1, 1, 1])


def test_a_function_that_never_voted_is_silent():
    votes = pl.DataFrame({"kept": pl.Series([None, None], dtype=pl.Float32)})
    [column] = find_vote_columns(votes)
    assert (column.symbols(votes).to_list(), lean_of(votes["kept"]).tolist()) == ([0, 0], [0, 0])
    assert voted(votes["kept"]).tolist() == [0, 0]


@pytest.mark.parametrize("wrong", [[-1, 1], [0.2, 1.5]])
def test_a_vote_outside_the_range_is_refused(wrong: list[float]):
    with pytest.raises(SchemaError, match="votes of copied lie in"):
        find_vote_columns(pl.DataFrame({"copied": wrong}))
