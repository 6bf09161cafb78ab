"""Evaluations read back: Inspect, promptfoo, CSV."""

import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from golden_rows import NOW, at

from feedback.errors import InputError
from feedback.golden import current_results, read_eval_results
from feedback.schemas import check_table

ABOUT = {"eval_id": "run1", "model": "mock/m", "created": "2026-01-05T09:00:00+00:00"}


def sample(identity: str, value, epoch: int = 1, **further) -> dict:
    return {"id": identity, "epoch": epoch, "scores": {"match": {"value": value}}, **further}


def read(file: Path) -> pl.DataFrame:
    return read_eval_results(file, by="ann", at=NOW)


def write(file: Path, content: object) -> Path:
    file.write_text(json.dumps(content))
    return file


def test_a_log_of_inspect_in_json(tmp_path: Path):
    samples = [
        sample("a", "C"),
        sample("b", "I"),
        sample("a", 0.5, epoch=2),
        sample("c", True),
        {**sample("d", 1), "scores": {}},
    ]
    found = read(write(tmp_path / "log.json", {"version": 2, "status": "success", "eval": ABOUT, "samples": samples}))
    assert found.select("example_id", "repetition", "passed", "score").rows() == [
        ("a", 1, True, 1.0), ("b", 1, False, 0.0), ("a", 2, False, 0.5), ("c", 1, True, 1.0), ("d", 1, None, None),
    ]  # fmt: skip
    assert found.select("eval_run", "model", "format").unique().rows() == [("run1", "mock/m", "inspect_ai")]
    assert check_table("eval_results", found).height == 5


def test_several_scorers_must_agree(tmp_path: Path):
    scores = {"x": {"value": "C"}, "y": {"value": {"a": 1, "b": 0}}}
    found = read(write(tmp_path / "log.json", {"eval": ABOUT, "samples": [{"id": 7, "epoch": 1, "scores": scores}]}))
    assert found.select("example_id", "passed").rows() == [("7", False)]


@pytest.mark.parametrize("members", [("summaries.json",), ("samples/a_epoch_1.json", "samples/b_epoch_1.json")])
def test_an_archive_of_inspect(tmp_path: Path, members: tuple[str, ...]):
    samples = [sample("a", "C"), sample("b", "I")]
    with zipfile.ZipFile(tmp_path / "log.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"eval": ABOUT}))
        for name, content in zip(members, [samples] if len(members) == 1 else samples, strict=True):
            archive.writestr(name, json.dumps(content))
    assert read(tmp_path / "log.eval").select("example_id", "passed").rows() == [("a", True), ("b", False)]


def test_an_archive_packed_as_inspect_packs_it_now(tmp_path: Path):
    packed = {"header.json": {"eval": ABOUT}, "summaries.json": [sample("a", "C")]}
    with zipfile.ZipFile(tmp_path / "log.eval", "w", zipfile.ZIP_STORED) as archive:
        for name, content in packed.items():
            archive.writestr(name, pa.compress(json.dumps(content).encode(), codec="zstd", asbytes=True))
    stored = (tmp_path / "log.eval").read_bytes()
    # Method 93, Zstandard, in place of 0: in the header of each member, and in the directory.
    for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        stored = re.sub(
            re.escape(signature) + b".{%d}" % (place - 4) + b"\0\0", lambda m: m[0][:-2] + b"\x5d\0", stored, flags=re.S
        )
    (tmp_path / "log.eval").write_bytes(stored)
    assert read(tmp_path / "log.eval").select("example_id", "passed").rows() == [("a", True)]


def test_output_of_promptfoo(tmp_path: Path):
    def result(success: bool, failure: int = 0, **test) -> dict:
        return {
            "success": success,
            "score": 1.0 if success else 0.0,
            "failureReason": failure,
            "provider": {"id": "echo"},
            "testCase": test,
        }

    rows = [
        result(True, metadata={"example_id": "a"}),
        result(False, 1, vars={"input": "x", "example_id": "b"}),
        result(False, 2, description="c"),
        result(True),
    ]
    content = {"evalId": "e1", "results": {"version": 3, "timestamp": "2026-01-05T09:00:00Z", "results": rows}}
    found = read(write(tmp_path / "out.json", content))
    assert found.select("example_id", "passed", "model").rows() == [
        ("a", True, "echo"), ("b", False, "echo"), ("c", None, "echo"),
    ]  # fmt: skip


def test_a_csv(tmp_path: Path):
    (tmp_path / "r.csv").write_text("Example_ID,Pass,score,evaluated_at\na,yes,0.9,2026-01-05\nb,FAIL,,\nc,maybe,x,\n")
    found = read(tmp_path / "r.csv")
    assert found.select("example_id", "passed", "score").rows() == [
        ("a", True, 0.9),
        ("b", False, None),
        ("c", None, None),
    ]
    assert found["evaluated_at"].to_list()[1] == NOW


def test_reading_again_gives_the_same_ids_and_scoring_anew_replaces(tmp_path: Path):
    first = read(write(tmp_path / "log.json", {"eval": ABOUT, "samples": [sample("a", "C")]}))
    (tmp_path / "r.csv").write_text("example_id,passed\na,1\n")
    again = [read_eval_results(tmp_path / "r.csv", by=who, at=at(n)) for n, who in enumerate(("ann", "bob"))]
    assert again[0]["eval_result_id"].equals(again[1]["eval_result_id"])
    anew = read_eval_results(
        write(tmp_path / "log.json", {"eval": ABOUT, "samples": [sample("a", "I")]}), by="ann", at=at(5)
    )
    assert current_results(pl.concat([anew, first]))["passed"].to_list() == [False]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "x"), ("a.json", "{"), ("a.json", "[1]"), ("a.json", '{"eval": {}, "samples": [{"scores": 1}]}'),
        ("a.json", '{"results": {"results": [{"success": true}]}}'), ("a.json", '{"results": {"results": [1]}}'),
        ("a.eval", "no zip"), ("a.csv", ""), ("a.csv", "id,verdikt\na,secret text\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, name: str, content: str):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=name) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "none.json")
