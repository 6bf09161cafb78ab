"""Rows in the order of time and id, comparing ids only where times are tied."""

import numpy as np
import polars as pl


def order_by_time(times: pl.Series, ids: pl.Series) -> pl.Series:
    """Return the numbers of the rows sorted by time and id.

    Ids are compared only where times are tied, which is far cheaper than sorting by both. Neither may be null.

    Examples
    --------
    >>> order_by_time(pl.Series([5, 1, 5]), pl.Series(["b", "c", "a"])).to_list()
    [1, 2, 0]
    """
    rows = np.arange(len(times), dtype=np.uint32)
    by_time = pl.Series(rows) if times.is_sorted() else _argsort(times)
    ordered = times.gather(by_time)
    return break_ties(by_time, (ordered == ordered.shift()).fill_null(value=False), ids)


def break_ties(rows: pl.Series, is_tied: pl.Series, ids: pl.Series) -> pl.Series:
    """Return the row numbers with those of every run of ties in the order of their ids.

    `is_tied` says of each place whether it is tied with the place before it; `ids` has the id of every row.

    Examples
    --------
    >>> break_ties(pl.Series([2, 0, 1]), pl.Series([False, False, True]), pl.Series(["c", "b", "a"])).to_list()
    [2, 1, 0]
    """
    if not is_tied.any():
        return rows
    places = (is_tied | is_tied.shift(-1, fill_value=False)).arg_true()
    runs = (~is_tied).cum_sum().gather(places)
    tied = rows.gather(places)
    sorted_rows = pl.DataFrame({"run": runs, "id": ids.gather(tied), "row": tied}).sort("run", "id", "row")["row"]
    ordered = rows.to_numpy().copy()
    ordered[places.to_numpy()] = sorted_rows.to_numpy()
    return pl.Series(ordered)


def _argsort(times: pl.Series) -> pl.Series:
    return pl.Series(np.argsort(times.to_physical().to_numpy(), kind="stable").astype(np.uint32))
