"""MLflow: records as `EvaluationDataset.merge_records` takes them."""

from feedback.export.details import details_of, row_of
from feedback.export.json_text import dump_json
from feedback.export.rows import Row
from feedback.export.target import lines_target

_PLACED = ("input", "observed_output", "expected")
_TAGS = ("example_id", "label", "label_source", "split", "segment", "reason", "confidence")
_OF_A_PERSON = "HUMAN"


def _to_record(row: Row) -> Row:
    record: Row = {
        "inputs": {"input": row["input"]},
        "tags": {name: _tag(row[name]) for name in _TAGS if row[name] is not None},
        "source": {
            "source_type": _OF_A_PERSON if row["label_source"] == "review" else "CODE",
            "source_data": details_of(row, without=_PLACED),
        },
    }
    if row["observed_output"] is not None:
        record["outputs"] = {"response": row["observed_output"]}
    if row["expected"] is not None:
        record["expectations"] = {"expected_response": row["expected"]}
    return record


def _to_row(record: Row) -> Row:
    return row_of(
        record["source"]["source_data"],
        input=record["inputs"]["input"],
        observed_output=record.get("outputs", {}).get("response"),
        expected=record.get("expectations", {}).get("expected_response"),
    )


def _tag(value: object) -> str:
    return value if isinstance(value, str) else dump_json(value)


MLFLOW = lines_target(
    "mlflow",
    "MLflow: records.jsonl, one record a line for merge_records; expected_response is what its judges read.",
    "records.jsonl",
    _to_record,
    _to_row,
    notes=("MLflow keeps one record per input: of examples that ask the same, the last stays.",),
)
