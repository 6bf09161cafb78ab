"""The code and the settings that documents show: what can run here runs, the rest at least parses.

Examples with prompts are doctests: pytest collects README.md and docs/*.md by itself.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import polars as pl
import pytest
from event_rows import event, event_table
from typer.testing import CliRunner

from feedback.cli.commands import app as commands
from feedback.labelling import unregister
from feedback.pipeline import current_labels, ingest_logs, run_labels
from feedback.settings import Settings, read_settings
from feedback.simulate import simulate_traffic
from feedback.sources.mapping_file import parse_mapping
from feedback.store import Store

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^( *)```(python|toml)\n(.*?)^\1```", re.M | re.S)
# Code of the tools whose logs or evals it is about: what a block of it is known by.
_OF_OTHERS = ("logger.emit(", "client.spans", "mlflow.", "client.list_runs", "from inspect_ai import")
# The first has its test in test_docs.py, with the app; the others have theirs below.
_ELSEWHERE = ("def show_dimensions", "class EventLines", "def left_at_once")


def blocks_of(language: str) -> list:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    texts = {page.stem: page.read_text(encoding="utf-8") for page in pages}
    found = [(page, fence) for page, text in texts.items() for fence in _FENCE.finditer(text) if fence[2] == language]
    return [
        pytest.param(dedent(fence[3]), id=f"{page}-{texts[page].count(chr(10), 0, fence.start()) + 1}")
        for page, fence in found
        if ">>> " not in fence[3]
    ]


def block_with(sign: str) -> str:
    [block] = [str(block.values[0]) for block in blocks_of("python") if sign in str(block.values[0])]
    return block


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Return what an example may take for granted: frames of a small labelled log."""
    folder = tmp_path_factory.mktemp("examples")
    simulate_traffic(days=21, sessions=400, seed=1).events.write_parquet(folder / "events.parquet")
    store = Store(folder / "store")
    later = datetime(2027, 1, 1, tzinfo=UTC)
    ingest_logs(store, [folder / "events.parquet"], clock=lambda: later)
    run_labels(store, clock=lambda: later, watermark="end")
    frames = {name: store.table(name).collect() for name in ("votes", "interactions")}
    return {**frames, "labels": current_labels(store).collect(), "last_state": None, "datetime": datetime, "UTC": UTC}


@pytest.mark.parametrize("block", blocks_of("python"))
def test_code_runs(block: str, names: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    code = compile(block, "an example", "exec")
    if not any(sign in block for sign in (*_OF_OTHERS, *_ELSEWHERE)):
        monkeypatch.chdir(tmp_path)
        exec(code, {**names})


@pytest.mark.parametrize("block", blocks_of("toml"))
def test_settings_and_mappings_are_taken(block: str, tmp_path: Path):
    if "[kinds]" in block or "[fields]" in block:
        assert parse_mapping(block, file="mine.toml").rules
        return
    (tmp_path / "feedback.toml").write_text(block, encoding="utf-8")
    assert read_settings(tmp_path / "feedback.toml") != Settings()


def test_events_written_as_the_page_says_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    written: dict = {}
    exec(compile(block_with("class EventLines"), "an example", "exec"), written)
    written["log"].handlers.pop().close()
    store = Store(tmp_path / "store")
    summary = ingest_logs(store, ["events.jsonl"], clock=lambda: datetime.now(UTC))
    assert (summary.n_new, summary.n_quarantined) == (4, 0)
    assert store.table("events").filter(pl.col("kind") == "rating").collect()["value"].to_list() == [1.0]


def test_a_labelling_function_counts_as_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(tmp_path / "store"))
    seen = [event(0, "response", "i1", feature="chat"), event(8, "view", "i1", value=7_600.0)]
    event_table(*seen, event(9, "abandon", "i1")).write_parquet("log.parquet")
    Path("my_functions.py").write_text(block_with("def left_at_once"), encoding="utf-8")
    Path("feedback.toml").write_text('labelling_functions = ["my_functions.py"]', encoding="utf-8")
    try:
        for command in ("ingest log.parquet", "run --watermark end"):
            assert CliRunner().invoke(commands, command.split()).exit_code == 0
    finally:
        unregister("left_at_once")
    assert current_labels(Store(tmp_path / "store")).collect()["reason"].to_list() == ["left_at_once"]
