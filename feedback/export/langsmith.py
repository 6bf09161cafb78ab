"""LangSmith: examples as `Client.create_examples(examples=...)` takes them."""

from uuid import UUID, uuid5

from feedback.export.details import details_of, row_of
from feedback.export.rows import Row
from feedback.export.target import lines_target

# LangSmith wants a UUID for an id: this one follows from ours, which the metadata holds.
_OURS = UUID("6f0c7c1e-54d6-5b0a-9f0e-2f4f1a7f6b11")
_PLACED = ("input", "expected", "split")


def _to_example(row: Row) -> Row:
    expected = row["expected"]
    return {
        "id": str(uuid5(_OURS, row["example_id"])),
        "inputs": {"input": row["input"]},
        "reference_outputs": None if expected is None else {"output": expected},
        "split": row["split"],
        "metadata": details_of(row, without=_PLACED),
    }


def _to_row(example: Row) -> Row:
    outputs = example["reference_outputs"] or {}
    asked = example["inputs"]["input"]
    return row_of(example["metadata"], input=asked, expected=outputs.get("output"), split=example["split"])


LANGSMITH = lines_target(
    "langsmith",
    "LangSmith: examples.jsonl, one example a line for create_examples; its id is a UUID made of ours.",
    "examples.jsonl",
    _to_example,
    _to_row,
)
