"""A draw through the command line: what is written down, and what a reviewer is given."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table
from typer.testing import CliRunner

from feedback.cli.commands import app
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store


def call(*arguments: str, code: int = 0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def _labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Go to a folder whose store knows twelve responses, each in a session of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(tmp_path / "store"))
    responses = (event(n, "response", f"i{n}", session=f"s{n}", feature="chat") for n in range(1, 13))
    event_table(*responses).write_parquet("log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, ["log.parquet"], clock=lambda: START + timedelta(days=1))
    run_labels(store, clock=lambda: START + timedelta(days=1), watermark="end")


def test_a_draw_is_written_down_and_comes_back_with_its_verdicts():
    assert (
        "5 candidates of 12 responses, 1 of them at random"
        in call("candidates", "draw", "--k", "5", "--seed", "7", "--out", "r.csv").output
    )
    stored = Store("store").table("candidates").collect()
    assert stored.height == 5
    assert Store("store").table("candidate_draws").collect().select("stream", "k", "frame_n").row(0) == (
        "mining",
        5,
        12,
    )
    sheet = pl.read_csv("r.csv", infer_schema=False)
    assert "reason" not in sheet.columns
    sheet.with_columns(verdict=pl.lit("good"), reviewer=pl.lit("ann")).write_csv("r.csv")
    assert "5 new" in call("reviews", "import", "r.csv").output
    reviews = Store("store").table("reviews").collect()
    assert sorted(reviews["inclusion_probability"]) == sorted(stored["inclusion_probability"])
    again = call("candidates", "draw", "--k", "50").output
    assert not [one for one in reviews["interaction_id"] if f",{one}," in again]


def test_show_lists_candidates():
    call("candidates", "draw", "--k", "3", "--stream", "rate", "--out", "r.csv")
    assert call("show", "candidates").output.count("drawn at random") == 3


def test_a_file_that_holds_no_vectors_is_one_line():
    Path("v.parquet").write_text("no parquet")
    assert "embeddings are interaction_id" in call("candidates", "draw", "--embeddings", "v.parquet", code=2).output
