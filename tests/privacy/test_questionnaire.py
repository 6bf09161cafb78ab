"""What docs/privacy-and-security.md says: its commands run as written, no table is missing, redaction does as shown."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from event_rows import START, event, event_table
from typer.testing import CliRunner

from feedback.cli.commands import app
from feedback.errors import MissingExtraError
from feedback.export.findings import Finder, check_installed
from feedback.export.pseudonyms import Pseudonyms
from feedback.pipeline import ingest_logs, run_labels
from feedback.schemas import TABLES
from feedback.store import Store

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "privacy-and-security.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def cells(title: str, column: int) -> list[str]:
    rows = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [re.split(r" \| ", row.strip("| "))[column] for row in rows[1:] if not row.startswith("| ---")]


COMMANDS = [found for cell in cells("The questionnaire", 2) for found in re.findall(r"`([^`]+)`", cell)]
# Not those about your logs, nor one that goes on until it is stopped.
OF_A_STORE = [one for one in COMMANDS if one.startswith("feedback ") and one != "feedback app" and "LOGS" not in one]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store in which u0042 is one of two people."""
    found = tmp_path_factory.mktemp("questionnaire")
    rows = []
    for n, user in enumerate(("u0042", "u0043", "u0042")):
        about = {"session": f"s{n}", "user_id": user}
        rows += [
            event(50_000 * n, "request", f"i{n}", text=f"Where is parcel {n}?", **about),
            event(50_000 * n + 2, "response", f"i{n}", text="On its way.", **about),
            event(50_000 * n + 9, "copy", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(found / "log.parquet")
    store = Store(found / "feedback-store")
    ingest_logs(store, [found / "log.parquet"], clock=lambda: START)
    run_labels(store, clock=lambda: START, watermark="end")
    return found


def test_every_answer_can_be_checked():
    assert len(COMMANDS) == len(cells("The questionnaire", 0)) > 15


@pytest.mark.parametrize("command", OF_A_STORE)
def test_commands_run_as_written(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FEEDBACK_STORE", raising=False)
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exit_code == 0, done.output


def test_nobody_else_can_read_the_files(folder: Path):
    [command] = [one for one in COMMANDS if one.startswith("find ")]
    done = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed")
def test_a_bill_of_materials_can_be_written():
    [command] = [one for one in COMMANDS if one.startswith("uv export")]
    done = subprocess.run([*command.split(), "--offline"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"bomFormat": "CycloneDX"' in done.stdout


def test_every_table_is_listed():
    listed = set(re.findall(r"`(\w+)`", "\n".join(cells("What is stored where", 0))))
    assert set(TABLES) - listed == set()


def test_links_within_the_page_lead_somewhere():
    titles = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", PAGE, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= titles


def test_the_evidence_is_there():
    files = re.findall(r"`(tests/[\w/.]+)`", PAGE)
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_redaction_does_as_shown():
    try:
        check_installed()
    except MissingExtraError:
        pytest.skip("the extra `pii` is not installed")
    finder = Finder({})
    for written, shown in zip(cells("What is in texts", 0), cells("What is in texts", 1), strict=True):
        pseudonyms, parts, end = Pseudonyms(None), [], 0
        for found in finder.find(written):
            parts += [written[end : found.start], pseudonyms.name(found.entity, written[found.start : found.end])]
            end = found.end
        assert "".join([*parts, written[end:]]) == shown.replace("`", "")
