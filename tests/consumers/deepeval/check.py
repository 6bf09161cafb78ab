"""DeepEval reads the goldens and runs a metric of its own over them, without a judge model."""

import json
import os
import sys
from pathlib import Path

os.environ |= {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "ERROR_REPORTING": "NO", "DEEPEVAL_UPDATE_WARNING_OPT_IN": "NO"}
from deepeval import evaluate
from deepeval.dataset import EvaluationDataset
from deepeval.evaluate import AsyncConfig, DisplayConfig
from deepeval.metrics import ExactMatchMetric
from deepeval.test_case import LLMTestCase

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
dataset = EvaluationDataset()
dataset.add_goldens_from_json_file(str(folder / "goldens.json"))
assert len(dataset.goldens) == len(truth)
for golden in dataset.goldens:
    row = rows[golden.name]
    assert (golden.input, golden.actual_output, golden.expected_output) == (
        row["input"],
        row["observed_output"],
        row["expected"],
    )
    assert golden.additional_metadata["label"] == row["label"]
    assert golden.comments == row["reason"]
cases = [
    LLMTestCase(
        name=golden.name,
        input=golden.input,
        actual_output=golden.expected_output,
        expected_output=golden.expected_output,
    )
    for golden in dataset.goldens
    if golden.expected_output
]
result = evaluate(
    cases,
    [ExactMatchMetric()],
    async_config=AsyncConfig(run_async=False),
    display_config=DisplayConfig(show_indicator=False, print_results=False),
)
assert len(result.test_results) == len(cases)
assert all(test.success for test in result.test_results)
