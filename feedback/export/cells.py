"""Values in CSV files: no cell is a formula, and every cell reads back to the value it was."""

import csv
import io
from collections.abc import Iterable, Sequence

from feedback.errors import InputError
from feedback.export.json_text import dump_json, load_json

# What makes a spreadsheet take a cell for a formula, and our own mark.
_FIRES = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
_MARK = "'"
_AS_JSON = "'json:"
_LARGEST_CELL = 2**31 - 1

CELL_NOTE = (
    "CSV: a value that a spreadsheet could take for a formula, and one that is empty, has a ' before it; one with a "
    "zero byte is JSON text after 'json: ; an empty cell is null."
)


def dump_cell(value: str | None) -> str:
    """Return a text value as a cell that no spreadsheet runs; `load_cell` gives the value again.

    Examples
    --------
    >>> dump_cell("=1+1"), dump_cell("hi"), dump_cell(""), dump_cell(None), dump_cell("a\\0b")
    ("'=1+1", 'hi', "'", '', '\\'json:"a\\\\u0000b"')
    """
    if value is None:
        return ""
    if "\0" in value:
        return _AS_JSON + dump_json(value)
    return _MARK + value if not value or value.lstrip(" ").startswith(_FIRES) else value


def load_cell(cell: str) -> str | None:
    """Return the value of a cell that `dump_cell` wrote.

    Examples
    --------
    >>> load_cell("'=1+1"), load_cell("hi"), load_cell("'"), load_cell(""), load_cell('\\'json:"x"')
    ('=1+1', 'hi', '', None, 'x')
    """
    if cell.startswith(_AS_JSON):
        return load_json(cell.removeprefix(_AS_JSON), where="a cell marked as JSON")
    return cell.removeprefix(_MARK) or (None if cell == "" else "")


def dump_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return cells as a CSV file in UTF-8: a header, then one line per row; every cell is quoted.

    Examples
    --------
    >>> dump_csv(["a", "b"], [["1", "2"]])
    b'"a","b"\\n"1","2"\\n'
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return target.getvalue().encode()


def load_csv(content: bytes) -> list[dict[str, str]]:
    """Return the cells of a CSV file by the names of its header, one dictionary per row.

    Raises
    ------
    InputError
        When it is no CSV in UTF-8, or a row has another number of cells than the header.
    """
    before = csv.field_size_limit(_LARGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
        header = next(reader)
        return [dict(zip(header, cells, strict=True)) for cells in reader]
    except (csv.Error, ValueError, StopIteration) as error:
        raise InputError("the CSV file of the export is damaged") from error
    finally:
        csv.field_size_limit(before)
