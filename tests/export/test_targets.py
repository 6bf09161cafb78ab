"""What stands in the files, to the byte."""

import csv
import io
import json
import re
from uuid import UUID

import pytest
from export_rows import HOSTILE, example, examples, hostile_examples

from feedback.errors import SchemaError, SettingsError, UnknownNameError
from feedback.export.rows import pick_examples
from feedback.export.targets import TARGETS, find_target, read_files, write_files

ROW = example(observed_output="Soon.", expected="On Monday.", label="bad", split="test", confidence=0.25, tags=["slow"])
ONE = examples(ROW)
DETAILS = (
    '"observed_output": "Soon.", "label": "bad", "label_source": "review", "split": "test", "reason": null, '
    '"confidence": 0.25, "segment": null, "rejected_output": null, "tags": ["slow"], "provenance": "{}"'
)


def one_record(target: str, file: str) -> dict:
    [line] = write_files(ONE, target)[file].splitlines()
    return json.loads(line)


def test_inspect_ai():
    assert write_files(ONE, "inspect_ai") == {
        "samples.jsonl": (
            '{"id": "e1", "input": "Where is my refund?", "target": "On Monday.", "metadata": {' + DETAILS + "}}\n"
        ).encode()
    }


def test_inspect_ai_takes_no_empty_input():
    [line] = write_files(examples(example(input="")), "inspect_ai")["samples.jsonl"].splitlines()
    assert json.loads(line)["input"] == [{"role": "user", "content": ""}]


def test_promptfoo_yaml():
    assert write_files(ONE, "promptfoo_yaml")["tests.yaml"].decode() == (
        '- description: "e1"\n'
        '  vars: {"input": "Where is my refund?", "expected": "On Monday."}\n'
        '  assert: [{"type": "equals", "value": "On Monday."}]\n'
        '  metadata: {"example_id": "e1", ' + DETAILS + "}\n"
    )


def test_promptfoo_without_expected_answer_checks_nothing():
    [line] = write_files(examples(example()), "promptfoo_jsonl")["tests.jsonl"].splitlines()
    assert "assert" not in json.loads(line)
    assert json.loads(line)["vars"] == {"input": "Where is my refund?"}


@pytest.mark.parametrize("target", ["promptfoo_yaml", "promptfoo_jsonl", "promptfoo_csv"])
def test_promptfoo_files_hold_no_template_and_no_path(target: str):
    files = write_files(hostile_examples(), target)
    [tests] = [content.decode() for name, content in files.items() if name.startswith("tests.")]
    without_ours = re.sub(r"\{\{(?:'[{#]?'|'\"+\\\\+u0000\"+'\|load)\}\}", "", tests)
    assert not re.search(r"\{[{%]|\{#", without_ours)
    # Two quotes stand inside a cell of a CSV file: that cell is JSON text, which starts with a bracket.
    assert not re.search(r'(?<!")"(?:equals:)?(?:file://|package:)', tests)


def test_promptfoo_variables_are_never_lists():
    lines = write_files(hostile_examples(), "promptfoo_jsonl")["tests.jsonl"].decode().split("\n")
    variables = [value for line in lines if line for value in json.loads(line)["vars"].values()]
    assert all(isinstance(value, str) for value in variables)


@pytest.mark.parametrize(("target", "file"), [("csv", "examples.csv"), ("promptfoo_csv", "tests.csv")])
def test_csv_has_no_formula_and_no_zero_byte(target: str, file: str):
    content = write_files(hostile_examples(), target)[file].decode()
    cells = [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]
    assert len(cells) > len(HOSTILE)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))] == []
    assert "\0" not in content


def test_deepeval_carries_what_was_answered():
    [golden] = json.loads(write_files(ONE, "deepeval")["goldens.json"])
    assert golden["name"] == golden["additional_metadata"]["example_id"] == "e1"
    assert (golden["actual_output"], golden["expected_output"]) == ("Soon.", "On Monday.")


