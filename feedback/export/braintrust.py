"""Braintrust: cases as `Eval(data=...)` and `Dataset.insert` take them."""

from feedback.export.details import details_of, row_of
from feedback.export.rows import Row
from feedback.export.target import lines_target

_PLACED = ("example_id", "input", "expected", "tags")


def _to_case(row: Row) -> Row:
    details = details_of(row, without=_PLACED)
    return {
        "id": row["example_id"],
        "input": row["input"],
        "expected": row["expected"],
        "tags": row["tags"],
        "metadata": details,
    }


def _to_row(case: Row) -> Row:
    placed = {"example_id": case["id"], "input": case["input"], "expected": case["expected"], "tags": case["tags"]}
    return row_of(case["metadata"], **placed)


BRAINTRUST = lines_target(
    "braintrust", "Braintrust: cases.jsonl, one case a line for Eval(data=...).", "cases.jsonl", _to_case, _to_row
)
