"""What every reader of a format hands over: the rows as they were written, and those it could not read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

ROW = "(row)"
BROKEN = pl.Schema({"row": pl.Int64, "reason": pl.String})


@dataclass(frozen=True)
class RawLog:
    """The content of one file or of a part of it, before anything was understood.

    Parameters
    ----------
    frame
        One row per row that could be read, columns as in the file and `(row)`, its 1-based number among the
        rows of data; the events of one record share its number. Holds text, numbers, booleans and times
        only; nested values are JSON text. A column that mixes numbers with text is a struct of `text` and
        `number`, of which at most one is not null.
    broken
        One row per row that could not be read: `row` and `reason`.
    is_typed
        Whether the format tells text from numbers; CSV does not.
    """

    frame: pl.DataFrame
    broken: pl.DataFrame
    is_typed: bool = True


def never(_: Sequence[Mapping[str, Any]]) -> str | None:
    """Return null: no record tells this format from others."""
    return None


@dataclass(frozen=True)
class Format:
    """A file format, or what one producer writes.

    Parameters
    ----------
    name
        What the user calls it by.
    endings
        Endings of file names that mean this format and no other; none for what a producer writes as JSON or Parquet.
    read
        Yields the rows of a file in batches of bounded size, in order. Raises `InputError` when the file
        cannot be read at all.
    recognise
        Given up to 50 records from the beginning of a file, returns in one short sentence why they are of
        this format ("records have resourceSpans"), or null. It must not fail whatever the records hold.
    read_url
        Yields the rows of a running server the user named, for a format that has one.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Path], Iterator[RawLog]]
    recognise: Callable[[Sequence[Mapping[str, Any]]], str | None] = never
    read_url: Callable[[str], Iterator[RawLog]] | None = None


def number_rows(frame: pl.DataFrame, rows: Iterable[int] | None = None) -> pl.DataFrame:
    """Return the frame with the column `(row)`: the numbers given, else 1, 2, 3 ...

    Examples
    --------
    >>> number_rows(pl.DataFrame({"kind": ["view", "copy"]})).rows()
    [('view', 1), ('copy', 2)]
    """
    renamed = frame.rename({ROW: f"{ROW}_in"}) if ROW in frame.columns else frame
    numbers = range(1, frame.height + 1) if rows is None else rows
    numbered = pl.Series(ROW, numbers, dtype=pl.Int64)
    return renamed.with_columns(numbered) if renamed.width else numbered.to_frame()


def list_broken(broken: Iterable[tuple[int, str]] = ()) -> pl.DataFrame:
    """Return one row per (row, reason).

    Examples
    --------
    >>> list_broken([(3, "is not JSON")]).rows()
    [(3, 'is not JSON')]
    """
    return pl.DataFrame(list(broken), schema=BROKEN, orient="row")
