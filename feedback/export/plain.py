"""Plain JSON Lines, CSV and Parquet: the columns of `EXAMPLES` as they are."""

from collections.abc import Mapping
from io import BytesIO

import polars as pl

from feedback.export.cells import CELL_NOTE, dump_cell, dump_csv, load_cell, load_csv
from feedback.export.json_text import dump_json, load_json
from feedback.export.rows import EXAMPLES, Row, check_examples, to_examples, to_rows
from feedback.export.target import Files, Target, find_file, lines_target

_CSV, _PARQUET = "examples.csv", "examples.parquet"


def _write_csv(examples: pl.DataFrame) -> Files:
    lines = ([dump_cell(_as_text(row[name])) for name in EXAMPLES] for row in to_rows(examples))
    return {_CSV: dump_csv(EXAMPLES.names(), lines)}


def _read_csv(files: Mapping[str, bytes]) -> pl.DataFrame:
    return to_examples(_to_row(cells) for cells in load_csv(find_file(files, _CSV)))


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else dump_json(value)


def _to_row(cells: dict[str, str]) -> Row:
    row: Row = {name: load_cell(cells[name]) for name in EXAMPLES}
    for name in ("confidence", "tags"):
        row[name] = None if row[name] is None else load_json(row[name], where=f"column {name}")
    return row


def _write_parquet(examples: pl.DataFrame) -> Files:
    target = BytesIO()
    examples.write_parquet(target)
    return {_PARQUET: target.getvalue()}


def _read_parquet(files: Mapping[str, bytes]) -> pl.DataFrame:
    return check_examples(pl.read_parquet(BytesIO(find_file(files, _PARQUET))))


JSONL = lines_target("jsonl", "Plain JSON Lines: examples.jsonl.", "examples.jsonl", dict, dict)
CSV = Target("csv", "Plain CSV for spreadsheets: examples.csv.", _write_csv, _read_csv, (CELL_NOTE,))
PARQUET = Target("parquet", "Plain Parquet: examples.parquet.", _write_parquet, _read_parquet)
