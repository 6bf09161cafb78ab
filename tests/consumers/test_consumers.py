"""Every export in the real consumer, in an environment of its own, cut off from the network at run time.

`uv run pytest -m consumers` makes each environment anew, with the current version of the consumer, and deletes it.
"""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from export_rows import example, examples, hostile_examples

from feedback.export import write_export
from feedback.golden import read_eval_results

pytestmark = pytest.mark.consumers
HERE = Path(__file__).parent
LONG = "long text, פסקה ארוכה 🙂 {{ env.CANARY }} " * 25_000
TARGETS = {
    "inspect_ai": ["inspect_ai"],
    "promptfoo": ["promptfoo_yaml", "promptfoo_jsonl", "promptfoo_csv"],
    "datasets": ["huggingface"],
    "deepeval": ["deepeval"],
    "mlflow": ["mlflow"],
    "phoenix": ["phoenix"],
    "braintrust": ["braintrust"],
    "formats": ["langsmith", "ragas", "langfuse"],
    "openai_evals": ["openai_classic", "openai_evals"],
    "preference_pairs": ["preference_pairs"],
}
# In the environment of the consumer: no text of ours may bring it out.
CANARY = "canary-1f9a"
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "sh")


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path):
    """Return a copy of the consumer's project with its environment installed, which is deleted afterwards."""
    folder = tmp_path / "project"
    shutil.copytree(HERE / request.param, folder)
    run(folder, "uv", "sync", "--quiet")
    if (folder / "install.sh").exists():
        run(folder, "uv", "run", "--no-sync", "sh", "install.sh")
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("project", TARGETS, indirect=True)
def test_consumer_reads_and_runs(project: Path, tmp_path: Path, request: pytest.FixtureRequest):
    rows = hostile_examples().to_dicts()
    long = example("long", input=LONG, expected=LONG, observed_output=LONG, label="bad", tags=["x"], split="test")
    given = examples(*rows, long)
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(given.to_dicts()))
    for target in TARGETS[request.node.callspec.params["project"]]:
        write_export(given, target, tmp_path / target)
        run(project, *cut_off(), "uv", "run", "--no-sync", "python", "check.py", str(tmp_path / target), str(truth))
        if target.startswith("promptfoo"):
            read_back(tmp_path / f"{target}-promptfooconfig.yaml.json", given)


def read_back(results: Path, given: pl.DataFrame):
    """Read what promptfoo wrote as `feedback golden results` does: every example, and each passes that was echoed."""
    found = read_eval_results(results, by="ann", at=datetime(2026, 1, 5, tzinfo=UTC))
    assert found["eval_run"].n_unique() == 1
    assert set(found["model"]) == {"echo"}
    assert sorted(found["example_id"]) == sorted(given["example_id"])
    assert found["passed"].all()


def cut_off() -> tuple[str, ...]:
    """Return what a command runs under to have the loopback only; nothing where that is not allowed."""
    probe = subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False)
    return WITHOUT_NETWORK if probe.returncode == 0 else ()


def run(folder: Path, *command: str):
    """Run a command that must end well and say nothing of the canary."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        command, cwd=folder, env={**kept, "CANARY": CANARY}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-6_000:]
    assert CANARY not in done.stdout + done.stderr