def test_huggingface_has_a_file_per_split():
    rows = examples(example("a", split="train"), example("b", split="test"), example("c"))
    assert sorted(write_files(rows, "huggingface")) == [
        "README.md",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "data/unsplit-00000-of-00001.parquet",
    ]


def test_openai_classic_keeps_samples_without_ideal_apart():
    files = write_files(examples(ROW, example("e2")), "openai_classic")
    assert json.loads(files["samples.jsonl"])["ideal"] == "On Monday."
    assert "ideal" not in json.loads(files["samples_without_ideal.jsonl"])


def test_openai_items_fit_their_schema():
    config = json.loads(write_files(ONE, "openai_evals")["data_source_config.json"])
    assert set(one_record("openai_evals", "items.jsonl")["item"]) == set(config["item_schema"]["properties"])


def test_langsmith_ids_are_uuids_that_stay():
    record = one_record("langsmith", "examples.jsonl")
    assert str(UUID(record["id"])) == record["id"] == "8e448e9a-e7da-5cfe-b55f-93205a103ead"
    assert record["metadata"]["example_id"] == "e1"


def test_mlflow_tags_are_texts():
    record = one_record("mlflow", "records.jsonl")
    assert record["tags"] == {
        "example_id": "e1", "label": "bad", "label_source": "review", "split": "test", "confidence": "0.25"
    }  # fmt: skip
    assert record["expectations"] == {"expected_response": "On Monday."}


def test_ragas_sidecar_has_a_line_per_sample():
    files = write_files(ONE, "ragas")
    assert json.loads(files["samples.jsonl"]) == {
        "user_input": "Where is my refund?", "response": "Soon.", "reference": "On Monday."
    }  # fmt: skip
    assert json.loads(files["metadata.jsonl"])["example_id"] == "e1"


def test_preference_pairs_from_corrections_and_retries():
    rows = examples(
        example("corrected", observed_output="5", expected="4", label="bad"),
        example("retried", observed_output="4", rejected_output="5", label="good"),
        example("both", observed_output="3", expected="4", rejected_output="5", label="bad"),
        example("confirmed", observed_output="4", expected="4", label="good"),
        example("only bad", observed_output="5", label="bad", rejected_output="6"),
    )
    pairs = read_files(write_files(rows, "preference_pairs"), "preference_pairs")
    assert pairs.select("example_id", "chosen", "rejected", "origin").rows() == [
        ("both", "4", "5", "correction"),
        ("corrected", "4", "5", "correction"),
        ("retried", "4", "5", "retry"),
    ]


def test_every_target_says_what_it_is():
    assert [name for name, target in TARGETS.items() if not target.summary.endswith(".")] == []


def test_unknown_target_lists_the_targets():
    with pytest.raises(UnknownNameError, match=r"no target 'excel'; the targets are inspect_ai, .*parquet"):
        find_target("excel")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (example(label="meh"), "another label than good, bad"),
        (example(split="all"), "another split"),
        (example(input=None), "nulls in input"),
        (example(confidence=float("nan")), "confidence"),
        (example(confidence=1.5), "confidence"),
    ],
)
def test_examples_are_checked(row: dict, message: str):
    with pytest.raises(SchemaError, match=message):
        write_files(examples(row), "jsonl")


def test_examples_come_once():
    with pytest.raises(SchemaError, match="more than one row for e1"):
        write_files(examples(example(), example()), "jsonl")


def test_examples_have_every_column():
    with pytest.raises(SchemaError, match="lack the column tags"):
        write_files(examples(example()).drop("tags"), "jsonl")


def test_picking_by_split_and_label():
    rows = examples(example("a", split="test"), example("b", split="test", label="bad"), example("c"))
    assert pick_examples(rows, split="test", label="bad")["example_id"].to_list() == ["b"]
    with pytest.raises(SettingsError, match="no split 'all'; there are train, dev, test"):
        pick_examples(rows, split="all")
