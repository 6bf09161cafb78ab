from pathlib import Path

import pytest
from alarm_rows import alarm
from incident_store import clock, steps_of, store_with
from typer.testing import CliRunner
from webhook import webhook

from feedback.cli import app
from feedback.cli.incident_report import report_incidents
from feedback.explore.incidents import list_incidents
from feedback.pipeline.incidents import open_incidents
from feedback.settings import Broken, Notify, Settings
from feedback.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store with one incident of two alarms, from a folder without feedback.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_USER", "ann")
    found = store_with(
        tmp_path, alarm("a", "feature = chat", detected=380), alarm("b", "all", detected=385, rate_after=0.75)
    )
    open_incidents(found, Settings(), clock=clock)
    return found


def run(store: Store, *arguments: str):
    return CliRunner().invoke(app, ["incidents", *arguments, "--store", str(store.path)])


def the_one(store: Store) -> dict:
    return list_incidents(store.at()).row(0, named=True)


def test_a_pipe_gets_every_column_of_every_incident(store: Store):
    lines = run(store).output.splitlines()
    assert lines[0].startswith("incident_id,state,")
    assert run(store, "list").output.splitlines() == lines
    assert len(lines) == 2


def test_a_terminal_gets_a_list_that_can_be_read(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "200")
    said = run(store).output
    assert "feature = chat" in said
    assert "answers got worse" in said
    shown = run(store, "show", the_one(store)["incident_id"][:4]).output
    assert "2 alarms" in shown
    assert "What happened" in shown


def test_an_incident_goes_through_its_life(store: Store):
    key = the_one(store)["incident_id"]
    steps = (["acknowledge"], ["assign", "bob"], ["note", "prompt"], ["resolve"], ["reopen"], ["false-alarm"])
    for command, *more in steps:
        result = run(store, command, key[:6], *more)
        assert result.exit_code == 0, result.output
    found = the_one(store)
    assert (found["state"], found["owner"], found["acknowledged_by"], found["note"]) == (
        "false_alarm", "bob", "ann", "prompt",
    )  # fmt: skip
    assert len(steps_of(store)) == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "zz"], "no incident whose id begins with 'zz'"),
        (["reopen", ""], "what can follow is"),
        (["broken"], "[[broken]]"),
        (["test-notify"], "[notify]"),
    ],
)
def test_a_mistake_is_one_line(store: Store, arguments: list[str], said: str):
    written = [the_one(store)["incident_id"] if word == "" else word for word in arguments]
    options = [] if arguments == ["test-notify"] else ["--store", str(store.path)]
    result = CliRunner().invoke(app, ["incidents", *written, *options])
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_latencies_and_evidence_are_tables(store: Store):
    assert run(store, "latencies").output.splitlines()[0] == "latency,n,median_s,p90_s,longest_s"
    assert run(store, "detector").output.splitlines()[1].endswith(",2,1,0,0,1,0")


def test_rules_are_checked_on_demand(store: Store, tmp_path: Path):
    (tmp_path / "feedback.toml").write_text("[[broken]]\nname = 'low'\nbelow = 0.9\nmin_n = 20\n")
    name, status, value = run(store, "broken").output.splitlines()[1].split(",")[:3]
    assert (name, status, round(float(value), 6)) == ("low", "broken", 0.8)


def test_a_test_message_reaches_the_webhook(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "feedback.toml").write_text('[notify]\nurls = ["env:HOOK"]\n')
    with webhook() as server:
        monkeypatch.setenv("HOOK", server.url)
        assert "sent" in CliRunner().invoke(app, ["incidents", "test-notify"]).output
        assert server.received[0]["key"] == "feedback-test"
    result = CliRunner().invoke(app, ["incidents", "test-notify"])
    assert result.exit_code == 2
    assert "did not get through to url 1" in result.output


def test_a_rule_or_url_that_is_no_good_is_a_line_after_a_run(store: Store, capsys: pytest.CaptureFixture[str]):
    report_incidents(store, Settings(broken=(Broken("r", segment="colour = red", below=0.5),)))
    report_incidents(store, Settings(notify=Notify(("env:NOT_SET",))))
    said = capsys.readouterr().out
    assert "no segment 'colour = red'" in said
    assert "NOT_SET is not set" in said
