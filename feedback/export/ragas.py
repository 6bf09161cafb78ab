"""ragas: samples that `EvaluationDataset.from_jsonl` reads, and beside them what ragas has no room for."""

from collections.abc import Mapping

import polars as pl

from feedback.export.details import details_of, row_of
from feedback.export.json_text import dump_lines, load_lines
from feedback.export.rows import to_examples, to_rows
from feedback.export.target import Files, Target, find_file

_SAMPLES, _SIDECAR = "samples.jsonl", "metadata.jsonl"
_PLACED = {"input": "user_input", "observed_output": "response", "expected": "reference"}


def _write(examples: pl.DataFrame) -> Files:
    rows = to_rows(examples)
    samples = ({theirs: row[ours] for ours, theirs in _PLACED.items()} for row in rows)
    return {
        _SAMPLES: dump_lines(samples),
        _SIDECAR: dump_lines(details_of(row, without=(*_PLACED,)) for row in rows),
    }


def _read(files: Mapping[str, bytes]) -> pl.DataFrame:
    samples, sidecar = load_lines(find_file(files, _SAMPLES)), load_lines(find_file(files, _SIDECAR))
    return to_examples(
        row_of(details, **{ours: sample[theirs] for ours, theirs in _PLACED.items()})
        for sample, details in zip(samples, sidecar, strict=True)
    )


RAGAS = Target(
    "ragas",
    "ragas: samples.jsonl for EvaluationDataset.from_jsonl; metadata.jsonl has the rest, line by line.",
    _write,
    _read,
)
