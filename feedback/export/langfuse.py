"""Langfuse: items as `create_dataset_item(dataset_name=..., **item)` takes them."""

from feedback.export.details import details_of, row_of
from feedback.export.rows import Row
from feedback.export.target import lines_target

_PLACED = ("example_id", "input", "expected")


def _to_item(row: Row) -> Row:
    return {
        "id": row["example_id"],
        "input": row["input"],
        "expected_output": row["expected"],
        "metadata": details_of(row, without=_PLACED),
    }


def _to_row(item: Row) -> Row:
    return row_of(item["metadata"], example_id=item["id"], input=item["input"], expected=item["expected_output"])


LANGFUSE = lines_target(
    "langfuse", "Langfuse: items.jsonl, one item a line for create_dataset_item.", "items.jsonl", _to_item, _to_row
)
