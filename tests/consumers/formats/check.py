"""Where the service itself cannot run here: its client library takes the records as they are."""

import inspect
import json
import sys
from pathlib import Path
from uuid import UUID

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}


def lines(name):
    return [json.loads(line) for line in (folder / name).read_text().split("\n") if line]


def check_langsmith():
    from langsmith.schemas import ExampleCreate

    examples = [ExampleCreate(**record) for record in lines("examples.jsonl")]
    assert all(isinstance(example.id, UUID) for example in examples)
    assert len({example.id for example in examples}) == len(truth)
    for example in examples:
        row = rows[example.metadata["example_id"]]
        assert (example.inputs, example.split) == ({"input": row["input"]}, row["split"])
        assert (example.reference_outputs or {}).get("output") == row["expected"]
        assert example.metadata["label"] == row["label"]


def check_ragas():
    from ragas import EvaluationDataset

    dataset = EvaluationDataset.from_jsonl(folder / "samples.jsonl")
    assert len(dataset) == len(lines("metadata.jsonl")) == len(truth)
    for sample, details in zip(dataset, lines("metadata.jsonl"), strict=True):
        row = rows[details["example_id"]]
        assert (sample.user_input, sample.response) == (row["input"], row["observed_output"])
        assert (sample.reference, details["label"]) == (row["expected"], row["label"])


def check_langfuse():
    from langfuse import Langfuse

    taken = inspect.signature(Langfuse.create_dataset_item)
    items = lines("items.jsonl")
    assert len(items) == len(truth)
    for item in items:
        taken.bind(None, dataset_name="golden", **item)
        assert (item["input"], item["metadata"]["label"]) == (rows[item["id"]]["input"], rows[item["id"]]["label"])


{"langsmith": check_langsmith, "ragas": check_ragas, "langfuse": check_langfuse}[folder.name]()
