"""The evals framework runs the classic samples with a stand-in; the types of OpenAI's client take items and schema."""

import json
import os
import sys
from pathlib import Path

os.environ |= {"OPENAI_API_KEY": "none", "EVALS_SHOW_EVAL_PROGRESS": ""}

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}


def lines(name):
    return [json.loads(line) for line in (folder / name).read_text().split("\n") if line]


def check_classic():
    from evals.api import CompletionFn, CompletionResult
    from evals.base import RunSpec
    from evals.elsuite.basic.match import Match
    from evals.record import DummyRecorder

    expected = {row["input"]: row["expected"] for row in truth if row["expected"] is not None}
    asked = []

    class Said(CompletionResult):
        def __init__(self, text):
            self.text = text

        def get_completions(self):
            return [self.text]

    class StandIn(CompletionFn):
        def __call__(self, prompt, **_):
            [message] = prompt
            asked.append(message["content"])
            return Said(expected[message["content"]])

    run = RunSpec([], "golden.test.v0", "golden", "test", {}, "nobody", "", "")
    match = Match([StandIn()], str(folder / "samples.jsonl"), name="golden.test", eval_registry_path=folder)
    report = match.run(DummyRecorder(run, log=False))
    assert report["accuracy"] == 1.0
    with_ideal = [row["input"] for row in truth if row["expected"] is not None]
    assert sorted(asked) == sorted(with_ideal)
    samples = lines("samples.jsonl") + lines("samples_without_ideal.jsonl")
    assert len(samples) == len(truth)
    assert all(sample["metadata"]["label"] == rows[sample["metadata"]["example_id"]]["label"] for sample in samples)


def check_items():
    from jsonschema import Draft202012Validator
    from openai.types.eval_create_params import DataSourceConfigCustom
    from openai.types.evals.create_eval_jsonl_run_data_source_param import SourceFileContent
    from pydantic import TypeAdapter

    config = json.loads((folder / "data_source_config.json").read_text())
    TypeAdapter(DataSourceConfigCustom).validate_python(config, strict=True)
    items = lines("items.jsonl")
    assert len(items) == len(truth)
    source = {"type": "file_content", "content": items}
    TypeAdapter(SourceFileContent).validate_python(source)
    Draft202012Validator.check_schema(config["item_schema"])
    of_schema = Draft202012Validator(config["item_schema"])
    for item in items:
        of_schema.validate(item["item"])
        row = rows[item["item"]["example_id"]]
        assert {name: row[name] for name in item["item"]} == item["item"]


{"openai_classic": check_classic, "openai_evals": check_items}[folder.name]()
