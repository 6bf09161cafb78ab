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
from feedback.export.spreadsheets import defuse_columns

# What could move the cursor, change colours or turn the direction of a line.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_WRITERS = {
    ".parquet": lambda frame, file: frame.write_parquet(file),
    # Whoever opens the file in a spreadsheet must not run what a user wrote. A pipe is for programs: as it is.
    ".csv": lambda frame, file: defuse_columns(_flatten(frame)).write_csv(file),
    ".jsonl": lambda frame, file: frame.write_ndjson(file),
}
_WIDEST = (66, 48, 32)
_GAP = 2
_NOTHING = "·"


def print_frame(frame: pl.DataFrame, console: Console, *, limit: int | None) -> None:
    """Print a frame: as a table on a terminal, else as CSV with every row, for the next program to read."""
    if not console.is_terminal:
        console.file.write(_flatten(frame if limit is None else frame.head(limit)).write_csv())
        return
    if frame.is_empty():
        console.print("no rows", style="dim")
        return
    shown = frame.head(20 if limit is None else limit)
    cells, fitting = _lay_out(shown, console.width)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, _GAP, 0, 0))
    for name in fitting:
        numeric = frame.schema[name].is_numeric()
        table.add_column(Text(name), justify="right" if numeric else "left", no_wrap=True, overflow="ellipsis")
    for row in zip(*(cells[name] for name in fitting), strict=True):
        table.add_row(*row)
    console.print(table)
    _say_what_is_missing(frame, shown.height, fitting, console)


def _lay_out(shown: pl.DataFrame, width: int) -> tuple[dict[str, list[Text]], list[str]]:
    """Return the cells, cut no shorter than they must be, and the names of the columns that fit on a line."""
    cells: dict[str, list[Text]] = {}
    fitting: list[str] = []
    for widest in _WIDEST:
        cells = {name: [_cell(value, widest) for value in shown[name].to_list()] for name in shown.columns}
        fitting, n_left_out = _columns_that_fit(cells, width)
        if not n_left_out:
            break
    return cells, fitting


def _columns_that_fit(cells: dict[str, list[Text]], width: int) -> tuple[list[str], int]:
    """Return the columns to show, from the left, and how many do not fit; those that hold nothing count for neither."""
    telling = {name: column for name, column in cells.items() if any(cell.plain != _NOTHING for cell in column)}
    fitting: list[str] = []
    for name, column in telling.items():
        width -= max(len(name), *(len(cell) for cell in column)) + _GAP
        if width < 0 and fitting:
            break
        fitting.append(name)
    return fitting, len(telling) - len(fitting)


def _say_what_is_missing(frame: pl.DataFrame, n_rows: int, fitting: list[str], console: Console) -> None:
    left_out = [name for name in frame.columns if name not in fitting]
    if n_rows < frame.height:
        console.print(
            f"{n_rows:,} of {frame.height:,} rows; --limit N shows more, --out FILE.csv keeps all", style="dim"
        )
    if left_out:
        console.print(f"not shown: {', '.join(left_out)}; --columns picks", style="dim")


def write_frame(frame: pl.DataFrame, file: Path) -> None:
    """Write a frame to a file whose ending names the format.

    Raises
    ------
    SettingsError
        When the ending is not .parquet, .csv or .jsonl, or the folder does not exist.
    """
    check_writable(file)
    _WRITERS[file.suffix](frame, file)


def check_writable(file: Path) -> None:
    """Raise unless the file can be written.

    Raises
    ------
    SettingsError
        When the ending is not .parquet, .csv or .jsonl, or the folder does not exist.
    """
    if file.suffix not in _WRITERS:
        raise SettingsError(f"{file.name}: the ending says the format; use .parquet, .csv or .jsonl")
    if not file.parent.is_dir():
        raise SettingsError(f"there is no folder {file.parent}")


def printable(text: str, *, widest: int = _WIDEST[-1]) -> str:
    """Return the text on one line, without anything a terminal would obey, cut to `widest` characters.

    Examples
    --------
    >>> printable("red: \\x1b[31mno")
    'red:  [31mno'
    """
    plain = _UNPRINTABLE.sub(" ", text)
    return plain if len(plain) <= widest else plain[: widest - 1] + "…"


def _cell(value: object, widest: int) -> Text:
    if value is None:
        return Text(_NOTHING, style="dim")
    if isinstance(value, float):
        return Text(f"{value:,.3f}")
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M}")
    if isinstance(value, int | date):
        return Text(str(value))
    return Text(printable(value if isinstance(value, str) else json.dumps(value, default=str), widest=widest))


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
