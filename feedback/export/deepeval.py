"""DeepEval: a JSON file that `EvaluationDataset.add_goldens_from_json_file` reads as it is."""

from collections.abc import Mapping

import polars as pl

from feedback.export.details import details_of, row_of
from feedback.export.json_text import dump_json, load_json
from feedback.export.rows import Row, to_examples, to_rows
from feedback.export.target import Files, Target, find_file

_FILE = "goldens.json"
_PLACED = ("input", "observed_output", "expected")


def _write(examples: pl.DataFrame) -> Files:
    goldens = ",\n".join(dump_json(_to_golden(row)) for row in to_rows(examples))
    return {_FILE: f"[\n{goldens}\n]\n".encode()}


def _read(files: Mapping[str, bytes]) -> pl.DataFrame:
    return to_examples(_to_row(golden) for golden in load_json(find_file(files, _FILE), where=_FILE))


def _to_golden(row: Row) -> Row:
    # DeepEval reads no `id`, so it is the name; the metadata has it too.
    return {
        "name": row["example_id"],
        "input": row["input"],
        "actual_output": row["observed_output"],
        "expected_output": row["expected"],
        "comments": row["reason"],
        "additional_metadata": details_of(row, without=_PLACED),
    }


def _to_row(golden: Row) -> Row:
    return row_of(
        golden["additional_metadata"],
        input=golden["input"],
        observed_output=golden["actual_output"],
        expected=golden["expected_output"],
    )


DEEPEVAL = Target(
    "deepeval",
    "DeepEval: goldens.json; actual_output is what was answered in production, labelled in additional_metadata.",
    _write,
    _read,
)
