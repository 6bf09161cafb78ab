"""Phoenix: examples as `client.datasets.create_dataset(examples=...)` takes them."""

from feedback.export.details import details_of, row_of
from feedback.export.rows import Row
from feedback.export.target import lines_target

_PLACED = ("example_id", "input", "expected", "split")


def _to_example(row: Row) -> Row:
    expected = row["expected"]
    return {
        "id": row["example_id"],
        "input": {"input": row["input"]},
        "output": {} if expected is None else {"expected": expected},
        "splits": row["split"],
        "metadata": details_of(row, without=_PLACED),
    }


def _to_row(example: Row) -> Row:
    placed = {"example_id": example["id"], "split": example["splits"], "expected": example["output"].get("expected")}
    return row_of(example["metadata"], input=example["input"]["input"], **placed)


PHOENIX = lines_target(
    "phoenix",
    "Phoenix: examples.jsonl, one example a line for create_dataset.",
    "examples.jsonl",
    _to_example,
    _to_row,
)
