"""`feedback init`: settings that say what they do, a key nobody else can read, and a store without plain ids."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest
from event_rows import event, event_table
from typer.testing import CliRunner

from feedback.cli import app
from feedback.errors import SettingsError
from feedback.pipeline.beginning import begin_folder, read_template
from feedback.settings import (
    Broken,
    Disparity,
    Naming,
    Notify,
    Privacy,
    Retention,
    Roles,
    Settings,
    Watch,
    read_settings,
)
from feedback.settings.reading import KNOWN

ANN = "ann@example.org"
TABLES = {
    "disparity": Disparity, "broken": Broken, "notify": Notify, "watch": Watch, "sources": Naming, "roles": Roles,
    "retention": Retention, "privacy": Privacy,
}  # fmt: skip


def say(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def uncommented() -> str:
    return re.sub(r"^#(?=[a-z_\"\[])", "", read_template(), flags=re.MULTILINE)


def test_as_written_all_is_at_its_default_but_people_are_hidden(tmp_path: Path):
    begin_folder(tmp_path, key="k" * 64)
    read = read_settings(tmp_path / "feedback.toml")
    assert read == Settings(privacy=Privacy(("user_id",), tmp_path / "feedback.key"))


def test_all_of_it_can_be_read_once_taken_out_of_comments(tmp_path: Path):
    (tmp_path / "feedback.toml").write_text(uncommented())
    read = read_settings(tmp_path / "feedback.toml")
    assert (read.watch.false_alarms, read.watch.most_labels) == (Watch.false_alarms, Watch.most_labels)
    assert (read.lateness, read.session_gap, read.time_zone) == (
        Settings.lateness, Settings.session_gap, Settings.time_zone,
    )  # fmt: skip
    assert read.notify.max_age == Notify.max_age


def test_every_key_there_is_is_in_it():
    told = tomllib.loads(uncommented())
    assert set(told) == set(KNOWN)
    for name, kind in TABLES.items():
        tables = told[name] if isinstance(told[name], list) else [told[name]]
        # The key itself belongs into the environment, not into the file.
        known = {one.name for one in fields(kind)} - ({"key"} if kind is Privacy else set())
        assert set().union(*tables) == known, name


def test_nothing_is_overwritten(tmp_path: Path):
    (tmp_path / "feedback.key").write_text("mine")
    assert begin_folder(tmp_path, key="k" * 64).key is None
    assert (tmp_path / "feedback.key").read_text() == "mine"
    with pytest.raises(SettingsError, match="is there already, and stays as it is"):
        begin_folder(tmp_path, key="k" * 64)


def test_git_is_told_to_leave_the_key_out(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / ".gitignore").write_text("*.csv")
    assert begin_folder(folder, key="k" * 64).ignored == ("feedback.key", "feedback-store/")
    assert (folder / ".gitignore").read_text() == "*.csv\nfeedback.key\nfeedback-store/\n"


def test_ages_are_given_with_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    event_table(event(0, "request", "i", text="Why?"), event(2, "response", "i", text="So.")).write_csv("log.csv")
    say("ingest", "log.csv")
    assert "Aged out" not in say("run", "--watermark", "end")
    assert "Aged out: texts of 1 response, 2 events." in say("run", "--retain-text", "9d", "--retain-events", "20d")
    assert "texts kept" in say("status")
    said = CliRunner().invoke(app, ["run", "--retain-text", "9"])
    assert (said.exit_code, "--retain-text: '9' is no span of time" in said.output) == (2, True)


def test_from_init_to_show_no_file_of_the_store_holds_a_plain_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEEDBACK_KEY", raising=False)
    about = {"user_id": ANN}
    log = event_table(
        event(0, "request", "i", text="Why?", **about), event(2, "response", "i", text="So.", **about),
        event(5, "copy", "i", **about), event(7, "thumb", "i", **about),
    )  # fmt: skip
    log.write_csv("log.csv")
    assert "feedback ingest LOGS" in say("init")
    assert (tmp_path / "feedback.key").stat().st_mode & 0o777 == 0o600
    say("ingest", "log.csv")
    say("run", "--watermark", "end")
    ann = say("pseudonym", ANN).strip()
    assert ann in say("show", "labels", "--where", f"user_id = '{ann}'")
    files = [file for file in (tmp_path / "feedback-store").rglob("*") if file.is_file()]
    tables = [json.dumps(pl.read_parquet(file).to_dicts(), default=str) for file in files if file.suffix == ".parquet"]
    assert any(ann in table for table in tables)
    assert not any(ANN in table for table in tables)
    assert not any(ANN.encode() in file.read_bytes() for file in files)
