"""Braintrust runs an eval over the cases on this machine, and sends nothing."""

import json
import sys
from pathlib import Path

from braintrust import Eval

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().split("\n") if line]
labels = []


def task(input, hooks):  # noqa: A002
    labels.append((hooks.metadata["label"], input))
    return input


def same(input, output, expected=None):  # noqa: A002
    return float(input == output)


result = Eval("golden", data=cases, task=task, scores=[same], no_send_logs=True)
assert result.summary.scores["same"].score == 1.0
assert len(result.results) == len(truth)
assert sorted(labels) == sorted((row["label"], row["input"]) for row in truth)
assert {case["id"]: case["expected"] for case in cases} == {name: row["expected"] for name, row in rows.items()}
assert sorted(found.expected or "" for found in result.results) == sorted(row["expected"] or "" for row in truth)
