"""Frames on a terminal, in a pipe, or in a file."""

import json
import re
from datetime import date, datetime
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedback.errors import SettingsError

# What could move the cursor, change colours or turn the direction of a line.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_WRITERS = {
    ".parquet": lambda frame, file: frame.write_parquet(file),
    ".csv": lambda frame, file: _flatten(frame).write_csv(file),
    ".jsonl": lambda frame, file: frame.write_ndjson(file),
}
_WIDEST = 60


def print_frame(frame: pl.DataFrame, console: Console, *, limit: int | None) -> None:
    """Print a frame: as a table on a terminal, else as CSV with every row, for the next program to read."""
    if not console.is_terminal:
        console.file.write(_flatten(frame if limit is None else frame.head(limit)).write_csv())
        return
    shown = frame.head(20 if limit is None else limit)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="ellipsis", no_wrap=True)
    for row in shown.iter_rows():
        table.add_row(*(_cell(value) for value in row))
    console.print(table)
    if shown.height < frame.height:
        console.print(
            f"{shown.height:,} of {frame.height:,} rows; --limit N shows more, --out FILE.csv keeps all", style="dim"
        )


def write_frame(frame: pl.DataFrame, file: Path) -> None:
    """Write a frame to a file whose ending names the format.

    Raises
    ------
    SettingsError
        When the ending is not .parquet, .csv or .jsonl, or the folder does not exist.
    """
    if file.suffix not in _WRITERS:
        raise SettingsError(f"{file.name}: the ending says the format; use .parquet, .csv or .jsonl")
    if not file.parent.is_dir():
        raise SettingsError(f"there is no folder {file.parent}")
    _WRITERS[file.suffix](frame, file)


def printable(text: str, *, widest: int = _WIDEST) -> str:
    """Return the text on one line, without anything a terminal would obey, cut to `widest` characters.

    Examples
    --------
    >>> printable("red: \\x1b[31mno")
    'red:  [31mno'
    """
    plain = _UNPRINTABLE.sub(" ", text)
    return plain if len(plain) <= widest else plain[: widest - 1] + "…"


def _cell(value: object) -> Text:
    if value is None:
        return Text("·", style="dim")
    if isinstance(value, float):
        return Text(f"{value:.3f}")
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M:%S}")
    if isinstance(value, int | date):
        return Text(str(value))
    return Text(printable(value if isinstance(value, str) else json.dumps(value, default=str)))


def _flatten(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with nested values as JSON text."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    return frame.with_columns(
        pl.Series(
            name,
            [None if value is None else json.dumps(value, default=str) for value in frame[name].to_list()],
            dtype=pl.String,
        )
        for name in nested
    )
