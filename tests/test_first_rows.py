"""The first rows of a table, found without reading all of it."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from feedback.explore.first_rows import is_among_first

MAYBE = st.none() | st.integers(0, 3)
ROWS = st.lists(st.tuples(MAYBE, MAYBE), max_size=30)


@given(rows=ROWS, falls=st.tuples(st.booleans(), st.booleans()), most=st.integers(1, 12))
def test_sorting_those_alone_gives_the_same_first_rows(rows: list, falls: tuple[bool, bool], most: int):
    table = pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.Int64}, orient="row").with_row_index("id")
    order = {"by": ["a", "b", "id"], "descending": [*falls, False], "nulls_last": True}
    found = table.filter(is_among_first(table.select("a", "b"), ["a", "b"], falls, most))
    assert found.sort(**order).head(most).equals(table.sort(**order).head(most))


def test_few_rows_that_cannot_be_among_them_stay():
    table = pl.DataFrame({"score": [0.1 * n for n in range(100)]})
    assert table.filter(is_among_first(table, ["score"], [True], 5)).height == 5
