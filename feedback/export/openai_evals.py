"""OpenAI: items for the evals API, and samples for the classic `openai/evals` framework."""

from collections.abc import Mapping

import polars as pl

from feedback.export.details import details_of, row_of
from feedback.export.json_text import dump_json, dump_lines, load_lines
from feedback.export.rows import Row, to_examples, to_rows
from feedback.export.target import Files, Target, find_file

_ITEMS, _CONFIG = "items.jsonl", "data_source_config.json"
_WITH_IDEAL, _WITHOUT = "samples.jsonl", "samples_without_ideal.jsonl"
_PLACED = ("input", "expected")
_TEXT, _MAYBE = {"type": "string"}, {"type": ["string", "null"]}
_ITEM_SCHEMA = {
    "type": "object",
    "properties": {
        "example_id": _TEXT,
        "input": _TEXT,
        "observed_output": _MAYBE,
        "expected": _MAYBE,
        "label": {"type": "string", "enum": ["good", "bad"]},
        "label_source": _TEXT,
        "split": _MAYBE,
        "reason": _MAYBE,
        "confidence": {"type": ["number", "null"]},
        "segment": _MAYBE,
        "rejected_output": _MAYBE,
        "tags": {"type": ["array", "null"], "items": _TEXT},
        "provenance": _TEXT,
    },
    "required": ["example_id", "input", "label"],
}


def _write_items(examples: pl.DataFrame) -> Files:
    config = {"type": "custom", "item_schema": _ITEM_SCHEMA, "include_sample_schema": True}
    return {
        _ITEMS: dump_lines({"item": row} for row in to_rows(examples)),
        _CONFIG: f"{dump_json(config)}\n".encode(),
    }


def _read_items(files: Mapping[str, bytes]) -> pl.DataFrame:
    return to_examples(record["item"] for record in load_lines(find_file(files, _ITEMS)))


def _write_samples(examples: pl.DataFrame) -> Files:
    # The classic matchers stop at a sample without an ideal answer, and none is invented.
    known = pl.col("expected").is_not_null()
    return {
        _WITH_IDEAL: dump_lines(_to_sample(row) for row in to_rows(examples.filter(known))),
        _WITHOUT: dump_lines(_to_sample(row) for row in to_rows(examples.filter(~known))),
    }


def _read_samples(files: Mapping[str, bytes]) -> pl.DataFrame:
    samples = load_lines(find_file(files, _WITH_IDEAL)) + load_lines(find_file(files, _WITHOUT))
    return to_examples(_to_row(sample) for sample in samples)


def _to_sample(row: Row) -> Row:
    ideal = {} if row["expected"] is None else {"ideal": row["expected"]}
    asked = [{"role": "user", "content": row["input"]}]
    return {"input": asked, **ideal, "metadata": details_of(row, without=_PLACED)}


def _to_row(sample: Row) -> Row:
    return row_of(sample["metadata"], input=sample["input"][0]["content"], expected=sample.get("ideal"))


OPENAI_EVALS = Target(
    "openai_evals",
    "OpenAI evals API: items.jsonl, and data_source_config.json with the schema of an item.",
    _write_items,
    _read_items,
)
OPENAI_CLASSIC = Target(
    "openai_classic",
    "The openai/evals framework: samples.jsonl with an ideal answer, those without beside it.",
    _write_samples,
    _read_samples,
)
