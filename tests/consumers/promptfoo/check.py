"""promptfoo runs the tests with its echo provider: what the model is sent is what was logged, and nothing fires."""

import json
import os
import subprocess
import sys
from pathlib import Path

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
manifest = json.loads((folder / "manifest.json").read_text())
UNESCAPE = next(note for note in manifest["notes"] if "replace(" in note).split("write there ")[1]
SETTINGS = {
    "PROMPTFOO_CONFIG_DIR": str(folder.parent / "promptfoo-home"),
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_CACHE_ENABLED": "false",
}


def run(config):
    """Return the results of an eval; one that fails a check is no failure of promptfoo (100)."""
    out = folder.parent / f"{folder.name}-{config}.json"
    command = ["node", "node_modules/promptfoo/dist/src/entrypoint.js", "eval", "-c", str(folder / config)]
    done = subprocess.run(
        [*command, "-o", str(out), "--no-table", "--no-progress-bar"],
        env={**os.environ, **SETTINGS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 100), done.stdout[-2_000:] + done.stderr[-2_000:]
    text = out.read_text()
    assert os.environ["CANARY"] not in text
    assert "root:x:0" not in text
    return json.loads(text)["results"]["results"]


def output_of(result):
    return (result.get("response") or {}).get("output")


results = run("promptfooconfig.yaml")
assert len(results) == len(truth)
for result in results:
    row = rows[result["testCase"]["description"]]
    assert output_of(result) == row["input"], (
        row["example_id"],
        row["input"][:80],
        output_of(result),
        result.get("error"),
    )
    assert result["testCase"]["metadata"]["label"] == row["label"]
    # The example expects what was asked, so that echoing it passes: the check saw the original text as well.
    checks = result["gradingResult"]["componentResults"] if row["expected"] is not None else []
    assert [check["pass"] for check in checks] == [True] * len(checks), row["example_id"]
    assert len(checks) == (row["expected"] is not None), row["example_id"]

prompt = json.dumps([{"role": "user", "content": UNESCAPE}])
config = (folder / "promptfooconfig.yaml").read_text().replace("'{{ input }}'", json.dumps(prompt))
(folder / "chat.yaml").write_text(config)
for result in run("chat.yaml"):
    row = rows[result["testCase"]["description"]]
    [message] = json.loads(output_of(result))
    if folder.name != "promptfoo_csv" or "\0" not in row["input"]:
        assert message["content"] == row["input"], (row["example_id"], row["input"][:80], message["content"][:80])
