"""Inspect: a JSON Lines file that `inspect_ai.dataset.json_dataset` reads as it is."""

from feedback.export.details import details_of, row_of
from feedback.export.rows import Row
from feedback.export.target import lines_target

_PLACED = ("example_id", "input", "expected")


def _to_sample(row: Row) -> Row:
    # Inspect refuses an empty input, but not a message without text.
    asked = row["input"] or [{"role": "user", "content": ""}]
    details = details_of(row, without=_PLACED)
    return {"id": row["example_id"], "input": asked, "target": row["expected"], "metadata": details}


def _to_row(sample: Row) -> Row:
    asked = sample["input"] if isinstance(sample["input"], str) else ""
    return row_of(sample["metadata"], example_id=sample["id"], input=asked, expected=sample["target"])


INSPECT_AI = lines_target(
    "inspect_ai",
    "Inspect: samples.jsonl for json_dataset; the expected answer is the target, all else metadata.",
    "samples.jsonl",
    _to_sample,
    _to_row,
)
