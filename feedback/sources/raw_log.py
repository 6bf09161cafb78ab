"""What every reader of a format hands over: the rows as they were written, and those it could not read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ROW = "(row)"
BROKEN = pl.Schema({"row": pl.Int64, "reason": pl.String})


@dataclass(frozen=True)
class RawLog:
    """The content of one file, before anything was understood.

    Parameters
    ----------
    frame
        One row per row that could be read, columns as in the file and `(row)`, its 1-based number among the
        rows of data. Holds text, numbers, booleans and times only; nested values are JSON text. A column
        that mixes numbers with text is a struct of `text` and `number`, of which at most one is not null.
    broken
        One row per row that could not be read: `row` and `reason`.
    is_typed
        Whether the format tells text from numbers; CSV does not.
    """

    frame: pl.DataFrame
    broken: pl.DataFrame
    is_typed: bool = True


@dataclass(frozen=True)
class Format:
    """A file format: its name, the endings it is known by, and what reads it."""

    name: str
    endings: tuple[str, ...]
    read: Callable[[Path], RawLog]


def number_rows(frame: pl.DataFrame, rows: Iterable[int] | None = None) -> pl.DataFrame:
    """Return the frame with the column `(row)`: the numbers given, else 1, 2, 3 ...

    Examples
    --------
    >>> number_rows(pl.DataFrame({"kind": ["view", "copy"]})).rows()
    [('view', 1), ('copy', 2)]
    """
    renamed = frame.rename({ROW: f"{ROW}_in"}) if ROW in frame.columns else frame
    numbers = range(1, frame.height + 1) if rows is None else rows
    return renamed.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64))


def list_broken(broken: Iterable[tuple[int, str]] = ()) -> pl.DataFrame:
    """Return one row per (row, reason).

    Examples
    --------
    >>> list_broken([(3, "is not JSON")]).rows()
    [(3, 'is not JSON')]
    """
    return pl.DataFrame(list(broken), schema=BROKEN, orient="row")
