"""Ingest from the command line: what it saw, what would happen, and packed, remote and oversized files."""

import gzip
import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from feedback.cli.commands import app
from feedback.errors import InputError
from feedback.pipeline import ingest_logs
from feedback.pipeline.preview import preview_logs
from feedback.sources import ReadingTerms, read_log, reading_under
from feedback.sources.detect import choose_format
from feedback.store import Store

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def event(n: int, **further: object) -> str:
    plain = {"event_id": f"e{n}", "session_id": f"s{n % 2}", "kind": "copy", "occurred_at": 1772000000 + n}
    return json.dumps(plain | further)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return re.sub(r"\s+", " ", result.output)


def test_the_counts_add_up_and_are_kept(tmp_path):
    log = write(tmp_path / "log.jsonl", event(1), event(1), event(1, value=0.5), event(2, kind="thumb"), "{")
    said = run("ingest", log, "--store", tmp_path / "store")
    assert "Read 5 rows from 1 file = 1 new + 2 seen before (1 of them disagreed) + 2 quarantined." in said
    assert "1 file of format jsonl, for its name ends in .jsonl and its columns are ours." in said
    counts = {row["name"]: row["n"] for row in Store(tmp_path / "store").table("runs").collect()["counts"][0]}
    assert counts["n_rows"] == counts["n_new"] + counts["n_duplicates"] + counts["n_quarantined"] == 5


def test_a_dry_run_shows_no_text_and_writes_nothing(tmp_path):
    log = write(tmp_path / "log.jsonl", event(1, text="Call Ann, 555", user_id="ann@example.org", plan="pro"), "{")
    said = run("ingest", "--dry-run", log, "--store", tmp_path / "store")
    assert not (tmp_path / "store").exists()
    for words in (
        "1 new",
        "1 × the record is not JSON",
        "copy 1",
        "2026-02-25 06:13 UTC",
        "1 dimension: plan",
        "text 100 %",
    ):
        assert words in said
    assert "Ann" not in said
    assert "ann@" not in said


def test_a_preview_masks_texts_and_addresses(tmp_path):
    log = write(tmp_path / "log.jsonl", event(1, text="Call Ann, 555", session_id="ann@example.org/7"))
    preview = preview_logs([log], clock=lambda: NOW)
    assert preview.samples.select("text", "session_id").rows() == [("13: xxxx xxx, 999", "...@example.org/7")]


def test_a_log_of_unknown_shape_is_one_line_that_says_what_to_do(tmp_path):
    log = write(tmp_path / "log.jsonl", json.dumps({"when": 1, "who": 2}))
    result = CliRunner().invoke(app, ["ingest", str(log), "--store", str(tmp_path / "store")])
    assert result.exit_code == 2
    said = re.sub(r"\s+", " ", result.output)
    assert "its records have when, who. Write a mapping for it, beginning with: feedback map suggest" in said


def test_a_mapping_is_taken_by_name_and_suggested(tmp_path):
    call = {
        "type": "track",
        "event": "AI Answer Copied",
        "messageId": "m1",
        "anonymousId": "a",
        "timestamp": "2026-02-03T10:00Z",
    }
    log = write(tmp_path / "track.jsonl", json.dumps(call))
    assert "= 1 new +" in run("ingest", "--map", "segment", log, "--store", tmp_path / "store")
    assert '"AI Answer Copied" = "copy"' in run("map", "suggest", log)
    assert "segment 8 events" in run("map", "list")
    run("map", "suggest", log, "--out", tmp_path / "own.toml")
    assert "+ 1 seen before" in run("ingest", "--map", tmp_path / "own.toml", log, "--store", tmp_path / "store")


