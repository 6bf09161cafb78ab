"""A table as a file somebody downloads: CSV in which no cell is a formula, or Parquet."""

import io
from datetime import date
from math import isfinite
from typing import Any

import polars as pl

from feedback.export.cells import dump_cell, dump_csv
from feedback.export.json_text import dump_json


def dump_frame_csv(frame: pl.DataFrame) -> bytes:
    """Return a frame as a CSV file in UTF-8: a header, a line per row, no cell that a spreadsheet takes for a formula.

    Texts and names of columns that look like one have a `'` before them (`dump_cell`); an empty cell is null. Times
    are ISO 8601 with their zone, nested values JSON.

    Examples
    --------
    >>> dump_frame_csv(pl.DataFrame({"=a": ["=1+1", None], "n": [-1, 2], "days": [[0.5, None], []]}))
    b'"\\'=a","n","days"\\n"\\'=1+1","-1","[0.5, null]"\\n"","2","[]"\\n'
    """
    return dump_csv(
        [dump_cell(name) for name in frame.columns], ([_to_cell(one) for one in row] for row in frame.rows())
    )


def dump_frame_parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as a Parquet file.

    Examples
    --------
    >>> pl.read_parquet(io.BytesIO(dump_frame_parquet(pl.DataFrame({"n": [1]}))))["n"].to_list()
    [1]
    """
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def _to_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return dump_cell(value)
    if isinstance(value, list | dict):
        return dump_cell(dump_json(_to_plain(value)))
    return value.isoformat() if isinstance(value, date) else str(value)


def _to_plain(value: Any) -> Any:
    """Return a nested value with what JSON has no word for as text."""
    if isinstance(value, dict):
        return {name: _to_plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_to_plain(one) for one in value]
    is_json = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value))
    return value if is_json else str(value)
