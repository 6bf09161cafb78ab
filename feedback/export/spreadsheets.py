"""Whole columns for CSV files that a spreadsheet may open, and back: as `cells` does it, without a loop over rows."""

import polars as pl
import polars.selectors as cs

_FIRES = r"[=+\-@\t\r\n'＝＋－＠]"
_MARK = "'"


def defuse_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a `'` before every text, and name of a column, that a spreadsheet takes for a formula.

    Examples
    --------
    >>> defuse_columns(pl.DataFrame({"=a": ["=1+1", "hi", None, " -2"], "n": [-1, 0, 1, 2]})).rows()
    [("'=1+1", -1), ('hi', 0), (None, 1), ("' -2", 2)]
    """
    marked = frame.with_columns(cs.string().str.replace(rf"^( *{_FIRES})", rf"{_MARK}$1"))
    names = pl.Series(frame.columns, dtype=pl.String).str.replace(rf"^( *{_FIRES})", rf"{_MARK}$1")
    return marked.rename(dict(zip(frame.columns, names, strict=True)))


def restore_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame of a CSV file as it was before `defuse_columns`; other texts stay as they are.

    Examples
    --------
    >>> restore_columns(pl.DataFrame({"a": ["'=1+1", "'tis", None, "' -2", "''"]}))["a"].to_list()
    ['=1+1', "'tis", None, ' -2', "'"]
    """
    return frame.with_columns(cs.string().str.replace(rf"^{_MARK}( *{_FIRES})", "$1"))
