"""MLflow takes the records into a dataset on SQLite and evaluates over them."""

import json
import os
import sys
from pathlib import Path

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_GENAI_EVAL_MAX_WORKERS": "1"}
import mlflow  # noqa: E402
from mlflow.genai.datasets import create_dataset  # noqa: E402
from mlflow.genai.scorers import scorer  # noqa: E402

rows = {row["example_id"]: row for row in truth}
mlflow.set_tracking_uri(f"sqlite:///{folder.parent / 'mlflow.db'}")
experiment = mlflow.create_experiment("golden", artifact_location=(folder.parent / "artifacts").as_uri())
mlflow.set_experiment(experiment_id=experiment)
records = [json.loads(line) for line in (folder / "records.jsonl").read_text().split("\n") if line]
dataset = create_dataset(name="golden", experiment_id=experiment)
dataset.merge_records(records)
frame = mlflow.genai.datasets.get_dataset(dataset_id=dataset.dataset_id).to_df()
assert len(frame) == len(truth)
for record in frame.to_dict("records"):
    row = rows[record["tags"]["example_id"]]
    assert record["inputs"] == {"input": row["input"]}
    assert (record["expectations"] or {}).get("expected_response") == row["expected"]
    assert (record["outputs"] or {}).get("response") == row["observed_output"]
    assert record["tags"]["label"] == row["label"]


@scorer
def same(inputs, outputs):
    return inputs["input"] == outputs


done = mlflow.genai.evaluate(data=dataset, predict_fn=lambda input: input, scorers=[same])  # noqa: A006
assert done.metrics["same/mean"] == 1.0
