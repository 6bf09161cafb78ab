"""A Phoenix server on the loopback takes the examples, and an experiment runs over them."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
port = "16006"
url = f"http://127.0.0.1:{port}"
settings = {
    "PHOENIX_WORKING_DIR": str(folder.parent / "phoenix-home"),
    "PHOENIX_HOST": "127.0.0.1",
    "PHOENIX_PORT": port,
    "PHOENIX_GRPC_PORT": "14317",
    "PHOENIX_TELEMETRY_ENABLED": "false",
}
os.environ |= settings | {"PHOENIX_COLLECTOR_ENDPOINT": url}
(folder.parent / "phoenix-home").mkdir()
log = (folder.parent / "phoenix.log").open("w")
server = subprocess.Popen([sys.executable, "-m", "phoenix.server.main", "serve"], stdout=log, stderr=log)
try:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=1)
            break
        except OSError:
            assert server.poll() is None, (folder.parent / "phoenix.log").read_text()[-3_000:]
            time.sleep(1)
    from phoenix.client import Client

    client = Client(base_url=url)
    examples = [json.loads(line) for line in (folder / "examples.jsonl").read_text().split("\n") if line]
    client.datasets.create_dataset(name="golden", examples=examples, timeout=120)
    dataset = client.datasets.get_dataset(dataset="golden", timeout=120)
    assert len(dataset) == len(truth)
    for example in dataset:
        row = rows[example["id"]]
        assert example["input"] == {"input": row["input"]}, example["id"]
        assert example["output"].get("expected") == row["expected"], example["id"]
        assert example["metadata"]["label"] == row["label"]
    experiment = client.experiments.run_experiment(
        dataset=dataset,
        task=lambda input: input["input"],  # noqa: A006
        evaluators=[lambda input, output: input["input"] == output],  # noqa: A006
        print_summary=False,
        timeout=120,
    )
    assert len(experiment["task_runs"]) == len(truth)
finally:
    server.terminate()
    server.wait(30)
