"""Rows found by their numbers, also where hashes collide and times are tied."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.interactions.numbers import first_of, group_by_text, has_any, last_of
from feedback.schemas.order import break_ties, order_by_time

SMALL = st.integers(0, 3)


@given(st.lists(st.tuples(st.sampled_from("abcd"), SMALL)))
def test_equal_texts_come_together_in_order_even_where_their_numbers_are_equal(rows: list[tuple[str, int]]):
    numbered = dict(reversed(rows))
    texts = pl.Series([text for text, _ in rows], dtype=pl.String)
    numbers = pl.Series([numbered[text] << 32 for text, _ in rows], dtype=pl.UInt64)
    grouped = group_by_text(texts, numbers)[0].to_list()
    assert sorted(grouped, key=lambda row: (grouped.index(_first_like(texts, grouped, row)), row)) == grouped
    assert sorted(grouped) == list(range(len(rows)))


def _first_like(texts: pl.Series, grouped: list[int], row: int) -> int:
    return next(other for other in grouped if texts[other] == texts[row])


def test_texts_that_share_a_number_are_told_apart():
    texts = pl.Series(["b", "c", "a", "b", "c", "a"])
    numbers = pl.Series([7, 9, 7, 7, 9, 7], dtype=pl.UInt64) * 2**32
    rows, is_new = group_by_text(texts, numbers)
    assert texts.gather(rows).to_list() == ["a", "a", "b", "b", "c", "c"]
    assert (rows.to_list(), is_new.to_list()) == ([2, 5, 0, 3, 1, 4], [True, False] * 3)


@given(st.lists(st.none() | SMALL))
def test_first_and_last_rows_of_groups(groups: list[int | None]):
    column = pl.Series(groups, dtype=pl.UInt32)
    rows = {group: [row for row, other in enumerate(groups) if other == group] for group in range(4)}
    assert first_of(column, 4).to_list() == [min(rows[group], default=None) for group in range(4)]
    assert last_of(column, 4).to_list() == [max(rows[group], default=None) for group in range(4)]
    assert has_any(column, 4).to_list() == [bool(rows[group]) for group in range(4)]


@given(st.lists(st.tuples(SMALL, st.text(max_size=2))))
def test_order_by_time_and_id_is_the_sorted_one(rows: list[tuple[int, str]]):
    times = pl.Series([time for time, _ in rows], dtype=pl.Int64)
    ids = pl.Series([name for _, name in rows], dtype=pl.String)
    expected = sorted(range(len(rows)), key=lambda row: (rows[row][0], rows[row][1].encode(), row))
    assert order_by_time(times, ids).to_list() == expected


@pytest.mark.parametrize("rows", [[], [0], [1, 0]])
def test_without_ties_nothing_moves(rows: list[int]):
    order = pl.Series(rows, dtype=pl.UInt32)
    ids = pl.Series(["b", "a"])
    assert break_ties(order, pl.Series([False] * len(rows), dtype=pl.Boolean), ids).to_list() == rows
