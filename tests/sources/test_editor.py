"""Telemetry of inline completions, an event a record or a completion a record."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.pipeline import ingest_logs, run_labels
from feedback.sources.editor import read_editor, recognise_editor
from feedback.store import Store

LATER = datetime(2027, 1, 1, tzinfo=UTC)
AT = "2026-01-05T10:00:{:02}Z"


def event(name: str, after_s: int = 0, **more) -> dict:
    return {"event": name, "completionId": "c1", "sessionId": "s1", "timestamp": AT.format(after_s), **more}


def write(folder: Path, *records: object) -> Path:
    file = folder / "telemetry.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def read(folder: Path, *records: object) -> list[tuple]:
    rows = [row for log in read_editor(write(folder, *records)) for row in log.frame.iter_rows(named=True)]
    return [(row["kind"], row["occurred_at"].second, row.get("value"), row.get("text")) for row in rows]


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (event("completion.shown", completionText="x = 1"), [("response", 0, None, "x = 1")]),
        (event("copilot/ghostText.shown"), [("response", 0, None, None)]),
        (event("completion.accepted", 2), [("accept", 2, None, None)]),
        (event("completion.rejected", 2, shownDuration=900), [("reject", 2, None, None), ("view", 2, 900.0, None)]),
        (event("completion.partiallyAccepted", 2, acceptedLength=3, totalLength=4),
         [("accept", 2, None, None), ("edit", 2, 0.75, None)]),
        (event("accepted.stillInCode", 30, measurements={"timeout": 30, "relativeLexEditDistance": 0.25}),
         [("edit", 30, 0.75, None)]),
        (event("completion.survival", 15, survival=0.5), [("edit", 15, 0.5, None)]),
        (event("completion.accepted.survived", 0, survival_15s=1.0, survival_30s=0.25),
         [("edit", 15, 1.0, None), ("edit", 30, 0.25, None)]),
        (event("completion.undone", 9), [("undo", 9, None, None)]),
    ],
)  # fmt: skip
def test_an_event_a_record(tmp_path, record, told):
    assert read(tmp_path, record) == told


def test_a_completion_a_record(tmp_path):
    ended = event("inlineCompletion.endOfLife", reason="accepted", shownDuration=2_000, survival={"15": 1, "30": 0.5})
    assert read(tmp_path, ended) == [
        ("response", 0, None, None), ("view", 2, 2_000.0, None), ("accept", 2, None, None), ("edit", 17, 1.0, None),
        ("edit", 32, 0.5, None),
    ]  # fmt: skip
    rejected = event("inlineCompletion.endOfLife", reason="rejected", shown=True)
    assert [row[0] for row in read(tmp_path, rejected)] == ["response", "reject"]
    assert [row[0] for row in read(tmp_path, event("inlineCompletion.endOfLife", reason="ignored"))] == ["response"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (event("completion.ignored"), "silence is no verdict"),
        (event("inlineCompletion.endOfLife", shown=False, reason="ignored"), "says nothing"),
        ({"event": "completion.shown", "sessionId": "s1"}, "names no completion"),
        ({"event": "file.opened.by.hand"}, "names no completion"),
        (["not", "an", "object"], "is none about a completion"),
        (event("cursor-forward"), "is none about a completion"),
    ],
)
def test_what_gives_no_event_says_why(tmp_path, record, reason):
    [log] = read_editor(write(tmp_path, record))
    assert log.frame.height == 0
    assert reason in log.broken["reason"][0]


def test_recognised_by_name_and_id():
    assert (
        recognise_editor([event("completion.accepted")]) == "records are inline completions by name (accepted) and id"
    )
    assert recognise_editor([{"event": "completion.accepted", "user": "u"}]) is None


def test_survival_becomes_labels(tmp_path):
    records = [
        event("completion.shown"), event("completion.accepted", 2), event("completion.survival", 32, survival=0.2),
        event("completion.shown", completionId="c2"), event("completion.rejected", 3, completionId="c2"),
    ]  # fmt: skip
    store = Store(tmp_path / "store")
    found = ingest_logs(store, [write(tmp_path, *records)], clock=lambda: LATER)
    assert (found.n_rows, found.n_new) == (5, 5)
    run_labels(store, clock=lambda: LATER, watermark="end")
    labels = store.table("labels").collect().sort("interaction_id")
    assert labels.select("interaction_id", "reason").rows() == [("c1", "edited_heavily"), ("c2", "rejected")]
