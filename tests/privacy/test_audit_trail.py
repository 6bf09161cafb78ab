"""The audit trail: what is written down, by whom, and that nothing is lost on the way."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from people_store import ROLES, open_as, people_store
from typer.testing import CliRunner

from feedback.cli import app as command_line
from feedback.cli.audited import account
from feedback.errors import SchemaError
from feedback.pages import trail
from feedback.pipeline.audit import make_audit, write_audit
from feedback.pipeline.audit_buffer import AuditBuffer
from feedback.store import Store
from feedback.store.database import open_database

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANN = "ann@example.org"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return people_store(tmp_path_factory.mktemp("audit"))


@pytest.fixture
def store(filled: Store) -> Store:
    """Return the store, with nothing left over from other tests."""
    trail.write_down()
    return filled


@pytest.fixture(autouse=True)
def _folder(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))


@pytest.fixture
def since(store: Store) -> Callable[[], list[tuple]]:
    """Return a function that gives the deeds of this test: by, action, about, note."""
    known = store.table("audit").select("audit_id").collect()

    def deeds() -> list[tuple]:
        trail.write_down()
        fresh = store.table("audit").collect().join(known, on="audit_id", how="anti").sort("at", "about", "note")
        return fresh.select("by", "action", "about", "note").rows()

    return deeds


def call(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(command_line, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_a_deed_is_one_row(tmp_path: Path):
    store = Store(tmp_path / "store")
    write_audit(store, action="forgot", by="ann", at=NOON, about="9f2c", note="2 tables")
    assert store.table("audit").drop("audit_id").collect().rows() == [(NOON, "ann", "forgot", "9f2c", "2 tables")]


def test_a_deed_that_nobody_declared_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError):
        write_audit(Store(tmp_path / "store"), action="peeked", by="ann", at=NOON)


def test_the_same_deed_has_the_same_id():
    deed = {"action": "looked", "by": "ann", "at": NOON, "about": "i1"}
    told = make_audit([deed, {**deed, "note": None}, {**deed, "about": "i2"}])
    assert told["audit_id"].n_unique() == 2


def test_who_opens_an_interaction_is_written_down_once(since):
    open_as(ANN, "examples", interaction="i1").run()
    assert sorted(since()) == [(ANN, "looked", "i1", "interaction"), (ANN, "looked", "s1", "session")]


def test_a_list_of_texts_names_every_interaction_in_it(since):
    open_as(ANN, "examples")
    assert {deed[2] for deed in since()} == {f"i{n}" for n in range(10)}


def test_a_name_that_was_typed_is_marked_as_such(since):
    app = open_as(None, "review")
    next(field for field in app.text_input if field.key == "reviewer").set_value("mallory").run()
    assert {deed[0] for deed in since()} == {"mallory (not signed in)"}


def test_a_page_without_texts_writes_nothing(since):
    for page in ("overview", "health", "labels"):
        open_as(ANN, page)
    assert since() == []


def test_who_sees_no_texts_has_looked_at_none(since, tmp_path: Path):
    (tmp_path / "feedback.toml").write_text(ROLES)
    open_as("eve@example.com", "examples")
    open_as("eve@example.com", "examples", interaction="i1")
    assert since() == []


def test_looking_leaves_what_pages_remember(store: Store):
    before = store.at()
    write_audit(store, action="looked", by="ann", at=NOON, about="i1")
    after = store.at()
    assert after.heads == before.heads
    assert after.table("audit").collect().height == before.table("audit").collect().height + 1


def test_the_command_line_writes_down_texts_it_hands_out(store: Store, since, tmp_path: Path):
    call("show", "events", "--store", store.path, "--out", tmp_path / "all.csv")
    call("show", "interactions", "--store", store.path, "--limit", 2)
    call("show", "labels", "--store", store.path)
    call("show", "events", "--columns", "kind", "--store", store.path)
    call("reviews", "export", tmp_path / "reviews.csv", "--store", store.path)
    assert since() == [
        (account(), "downloaded", None, f"show events, 40 rows, to {tmp_path / 'all.csv'}"),
        (account(), "downloaded", None, "show interactions, 2 rows, to a pipe"),
        (account(), "downloaded", None, f"reviews export, 3 rows, to {tmp_path / 'reviews.csv'}"),
    ]


def test_exports_backups_and_restores_are_written_down(store: Store, since, tmp_path: Path):
    call("export", "jsonl", tmp_path / "out", "--no-redact", "--store", store.path)
    call("store", "backup", tmp_path / "copy", "--store", store.path)
    call("store", "restore", tmp_path / "copy", "--store", tmp_path / "again")
    (exported, backed_up) = since()
    assert exported[1:3] == ("exported", None)
    assert exported[3].startswith("jsonl, 2 examples, not redacted, rows ")
    assert backed_up[1:] == ("backed_up", None, f"run 3, to {tmp_path / 'copy'}")
    restored = Store(tmp_path / "again").table("audit").filter(action="restored").collect()
    assert restored["note"][0].startswith("run 3, backed up ")


def test_labelling_anew_is_written_down(tmp_path: Path):
    store = people_store(tmp_path)
    call("restate", "--from", "2026-01-05", "--store", store.path)
    assert store.table("audit").select("action", "note").collect().rows() == [("restated", "from 2026-01-05")]


def test_show_lists_the_newest_first(store: Store):
    write_audit(store, action="looked", by="zoe", at=NOON + timedelta(days=400), about="i9")
    lines = call("show", "audit", "--where", "by = 'zoe'", "--store", store.path).splitlines()
    assert lines[0] == "at,by,action,about,note,audit_id"
    assert lines[1].split(",")[1:4] == ["zoe", "looked", "i9"]


def test_a_store_of_before_is_read_and_the_lack_of_a_trail_said(tmp_path: Path):
    store = people_store(tmp_path)
    (store.path / "store.json").write_text('{"format": 1}')
    assert "not in the audit trail" in call("show", "events", "--store", store.path, "--out", tmp_path / "all.csv")


def deed(n: int) -> dict:
    return {"at": NOON, "by": "ann", "action": "looked", "about": f"i{n}", "note": "examples"}


def test_deeds_are_written_together_a_moment_later(tmp_path: Path):
    store = Store(tmp_path / "store")
    write_audit(store, action="looked", by="ann", at=NOON)
    buffer = AuditBuffer(store, every_s=0.05)
    for n in range(50):
        buffer.add([deed(n)])
    until = time.monotonic() + 20
    while store.table("audit").collect().height < 51 and time.monotonic() < until:
        time.sleep(0.02)
    assert store.table("audit").collect().height == 51
    assert store.at().versions["audit"] < 10


def test_what_cannot_be_written_yet_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    store, marker = Store(tmp_path / "store"), tmp_path / "store" / "store.json"
    write_audit(store, action="looked", by="ann", at=NOON)
    current = marker.read_text()
    marker.write_text('{"format": 1}')
    buffer = AuditBuffer(store, every_s=600)
    buffer.add([deed(1)])
    assert not buffer.flush()
    marker.write_text(current)
    assert buffer.flush()
    assert store.table("audit").collect().height == 2
    assert "1 deeds are not in the audit trail yet" in caplog.text


def test_a_store_that_is_gone_is_not_made_anew(tmp_path: Path):
    buffer = AuditBuffer(Store(tmp_path / "store"), every_s=600)
    buffer.add([deed(1)])
    assert buffer.flush()
    assert not (tmp_path / "store").exists()


PROCESS = """
import sys, time
from datetime import datetime, UTC
from feedback.pipeline.audit_buffer import AuditBuffer
from feedback.store import Store
from feedback.store.database import open_database
AuditBuffer(Store(sys.argv[1]), every_s=600).add(
    {"at": datetime.now(UTC), "by": "ann", "action": "looked", "about": f"i{n}"} for n in range(30)
)
print("given", flush=True)
"""


def test_a_process_that_ends_in_order_loses_nothing(tmp_path: Path):
    store = Store(tmp_path / "store")
    write_audit(store, action="looked", by="ann", at=NOON)
    subprocess.run([sys.executable, "-c", PROCESS, str(store.path)], check=True, timeout=120)
    assert store.table("audit").collect().height == 31


def test_looking_does_not_make_the_next_query_slow(store: Store):
    first = store.at()
    first.sql("SELECT count(*) FROM labels")
    n_made = open_database.cache_info().misses
    write_audit(store, action="looked", by="ann", at=NOON, about="i3")
    store.sql("SELECT count(*) FROM labels")
    assert open_database.cache_info().misses == n_made
    assert store.sql("SELECT count(*) AS n FROM audit").item() == store.table("audit").collect().height
