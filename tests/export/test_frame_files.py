"""Tables as files: every value there, no cell a formula."""

import csv
import io
from datetime import UTC, date, datetime

import polars as pl
import pytest

from feedback.export.frame_files import dump_frame_csv, dump_frame_parquet

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"]


def cells(frame: pl.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(dump_frame_csv(frame).decode(), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str):
    header, row = cells(pl.DataFrame({text: [text]}))
    assert header == row == [f"'{text}"]


def test_a_formula_inside_a_list_is_json():
    assert cells(pl.DataFrame({"tags": [["=1+1", "x"]]}))[1] == ['["=1+1", "x"]']


def test_numbers_times_and_nothing_are_written_plainly():
    at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    frame = pl.DataFrame({"n": [-1], "x": [0.5], "at": [at], "day": [date(2026, 1, 5)], "is": [True], "none": [None]})
    assert cells(frame)[1] == ["-1", "0.5", "2026-01-05T12:00:00+00:00", "2026-01-05", "True", ""]


def test_nested_values_with_times_and_no_number_are_json():
    frame = pl.DataFrame({"a": [[float("nan"), 0.5]], "b": [{"at": date(2026, 1, 5), "n": None}]})
    assert cells(frame)[1] == ['["nan", 0.5]', '{"at": "2026-01-05", "n": null}']


def test_parquet_reads_back_as_it_was():
    frame = pl.DataFrame({"text": ["=1", None], "n": [1, 2], "list": [[1.5], []]})
    assert pl.read_parquet(io.BytesIO(dump_frame_parquet(frame))).equals(frame)


def test_an_empty_table_has_its_header():
    assert dump_frame_csv(pl.DataFrame(schema={"a": pl.String})) == b'"a"\n'