def test_packed_logs_are_read(tmp_path):
    content = f"{event(1)}\n{event(2)}\n".encode()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(content) + gzip.compress(content))
    (tmp_path / "b.jsonl.zst").write_bytes(pa.compress(content, codec="zstd", asbytes=True))
    assert read_log(tmp_path / "a.jsonl.gz").frame.height == 4
    assert read_log(tmp_path / "b.jsonl.zst").frame["event_id"].to_list() == ["e1", "e2"]
    (tmp_path / "c.jsonl.zst").write_bytes(pa.compress(content * 99, codec="zstd", asbytes=True)[:-5])
    with pytest.raises(InputError, match="the Zstandard stream is cut off"):
        read_log(tmp_path / "c.jsonl.zst")


def test_what_unpacks_to_far_too_much_is_refused_unless_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("feedback.sources.text_files.UNPACKED_FREELY", 1_000_000)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(event(1, text="a" * 3_000_000).encode()))
    with pytest.raises(InputError, match=r"unpacks to more than 200 times its .* --any-size reads it"):
        read_log(tmp_path / "a.jsonl.gz")
    with reading_under(ReadingTerms(may_unpack_to_any_size=True)):
        assert read_log(tmp_path / "a.jsonl.gz").frame.height == 1


def test_a_log_at_an_address_is_fetched_and_named_by_it(tmp_path):
    write(tmp_path / "a.jsonl", event(1), "{")
    pl.DataFrame([json.loads(event(n)) for n in (1, 2)]).write_parquet(tmp_path / "b.parquet")
    store, urls = Store(tmp_path / "store"), [f"file://{tmp_path}/{name}" for name in ("a.jsonl", "b.parquet")]
    summary = ingest_logs(store, urls, clock=lambda: NOW)
    assert (summary.n_rows, summary.n_new, summary.n_duplicates, summary.n_quarantined) == (4, 2, 1, 1)
    assert store.table("quarantine").collect()["file"].to_list() == [urls[0]]
    with pytest.raises(InputError, match=r"absent\.jsonl: cannot be fetched"):
        ingest_logs(store, [f"file://{tmp_path}/absent.jsonl"], clock=lambda: NOW)


def test_bytes_read_are_told_up_to_the_end(tmp_path):
    log, told = write(tmp_path / "log.jsonl", *(event(n) for n in range(50))), []
    ingest_logs(Store(tmp_path / "store"), [log], clock=lambda: NOW, terms=ReadingTerms(on_bytes=told.append))
    assert max(told) == log.stat().st_size


def test_an_ending_that_says_nothing_is_told_from_the_content(tmp_path):
    seen = choose_format(write(tmp_path / "events.log", event(1)))
    assert (seen.format.name, seen.why) == ("jsonl", "its content is jsonl and its columns are ours")


def test_a_file_damaged_half_way_leaves_nothing_behind(tmp_path):
    good = write(tmp_path / "good.jsonl", event(1))
    packed = gzip.compress("\n".join(event(n, text=str(n) * 99) for n in range(9_000)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    store = Store(tmp_path / "store")
    terms = ReadingTerms(batch_bytes=1)
    summary = ingest_logs(store, [good, tmp_path / "cut.jsonl.gz"], clock=lambda: NOW, terms=terms)
    assert (summary.n_rows, summary.n_new, len(summary.unreadable)) == (1, 1, 1)
    assert not (tmp_path / "store" / ".scratch" / "labelling").exists()


def test_the_logging_recipe_of_the_page_writes_events(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [recipe] = re.findall(r"<!-- recipe -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(recipe, {})
    for handler in logging.getLogger("ai-events").handlers[:]:
        handler.close()
        logging.getLogger("ai-events").removeHandler(handler)
    store = Store(tmp_path / "store")
    summary = ingest_logs(store, ["events.jsonl"], clock=lambda: datetime(2100, 1, 1, tzinfo=UTC))
    assert (summary.n_rows, summary.n_new) == (4, 4)
    kinds = store.table("events").sort("occurred_at", "event_id").collect()["kind"]
    assert sorted(kinds) == ["edit", "rating", "request", "response"]
