"""Inspect reads the samples and runs an eval over them with a mock model."""

import json
import sys
from pathlib import Path

from inspect_ai import Task, eval  # noqa: A004
from inspect_ai.dataset import json_dataset
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import exact
from inspect_ai.solver import generate

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
dataset = json_dataset(str(folder / "samples.jsonl"))


def echo(messages, *_):
    # With a usage of its own, or counting tokens would fetch a vocabulary.
    output = ModelOutput.from_content("mockllm", messages[-1].text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


task = Task(dataset=dataset, solver=generate(), scorer=exact())
[log] = eval(
    task, model=get_model("mockllm/model", custom_outputs=echo), display="none", log_dir=str(folder.parent / "logs")
)
assert log.status == "success", log.error.message
assert {sample.id for sample in log.samples} == set(rows)
assert len(log.samples) == len(truth)
for sample in log.samples:
    row = rows[sample.id]
    assert sample.messages[0].text == row["input"], sample.id
    assert sample.target == (row["expected"] or ""), sample.id
    assert sample.metadata["label"] == row["label"]
    assert sample.metadata["provenance"] == row["provenance"]
    assert sample.output.completion == row["input"]
    assert set(sample.scores) == {"exact"}
