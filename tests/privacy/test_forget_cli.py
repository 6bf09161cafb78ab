"""`feedback forget`: asks before, says what it came to, and proves it."""

import shutil
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from forget_store import HOSTILE, PLAIN, begin, clock, log
from typer.testing import CliRunner, Result

from feedback.cli import app
from feedback.pipeline import ingest_logs
from feedback.settings import Settings
from feedback.settings.privacy import Privacy
from feedback.store import Store


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return begin(tmp_path_factory.mktemp("begun"))


@pytest.fixture
def copy(begun: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    return Store(shutil.copytree(begun.path, tmp_path / "copy"))


def call(store: Store, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--store", str(store.path)])


def rows(said: Result) -> dict[tuple[str, str], int]:
    frame = pl.read_csv(StringIO(said.stdout))
    return {(what, name): n for what, name, n in frame.iter_rows()}


def test_nothing_goes_without_being_asked_for(copy):
    before = copy.version()
    said = call(copy, "forget", "--user", PLAIN)
    assert (said.exit_code, "--yes" in said.stderr, copy.version()) == (2, True, before)
    planned = rows(call(copy, "forget", "--user", PLAIN, "--dry-run"))
    assert (planned["rows", "events"], planned["sessions", "whole"], copy.version()) == (21, 2, before)
    assert planned["golden examples lost", "version 1"] == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "say whom to forget"),
        (["--before", "2999-01-01"], "is still to come"),
        (["--before", "yesterday"], "yesterday"),
        (["--session", "s", "--store", "nowhere"], "there is no store"),
    ],
)
def test_what_cannot_be_is_one_line(copy, words, line):
    said = CliRunner().invoke(app, ["forget", *words, *([] if "nowhere" in words else ["--store", str(copy.path)])])
    assert said.exit_code == 2
    assert line in said.stderr


def test_a_person_goes_and_it_is_proved(copy, tmp_path):
    said = call(copy, "forget", "--user", HOSTILE, "--yes", "--by", "rita")
    told = rows(said)
    assert (said.exit_code, told["rows", "events"], told["found", "in all"]) == (0, 16, 0)
    assert told["searched", "files"] > 50
    [by] = copy.table("audit").filter(action="forgot").collect()["by"]
    assert by == "rita"
    assert call(copy, "store", "check").exit_code == 0
    log().write_parquet(tmp_path / "again.parquet")
    assert "16 forgotten" in call(copy, "ingest", str(tmp_path / "again.parquet")).stdout


def test_what_is_found_ends_with_an_error(copy):
    (copy.path / f"{PLAIN}.txt").write_text("left by another program")
    said = call(copy, "forget", "--user", PLAIN, "--yes")
    assert (said.exit_code, rows(said)["found", f"{PLAIN}.txt: an id"]) == (1, 1)


def test_who_is_stored_under_a_pseudonym_is_named_as_in_the_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("k" * 64)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "feedback.toml").write_text('[privacy]\npseudonyms = true\nkey_file = "key"\n')
    log().write_parquet(tmp_path / "log.parquet")
    store, settings = Store(tmp_path / "store"), Settings(privacy=Privacy(("user_id",), tmp_path / "key"))
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock, settings=settings)
    said = call(store, "forget", "--user", PLAIN, "--yes")
    assert (said.exit_code, rows(said)["rows", "events"]) == (0, 21)
    assert PLAIN not in set(store.table("events").collect()["tenant"])
    read = ingest_logs(store, [tmp_path / "log.parquet"], clock=clock, settings=settings)
    assert (read.n_new, read.n_forgotten) == (0, 21)
