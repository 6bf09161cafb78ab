"""The folder of an export and its manifest."""

import json
from pathlib import Path

import pytest
from export_rows import example, examples, hostile_examples
from polars.testing import assert_frame_equal

from feedback.errors import InputError, SettingsError
from feedback.export import TARGETS, read_export, write_export

ROWS = examples(example("a", split="test"), example("b", label="bad", input="{{ env.HOME }}", reason="=1"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("target", TARGETS)
def test_again_gives_the_same_bytes(target: str, tmp_path: Path):
    for name in ("one", "two"):
        write_export(hostile_examples(), target, tmp_path / name, versions={"golden": 1})
    first = contents(tmp_path / "one")
    assert first == contents(tmp_path / "two")
    write_export(hostile_examples(), target, tmp_path / "one", versions={"golden": 1})
    assert contents(tmp_path / "one") == first


def test_manifest_says_what_it_is(tmp_path: Path):
    written = write_export(ROWS, "jsonl", tmp_path / "out", query={"split": None}, versions={"golden": 3})
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest == written
    assert manifest["counts"] == {
        "label": {"bad": 1, "good": 1}, "label_source": {"review": 2}, "split": {"none": 1, "test": 1}
    }  # fmt: skip
    assert (manifest["n_examples"], manifest["versions"], manifest["redaction"]) == (2, {"golden": 3}, None)
    assert manifest["hostile_values"] == {"template": 1, "file_or_package": 0, "formula": 1, "zero_byte": 0}
    assert list(manifest["files"]) == ["examples.jsonl"]
    assert "exported_at" not in manifest


def test_hash_of_rows_is_the_same_for_every_target(tmp_path: Path):
    hashes = {write_export(ROWS, target, tmp_path / target)["rows_sha256"] for target in TARGETS}
    assert len(hashes) == 1


def test_an_export_is_read_and_replaced(tmp_path: Path):
    write_export(ROWS, "huggingface", tmp_path / "out")
    assert_frame_equal(read_export(tmp_path / "out"), ROWS)
    write_export(ROWS.head(1), "csv", tmp_path / "out")
    assert sorted(contents(tmp_path / "out")) == ["examples.csv", "manifest.json"]
    assert_frame_equal(read_export(tmp_path / "out"), ROWS.head(1))
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json", "data/mine.parquet"])
def test_what_is_not_ours_is_left_alone(name: str, tmp_path: Path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("{}")
    with pytest.raises(SettingsError, match="holds what no export wrote"):
        write_export(ROWS, "jsonl", tmp_path)
    assert contents(tmp_path) == {name: b"{}"}


def test_a_file_beside_an_earlier_export_is_left_alone(tmp_path: Path):
    write_export(ROWS, "jsonl", tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match=r"\(notes.txt\)"):
        write_export(ROWS, "jsonl", tmp_path / "out")


def test_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="is no folder"):
        write_export(ROWS, "jsonl", tmp_path / "out")


def test_a_changed_file_is_told(tmp_path: Path):
    write_export(ROWS, "jsonl", tmp_path / "out")
    (tmp_path / "out" / "examples.jsonl").write_text("{}")
    with pytest.raises(InputError, match=r"changed since the export: examples.jsonl"):
        read_export(tmp_path / "out")


def test_a_folder_that_is_no_export_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="is no export"):
        read_export(tmp_path)
