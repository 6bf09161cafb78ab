"""A file gives the same store whatever the size of its batches, and every row is accounted for."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.pipeline import IngestSummary, ingest_logs
from feedback.sources import Format, ReadingTerms
from feedback.sources.delimited import read_csv_text
from feedback.sources.json_lines import read_json_lines
from feedback.sources.parquet import read_parquet
from feedback.store import Store

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OF_RUN = ("run", "quarantined_at", "since")

ROWS = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from(["e1", "e2", "e3", "e4", 7]),
        "session_id": st.sampled_from(["s1", "s2"]),
        "kind": st.sampled_from(["response", "response", "edit", "thumb"]),
        "occurred_at": st.sampled_from([1772000000, 1772000060, "2026-02-25T06:13:20Z", "soon", None]),
    },
    optional={
        "interaction_id": st.sampled_from(["i1", "i2"]),
        "value": st.sampled_from([0.5, 1, "0.5", 7]),
        "latency": st.sampled_from([1, 2.5, "fast", None]),
        "plan": st.sampled_from(["free", "pro", 3, True, ["a"]]),
        "text": st.sampled_from(["hello", "", "{}"]),
    },
)
LINES = st.one_of(ROWS.map(json.dumps), ROWS.map(json.dumps), st.sampled_from(["{", "[1]", "", '{"event_id": "e9"}']))


def ingest(folder: Path, name: str, known: Path, file: Path, log_format: Format, batch: int):
    store = Store(folder / name)
    ingest_logs(store, [known], clock=lambda: NOW)
    summary = ingest_logs(store, [file], clock=lambda: NOW, format=log_format, terms=ReadingTerms(batch_bytes=batch))
    tables = {
        table: store.table(table).collect().drop(OF_RUN, strict=False) for table in ("events", "columns", "quarantine")
    }
    held = {name: frame[[column.name for column in frame if column.count()]] for name, frame in tables.items()}
    return summary, {name: frame.sort(sorted(frame.columns)) for name, frame in held.items()}


def accounts(summary: IngestSummary) -> bool:
    return summary.n_rows == summary.n_new + summary.n_duplicates + summary.n_quarantined


def compare(known: list[str], lines: list[str], ending: str, whole: Format, parts: Format) -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        before, file = folder / "before.jsonl", folder / f"log{ending}"
        before.write_text("\n".join(known), encoding="utf-8")
        file.write_text("\n".join(lines), encoding="utf-8")
        at_once, stored_at_once = ingest(folder, "whole", before, file, whole, 2**27)
        in_parts, stored_in_parts = ingest(folder, "parts", before, file, parts, 1)
    assert accounts(at_once)
    assert accounts(in_parts)
    assert in_parts == at_once
    for name, frame in stored_at_once.items():
        assert stored_in_parts[name].select(frame.columns).rows() == frame.rows(), name


WHOLE = Format("jsonl", (), read_json_lines)
PARTS = Format("jsonl", (), partial(read_json_lines, block_bytes=1))
GOOD = json.dumps({"event_id": "e0", "session_id": "s0", "kind": "response", "occurred_at": 1772000000})


@settings(max_examples=5, deadline=None)
@given(known=st.lists(ROWS.map(json.dumps), max_size=2), lines=st.lists(LINES, max_size=5))
def test_json_lines_in_any_batches_give_the_same_store(known, lines):
    compare([GOOD, *known], [GOOD, *lines, GOOD], ".jsonl", WHOLE, PARTS)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(
    known=st.lists(ROWS.map(json.dumps), max_size=3), lines=st.lists(LINES, max_size=8), block=st.sampled_from([1, 150])
)
def test_longer_json_lines_in_any_batches_give_the_same_store(known, lines, block):
    parts = Format("jsonl", (), partial(read_json_lines, block_bytes=block))
    compare([GOOD, *known], [GOOD, *lines, GOOD], ".jsonl", WHOLE, parts)


def test_a_conflict_over_many_batches_counts_as_in_one():
    copies = [
        json.dumps({"event_id": "e1", "session_id": "s1", "kind": "edit", "occurred_at": 1772000000, "value": value})
        for value in (0.1, 0.2, 0.1, 0.3, 0.2, 0.3)
    ]
    compare([GOOD], [GOOD, *copies], ".jsonl", WHOLE, PARTS)


@pytest.mark.parametrize(
    "middle", ['e2,s1,"a ""b"" c",3', 'e2,s1,"never closed,3', "e2,s1", 'e2,s1,"two\nlines",3', ""]
)
def test_csv_in_any_batches_gives_the_same_store(middle):
    times = "1772000000"
    lines = ["event_id,session_id,note,latency,kind,occurred_at"]
    lines += [f"e{n},s{n % 2},note {n},{n},copy,{times}" for n in range(5, 9)]
    lines += (
        [f"{middle},copy,{times}"]
        + [f"e{n},s1,note,{n},copy,{times}" for n in range(9, 12)]
        + ["e12,s1,x,y,copy,1772000000"]
    )
    parts = Format("csv", (), partial(read_csv_text, block_bytes=40))
    compare([GOOD], lines, ".csv", Format("csv", (), read_csv_text), parts)


def test_parquet_in_any_batches_gives_the_same_store(tmp_path):
    frame = pl.DataFrame([json.loads(GOOD) | {"event_id": f"e{n}"} for n in range(30)])
    frame.write_parquet(tmp_path / "log.parquet", row_group_size=7)
    logs = list(read_parquet(tmp_path / "log.parquet", batch_bytes=300))
    assert len(logs) > 3
    assert pl.concat([log.frame for log in logs]).drop("(row)").equals(frame)
    assert [row for log in logs for row in log.frame["(row)"]] == list(range(1, 31))
