"""The commands about reviews through their runner, and the examples of docs/reviews.md."""

import doctest
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from event_rows import START, event, event_table
from typer.testing import CliRunner

from feedback.cli.reviews import reviews_app
from feedback.errors import InputError
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

DOCS = Path(__file__).parent.parent.parent / "docs" / "reviews.md"


def call(*arguments: str, code: int = 0):
    result = CliRunner().invoke(reviews_app, list(arguments))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def _labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Go to a folder whose store knows the responses i1 to i4 of the sessions s1 and s2."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(tmp_path / "store"))
    responses = (event(n, "response", f"i{n}", session=f"s{(n + 1) // 2}", feature="chat") for n in (1, 2, 3, 4))
    event_table(*responses).write_parquet("log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, ["log.parquet"], clock=lambda: START + timedelta(days=1))
    run_labels(store, clock=lambda: START + timedelta(days=1), watermark="end")


@pytest.mark.parametrize("command", ["needed", "import", "export", "agreement"])
def test_every_command_explains_itself(command: str):
    assert "--store" in call(command, "--help").output
    assert command in call("--help").output


def test_import_says_what_became_of_the_rows():
    Path("r.csv").write_text("interaction_id,verdict,note\ni1,good,\ni2,hmm ok,a secret\ni9,bad,\n")
    output = call("import", "r.csv", "--reviewer", "ann").output
    assert "Read 3 rows from 1 file: 1 new, 0 seen before, 2 left out." in output
    assert "r.csv, row 2: unknown verdict\n" in output
    assert "r.csv, row 3: there is no interaction i9" in output
    assert "secret" not in output
    assert "0 new, 1 seen before" in call("import", "r.csv", "--reviewer", "ann").output


def test_a_file_of_which_nothing_can_be_used_is_an_error():
    Path("r.csv").write_text("interaction_id,verdict\ni9,good\n")
    assert isinstance(call("import", "r.csv", "--reviewer", "ann", code=1).exception, InputError)


def test_export_and_import_are_a_round_trip():
    Path("r.csv").write_text('interaction_id,verdict,tags\ni1,good,"slow, late"\n')
    call("import", "r.csv", "--reviewer", "ann")
    for name in ("out.csv", "out.jsonl", "out.parquet"):
        assert f"1 review in {name}" in call("export", name).stderr
        assert "0 new, 1 seen before" in call("import", name).output


def test_agreement_is_csv_in_a_pipe():
    Path("r.csv").write_text("interaction_id,verdict,reviewer\ni1,1,ann\ni1,1,bob\ni2,0,ann\ni2,1,bob\n")
    call("import", "r.csv")
    output = call("agreement", "--by", "feature").output
    assert output == "level,feature,n_items,n_reviewers,agreement,alpha,low,high\nresponse,chat,2,2,0.5,0.0,,\n"


def test_needed_says_how_many_reviews_are_still_to_do():
    lines = call("needed", "--within", "20").output.splitlines()
    assert lines == ["value,n,n_reviewed,n_more,is_reachable,points_now", "all,4,0,21,false,"]
    assert call("needed", "--by", "feature").output.splitlines()[1].startswith("chat,4,0,")


def test_needed_refuses_a_dimension_that_is_not_there():
    assert "no dimension colour" in str(call("needed", "--by", "colour", code=1).exception)


def test_the_commands_in_the_documentation_do_what_it_says():
    for name, content in re.findall(r"`(\w+\.\w+)`:\n\n```\w+\n(.*?)```", DOCS.read_text(), re.DOTALL):
        Path(name).write_text(content)
    steps = re.findall(r"\$ feedback reviews ([^\n]*)\n(.*?)(?=\$ |```)", DOCS.read_text(), re.DOTALL)
    assert len(steps) >= 4
    for command, expected in steps:
        assert call(*shlex.split(command)).output == expected


def test_the_python_in_the_documentation_does_what_it_says():
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    results = doctest.testfile(str(DOCS), module_relative=False, optionflags=flags)
    assert results.attempted > 3
    assert results.failed == 0
