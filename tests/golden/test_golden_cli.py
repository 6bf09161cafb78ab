"""The commands about the golden set, from reviewed responses to a check, on a small store."""

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table
from typer.testing import CliRunner

from feedback.cli.golden import golden_app
from feedback.errors import FeedbackError
from feedback.golden import identify_example
from feedback.pipeline import import_reviews, ingest_logs, run_labels
from feedback.pipeline.golden import list_golden_versions, read_golden
from feedback.store import Store

N = 12
LATER = START + timedelta(days=1)


def call(*arguments: str, fails: bool = False) -> str:
    result = CliRunner().invoke(golden_app, [*arguments], env={"FEEDBACK_WHO": "ann"})
    assert (result.exit_code != 0) == fails, result.output
    return str(result.exception) if fails else result.output


def name(n: int) -> str:
    return identify_example(f"how to return order {n}", f"so {n}")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Go to a folder whose store has twelve labelled responses, four of them reviewed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(tmp_path / "store"))
    asked = (
        event(10 * n, "request", f"i{n}", session=f"s{n % 5}", text=f"how to return order {n}", feature="chat")
        for n in range(N)
    )
    answered = (event(10 * n + 1, "response", f"i{n}", session=f"s{n % 5}", text=f"so {n}") for n in range(N))
    event_table(*asked, *answered).write_parquet("log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, ["log.parquet"], clock=lambda: LATER)
    run_labels(store, clock=lambda: LATER, watermark="end")
    rows = "i0,good,\ni1,bad,send it back\ni2,unsure,\ni3,good,\n"
    Path("reviews.csv").write_text(f"interaction_id,verdict,corrected_text\n{rows}")
    import_reviews(store, ["reviews.csv"], clock=lambda: LATER, reviewer="eve")
    return store


@pytest.mark.parametrize(
    "command", ["add", "retire", "correct", "version", "versions", "diff", "show", "check", "shadow", "results"]
)
def test_every_command_explains_itself(command: str):
    assert "--store" in call(command, "--help")
    assert command in call("--help")


def test_add_takes_what_was_decided_and_only_once(store: Store):
    assert "3 examples added, 0 in the set before, 0 left out." in call("add")
    assert "0 examples added, 3 in the set before" in call("add")
    found = read_golden(store).select("example_id", "label", "expected", "label_source").sort("label", "example_id")
    assert found.rows()[0] == (name(1), "bad", "send it back", "import")
    assert set(found["example_id"]) == {name(0), name(1), name(3)}


def test_add_takes_only_what_it_is_told_to(store: Store):
    Path("few.txt").write_text("Q: How to return order 3")
    output = call("add", "--prompts", "few.txt", "i0", "i3", "i9")
    assert "1 example added" in output
    assert "contaminated: its request stands in few.txt" in output
    assert "0 examples added" in call("add", "--family", "EVE")
    assert read_golden(store)["example_id"].to_list() == [name(0)]


def test_a_version_stays_while_the_set_goes_on(store: Store):
    call("add")
    call("version", "--note", "first")
    before = read_golden(store, 1)
    call("retire", name(0)[:8], "--why", "sold no more")
    call("correct", name(3), "--expected", "so it goes", "--why", "better")
    call("version")
    assert read_golden(store, 1).equals(before)
    assert read_golden(store, "latest").height == 2
    assert list_golden_versions(store).select("version", "n", "by", "note").rows() == [
        (1, 3, "ann", "first"),
        (2, 2, "ann", None),
    ]
    changed = pl.read_csv(call("diff", "1", "2").encode()).select("change", "example_id", "why")
    assert changed.rows() == [("corrected", name(3), "better"), ("retired", name(0), "sold no more")]
    assert "3" in call("versions")


def test_show_filters(store: Store):
    call("add")
    assert pl.read_csv(call("show", "--label", "bad").encode())["example_id"].to_list() == [name(1)]
    call("show", "--out", "golden.parquet")
    assert pl.read_parquet("golden.parquet").equals(read_golden(store))
    assert "train, dev, test" in call("show", "--split", "all", fails=True)


def test_results_and_check_come_together():
    call("add")
    rows = "".join(f"{name(n)},{n % 2}\n" for n in (0, 1, 3))
    Path("results.csv").write_text(f"example_id,passed\n{rows}elsewhere,1\n")
    output = call("results", "results.csv")
    assert "4 results of 1 evaluation, 3 new" in output
    assert "1 example not of this golden set left out: elsewhere" in output
    assert "0 new" in call("results", "results.csv")
    found = json.loads(call("check", "--json"))
    assert set(found) == {"measures", "coverage", "findings", "proposals", "shadow", "rates"}
    assert found["coverage"][0] | {"low": 0, "high": 0} == {
        "segment": "all", "n_examples": 3, "n": N, "n_people": 5, "coverage": 1.0, "low": 0, "high": 0,
        "n_out_of_reach": 0,
    }  # fmt: skip
    assert found["rates"][0]["pass_rate"] == pytest.approx(2 / 3)
    assert call("check", "--part", "coverage").startswith("segment,n_examples,n,")


def test_the_shadow_is_reviewed_once(store: Store):
    call("shadow", "--k", "5", "--out", "shadow.csv")
    first = pl.read_csv("shadow.csv")
    assert 1 <= first.height <= 5
    assert first["inclusion_probability"].unique().to_list() == [pytest.approx(5 / N)]
    assert not set(first["interaction_id"]) & {"i0", "i1", "i2", "i3"}
    call("shadow", "--k", "5", "--out", "again.csv")
    assert pl.read_csv("again.csv").equals(first)
    assert store.table("candidate_draws").collect().height == 1
    judged = first.with_columns(verdict=pl.lit("good"), reviewer=pl.lit("bob"))
    judged.write_csv("judged.csv")
    import_reviews(store, ["judged.csv"], clock=lambda: LATER)
    call("add")
    shadow = json.loads(call("check", "--k", "5", "--json"))["shadow"][0]
    assert shadow["n_judged"] >= first.height


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["retire", "zz", "--why", "x"], "no example 'zz'"),
        (["correct", "zz", "--why", "x"], "say what to correct"),
        (["correct", "zz", "--why", "x", "--label", "fine"], "good or bad"),
        (["correct", "zz", "--why", "x", "--expected-file", "none.txt"], "none.txt"),
        (["version"], "feedback golden add"),
        (["check"], "feedback golden add"),
        (["diff", "1"], "feedback golden version"),
        (["show", "--version", "3"], "feedback golden version"),
        (["add", "--by", "colour"], "no dimension colour"),
        (["add", "--prompts", "none.txt"], "none.txt"),
        (["results", "none.json"], "none.json"),
        (["shadow", "--out", "x.txt"], "the ending says the format"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], message: str):
    result = CliRunner().invoke(golden_app, arguments, env={"FEEDBACK_WHO": "ann"})
    assert isinstance(result.exception, FeedbackError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


def test_nothing_is_lost_when_one_of_two_files_is_broken(store: Store):
    call("add")
    Path("good.csv").write_text(f"example_id,passed\n{name(0)},1\n")
    Path("bad.json").write_text("{")
    assert "bad.json" in call("results", "bad.json", "good.csv", fails=True)
    assert store.table("eval_results").collect().height == 1


def test_without_reviews_there_is_nothing_to_add(tmp_path: Path):
    assert "nothing was reviewed" in call("add", "--store", str(tmp_path / "other"), fails=True)


def test_what_another_evaluation_calls_an_id_is_not_repeated_when_it_is_a_text():
    call("add")
    Path("results.csv").write_text(f"example_id,passed\n{name(0)},1\na secret request,0\n")
    output = call("results", "results.csv")
    assert "1 example not of this golden set left out: (a text)" in output
    assert "secret" not in output
