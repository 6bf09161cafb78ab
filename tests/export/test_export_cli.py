"""`feedback export`, from a store to a folder."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from export_rows import example
from typer.testing import CliRunner, Result

from feedback.cli.commands import app
from feedback.export import read_export
from feedback.golden import add_examples
from feedback.pipeline.golden import make_version
from feedback.schemas import empty_table
from feedback.store import Store

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def fill(store: Store, *rows: dict) -> None:
    empty = empty_table("golden_events")
    known = {"groups": [], "why": "reviewed", "tags": []}
    proposed = pl.DataFrame([{**row, **known} for row in rows], schema=empty.schema, orient="row")
    store.append("golden_events", add_examples(store.table("golden_events").collect(), proposed, by="ann", at=NOW))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    made = Store(tmp_path / "store")
    fill(made, example("a", split="test", input="I am ann@x.org"), example("b", split="train", label="bad"))
    make_version(made, by="ann", clock=lambda: NOW)
    fill(made, example("c", split="test"))
    return tmp_path / "store"


def run(store: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", *arguments, "--store", str(store)])


def test_the_set_as_it_is_now(store: Path, tmp_path: Path):
    done = run(store, "jsonl", str(tmp_path / "out"), "--no-redact")
    assert (done.exit_code, done.output) == (
        0,
        f"3 examples (2 good, 1 bad) in {tmp_path / 'out'}, for jsonl\n"
        "Not redacted: the texts are as they were logged.\n",
    )
    assert read_export(tmp_path / "out")["example_id"].to_list() == ["a", "b", "c"]


def test_a_version_a_split_and_a_label(store: Path, tmp_path: Path):
    run(store, "jsonl", str(tmp_path / "out"), "--no-redact", "--version", "1", "--split", "test", "--label", "good")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["query"] == {"version": "1", "split": "test", "label": "good"}
    assert (manifest["n_examples"], manifest["versions"]["golden"]) == (1, 1)


def test_redacted_unless_told_otherwise(store: Path, tmp_path: Path):
    pytest.importorskip("presidio_analyzer", reason="the extra `pii` is not installed")
    done = run(store, "jsonl", str(tmp_path / "out"))
    assert "Redacted: 1 EMAIL_ADDRESS" in done.output
    assert read_export(tmp_path / "out")["input"][0] == "I am <EMAIL_ADDRESS_1>"


def test_a_mistake_is_one_line(store: Path, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    for arguments, said in (
        (["excel", str(tmp_path / "out")], "there is no target 'excel'"),
        (["jsonl", str(tmp_path / "mine"), "--no-redact"], "holds what no export wrote (notes.txt)"),
        (["jsonl", str(tmp_path / "out"), "--no-redact", "--version", "9"], "version"),
        (["jsonl", str(tmp_path / "out"), "--no-redact", "--split", "dev"], "no example to export"),
    ):
        done = run(store, *arguments)
        assert (done.exit_code, said in done.output, done.output.count("\n")) == (2, True, 1), done.output
    assert not (tmp_path / "out").exists()


def test_help_lists_the_targets(store: Path):
    output = run(store, "--help").output
    assert "promptfoo_yaml" in output
    assert "feedback[pii]" in output
