"""The first rows of a long table, told by the columns it is sorted by alone: nothing else of all others is read."""

from collections.abc import Sequence

import polars as pl


def is_among_first(numbers: pl.DataFrame, by: Sequence[str], descending: Sequence[bool], most: int) -> pl.Expr:
    """Return which rows are among the first so many of a table, or tie with the last of them.

    Parameters
    ----------
    numbers
        The columns of the order, of all rows.
    by
        Their names, what counts most first.
    descending
        Of each, whether its greatest value comes first. What is null comes last either way.
    most
        How many rows.

    Examples
    --------
    >>> table = pl.DataFrame({"score": [0.2, 0.9, 0.1, 0.2], "reason": list("abcd")})
    >>> table.filter(is_among_first(table, ["score"], [False], 2))["reason"].to_list()
    ['a', 'c', 'd']
    """
    is_first, ties = pl.lit(value=False), pl.lit(value=True)
    for name, falls in zip(by, descending, strict=False):
        known = numbers[name].drop_nulls()
        if known.len() < most:
            break
        edge = known.top_k(most).min() if falls else known.bottom_k(most).max()
        is_before = pl.col(name) > edge if falls else pl.col(name) < edge
        is_first, ties = is_first | (ties & is_before), ties & (pl.col(name) == edge)
        most -= known.filter(known > edge if falls else known < edge).len()
        numbers = numbers.filter(pl.col(name) == edge)
    return is_first | ties
