"""The command line through its runner."""

import json
import socket
from importlib import metadata
from pathlib import Path

import polars as pl
import pytest
from event_rows import event, event_table
from typer.testing import CliRunner

from feedback.cli import app
from feedback.cli.tables import printable
from feedback.labelling import unregister
from feedback.store import Store

COMMANDS = ("app", "demo", "fit", "ingest", "reviews", "run", "show", "simulate", "status")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(tmp_path / "store"))


def call(*arguments: str, code: int = 0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    event_table(
        event(0, "request", "i1", text="How long?", intent="warranty"),
        event(2, "response", "i1", text="\x1b[31mTwo years", intent="warranty"),
        event(9, "copy"),
    ).write_parquet(tmp_path / "log.parquet")
    call("ingest", "log.parquet")
    call("run", "--watermark", "end")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str):
    assert "--help" in call(command, "--help").output
    assert command in call("--help").output


def test_the_demo_finds_the_planted_incidents():
    output = call("demo", "--no-app").output
    assert "index_version = idx-2026-03" in output
    assert "intent = refund" in output
    assert "success rate" in output


def test_the_demo_leaves_other_logs_alone(labelled: Path):
    assert "--store" in call("demo", "--no-app", code=2).stderr


def test_a_run_says_what_it_did(labelled: Path):
    assert "1 final" in call("run").output
    assert "3, from 2026-01-05 09:00 UTC" in call("status").output


def test_show_in_a_pipe_is_csv(labelled: Path):
    output = call("show", "labels", "--columns", "interaction_id,reason,is_final,evidence_event_ids").output
    assert output.splitlines() == ["interaction_id,reason,is_final,evidence_event_ids", 'i1,copied,true,"[""e03""]"']


def test_show_pivots_quality_by_a_dimension(labelled: Path):
    assert call("show", "quality", "--by", "intent").output.splitlines()[0] == "day,warranty"
    assert "there are all, intent" in call("show", "quality", "--by", "size", code=2).stderr


def test_show_filters_and_writes(labelled: Path):
    call("show", "labels", "--where", "score > 0.5", "--out", "good.jsonl")
    assert json.loads(Path("good.jsonl").read_text())["interaction_id"] == "i1"
    call("show", "labels", "--where", "score < 0.5", "--out", "bad.parquet")
    assert pl.read_parquet("bad.parquet").is_empty()


def test_show_lists_the_labelling_functions():
    assert call("show", "label-functions").output.count("\n") >= 15


def test_show_tells_labelling_functions_apart_by_a_dimension(labelled: Path):
    by_intent = call("show", "label-functions", "--by", "intent").output.splitlines()
    assert by_intent[0].startswith("function,value,")
    assert "there are intent" in call("show", "label-functions", "--by", "size", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "nothing"), "there is no table 'nothing'"),
        (("show", "labels", "--where", "score >>> 1"), "--where"),
        (("show", "labels", "--columns", "scoer"), "no column scoer"),
        (("show", "labels", "--out", "labels.xls"), ".parquet, .csv or .jsonl"),
        (("ingest", "missing.parquet"), "missing.parquet"),
        (("run", "--watermark", "soon"), "2026-10-04T12:00Z"),
        (("run", "--watermark", "2026-10-04T12:00"), "names no time zone"),
    ],
)
def test_a_mistake_gets_one_line_and_code_2(arguments: tuple[str, ...], says: str):
    result = call(*arguments, code=2)
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_empty_store_says_what_to_do():
    assert "feedback demo" in call("status").output


def test_settings_of_the_folder_are_used(labelled: Path):
    Path("feedback.toml").write_text('observation_window = "5s"\n')
    call("run")
    assert Store("store").last_run().label_version == 2  # type: ignore[union-attr]
    Path("feedback.toml").write_text('observation_windw = "5s"\n')
    assert "unknown key observation_windw" in call("run", code=2).stderr


def test_labelling_functions_of_ones_own_are_used(labelled: Path):
    Path("mine.py").write_text(
        "import polars as pl\nfrom feedback.labelling import labelling_function\n\n"
        '@labelling_function(polarity="bad", weight=9.0, rationale="Short.", source="ours")\n'
        "def too_short() -> pl.Expr:\n    return pl.col('response_text').str.len_chars() < 40\n"
    )
    Path("feedback.toml").write_text('labelling_functions = ["mine.py"]\n')
    try:
        call("run")
        assert "too_short" in call("show", "labels", "--columns", "reason").output
    finally:
        from feedback.labelling.functions import unregister

        unregister("too_short")


def test_simulate_writes_three_files():
    call("simulate", "out", "--days", "2", "--sessions", "40", "--seed", "3")
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "events.parquet",
        "incidents.parquet",
        "truth.parquet",
    ]


def test_user_text_cannot_drive_the_terminal():
    assert printable("a\x1b[2Jb\u202ec\nd") == "a [2Jb c d"


def test_a_port_that_is_taken_is_one_line(labelled: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert "is taken" in call("app", "--port", port, code=2).output
        assert "name another: --port" in call("demo", "--port", port, code=2).output


def test_functions_of_ones_own_are_among_those_shown(labelled: Path):
    (labelled / "own.py").write_text(
        "import polars as pl\nfrom feedback.labelling import labelling_function\n"
        "@labelling_function(polarity='bad', weight=1.0, rationale='Gone.', source='us')\n"
        "def gone_for_the_show():\n    return pl.col('abandoned')\n"
    )
    (labelled / "feedback.toml").write_text('labelling_functions = ["own.py"]\n')
    try:
        assert "gone_for_the_show" in call("show", "label-functions").output
    finally:
        unregister("gone_for_the_show")


def test_it_says_its_version():
    assert call("--version").output == f"feedback {metadata.version('feedback')}\n"
