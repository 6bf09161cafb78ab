"""Rows found by their numbers: put together by key and looked up again without sorting or joining text."""

import numpy as np
import polars as pl

_NONE = np.iinfo(np.uint32).max
_HALF = np.uint64(32)


def group_by_text(texts: pl.Series, numbers: pl.Series | None = None) -> tuple[pl.Series, pl.Series]:
    """Return the row numbers with equal texts together, in order within each text, and where a text begins.

    Rows are put together by the upper half of `numbers` (64 bits), the hash of their text unless given. Texts
    that share it, some pairs in a million, are told apart by themselves, so the answer is exact.

    Examples
    --------
    >>> rows, is_new = group_by_text(pl.Series(["b", "a", "b", "a"]))
    >>> sorted([rows[:2].to_list(), rows[2:].to_list()]), is_new.to_list()
    ([[0, 2], [1, 3]], [True, False, True, False])
    """
    number = texts.hash() if numbers is None else numbers
    keys = _sort_with_rows(number)
    rows, keys = pl.Series(keys.astype(np.uint32)), pl.Series(keys >> _HALF)
    grouped = texts.gather(rows)
    is_new, is_new_number = grouped.ne_missing(grouped.shift()), keys.ne_missing(keys.shift())
    mixed = is_new_number.cum_sum().filter(is_new & ~is_new_number)
    if mixed.is_empty():
        return rows, is_new
    places = is_new_number.cum_sum().is_in(mixed.unique().implode()).arg_true()
    told_apart = pl.DataFrame({"key": keys, "text": grouped, "row": rows})[places].sort("key", "text", "row")
    grouped = grouped.scatter(places, told_apart["text"])
    return rows.scatter(places, told_apart["row"]), grouped.ne_missing(grouped.shift())


def first_of(groups: pl.Series, n_groups: int) -> pl.Series:
    """Return for every group the number of its first row, null where it has none.

    `groups` has the number of the group of every row, below `n_groups`; rows of no group (null) are left out.

    Examples
    --------
    >>> first_of(pl.Series([2, 0, None, 2]), 3).to_list()
    [1, None, 0]
    """
    return _place(groups, n_groups, backward=True)


def last_of(groups: pl.Series, n_groups: int) -> pl.Series:
    """Return for every group the number of its last row, null where it has none.

    Examples
    --------
    >>> last_of(pl.Series([2, 0, None, 2]), 3).to_list()
    [1, None, 3]
    """
    return _place(groups, n_groups, backward=False)


def has_any(groups: pl.Series, n_groups: int) -> pl.Series:
    """Return for every group whether it has a row.

    Examples
    --------
    >>> has_any(pl.Series([2, 0, None, 2]), 3).to_list()
    [True, False, True]
    """
    found = np.zeros(n_groups, dtype=bool)
    found[groups.drop_nulls().to_numpy()] = True
    return pl.Series(found)


def rows_upto(n_rows: int) -> pl.Series:
    """Return the row numbers 0, 1, 2 ... as the type that row numbers have here."""
    return pl.Series(np.arange(n_rows, dtype=np.uint32))


def _place(groups: pl.Series, n_groups: int, *, backward: bool) -> pl.Series:
    # Of several assignments to one place numpy keeps the last.
    rows = np.arange(len(groups), dtype=np.uint32)
    if groups.null_count():
        rows, groups = rows[groups.is_not_null().to_numpy()], groups.drop_nulls()
    step = -1 if backward else 1
    found = np.full(n_groups, _NONE, dtype=np.uint32)
    found[groups.to_numpy()[::step]] = rows[::step]
    row = pl.Series("row", found)
    return row.to_frame().select(pl.when(pl.col("row") != _NONE).then("row")).to_series()


def _sort_with_rows(numbers: pl.Series) -> np.ndarray:
    """Return the upper half of each number followed by its row number, sorted: all differ, so ties keep their order."""
    upper = numbers.to_numpy() & ~np.uint64(_NONE)
    return pl.Series(upper | np.arange(len(numbers), dtype=np.uint64)).sort().to_numpy()
