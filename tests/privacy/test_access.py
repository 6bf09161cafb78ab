"""Answering an access request: all of a person's rows, nobody else's, and no names of colleagues."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from event_rows import event, event_table
from people_store import clock, people_store
from typer.testing import CliRunner

from feedback.cli import app
from feedback.errors import SettingsError
from feedback.pipeline import ingest_logs
from feedback.pipeline.access import find_held, write_held
from feedback.pipeline.audit import write_audit
from feedback.pipeline.forget.belongings import Who
from feedback.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    found = people_store(tmp_path_factory.mktemp("access"))
    at = found.table("runs").collect()["finished_at"][0]
    write_audit(found, action="looked", by="rita", at=at, about="i0", note="interaction")
    write_audit(found, action="looked", by="rita", at=at, about="i1", note="interaction")
    return found


def call(*arguments: object, code: int = 0):
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


def test_all_that_is_held_and_nothing_of_others(store: Store):
    held = find_held(store.at(), Who(users=("person-0",)))
    n = {name: rows.height for name, rows in held.tables.items()}
    assert {name: n[name] for name in ("events", "interactions", "votes", "labels", "reviews", "golden_events")} == {
        "events": 8, "interactions": 2, "votes": 2, "labels": 2, "reviews": 1, "golden_events": 1,
    }  # fmt: skip
    assert held.tables["audit"]["about"].to_list() == ["i0"]
    for rows in held.tables.values():
        written = rows.write_ndjson()
        assert "person-1" not in written
        assert "parcel 1 " not in written


def test_no_colleague_is_named(store: Store, tmp_path: Path):
    write_held(
        find_held(store.at(), Who(users=("person-0",))), tmp_path / "out", clock=datetime(2026, 2, 1, tzinfo=UTC)
    )
    assert not [file.name for file in (tmp_path / "out").iterdir() if "rita" in file.read_text()]


def test_a_session_is_enough(store: Store):
    held = find_held(store.at(), Who(sessions=("s3",)))
    assert set(held.tables["events"]["session_id"]) == {"s3"}


def test_of_a_session_that_several_took_part_in_only_theirs(tmp_path: Path):
    store = Store(tmp_path / "store")
    event_table(
        event(0, "request", "i1", session="s1", user_id="ann", text="mine"),
        event(5, "request", "i2", session="s1", user_id="bob", text="his"),
    ).write_parquet(tmp_path / "log.parquet")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    held = find_held(store.at(), Who(users=("ann",)))
    assert held.tables["events"]["text"].to_list() == ["mine"]
    assert held.n_shared == 1


def test_the_files_say_what_they_are(store: Store, tmp_path: Path):
    out = tmp_path / "out"
    said = call("access", "--user", "person-0", out, "--store", store.path)
    index = (out / "index.md").read_text()
    assert "| `events.jsonl` | 8 |" in index
    assert "| `request_text` | what was asked |" in index
    assert "index.md" in said.stderr
    first = json.loads((out / "interactions.jsonl").read_text().splitlines()[0])
    assert first["request_text"].startswith("Where is parcel")
    assert first["shown_at"].startswith("2026-")
    modes = {oct(file.stat().st_mode & 0o777) for file in (out, *out.iterdir())}
    assert modes == {"0o700", "0o600"}


def test_as_one_file_of_csv(store: Store, tmp_path: Path):
    call("access", "--user", "person-0", "--format", "csv", tmp_path / "out.zip", "--store", store.path)
    packed = zipfile.ZipFile(io.BytesIO((tmp_path / "out.zip").read_bytes()))
    assert {"index.md", "events.csv", "labels.csv"} <= set(packed.namelist())
    assert pl.read_csv(packed.read("events.csv")).height == 8
    assert (tmp_path / "out.zip").stat().st_mode & 0o777 == 0o600


def test_that_it_was_handed_over_is_written_down(store: Store, tmp_path: Path):
    call("access", "--user", "person-3", tmp_path / "out", "--store", store.path)
    row = store.table("audit").filter(action="accessed", about="person-3").collect().row(0, named=True)
    assert row["note"].endswith("tables")


def test_of_somebody_unknown_nothing_is_written_anywhere(store: Store, tmp_path: Path):
    said = call("access", "--user", "nobody-knows-me", tmp_path / "out", "--store", store.path)
    assert "holds nothing about them" in said.output
    assert not (tmp_path / "out").exists()
    assert not store.table("audit").filter(about="nobody-knows-me").collect().height


def test_what_is_there_is_not_mixed_up_with_it(store: Store, tmp_path: Path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    for out in (tmp_path / "full", tmp_path / "full" / "notes.txt"):
        assert "something at" in call("access", "--user", "person-0", out, "--store", store.path, code=2).stderr


def test_whom_it_is_about_must_be_said(store: Store, tmp_path: Path):
    with pytest.raises(SettingsError, match="say whom"):
        find_held(store.at(), Who())
    assert "no store" in call("access", "--user", "u", tmp_path / "out", "--store", tmp_path / "none", code=2).stderr
