"""Keystroke logs: how much of accepted suggestions survives, against a text kept letter by letter."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.pipeline import ingest_logs, run_labels
from feedback.sources.keystrokes import read_keystrokes, recognise_keystrokes
from feedback.sources.typed_text import TypedText
from feedback.store import Store

LATER = datetime(2027, 1, 1, tzinfo=UTC)
BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)


def stroke(name: str, after_s: float, *ops: dict, source: str = "user", **more) -> dict:
    at = int((BEGIN + timedelta(seconds=after_s)).timestamp() * 1_000)
    delta = {"ops": list(ops)} if ops else ""
    return {"eventName": name, "eventSource": source, "eventTimestamp": at, "textDelta": delta, **more}


def take_over(after_s: float, at: int, text: str) -> list[dict]:
    """Return what CoAuthor logs when the second of two suggestions is shown and chosen a second later."""
    options = [{"index": 0, "original": "something else"}, {"index": 1, "original": text}]
    return [
        stroke("suggestion-get", after_s - 1),
        stroke("suggestion-open", after_s, source="api", currentSuggestions=options, currentSuggestionIndex=0),
        stroke("suggestion-select", after_s + 1, currentSuggestionIndex=1),
        stroke("suggestion-close", after_s + 1, source="api"),
        stroke("text-insert", after_s + 1, {"retain": at}, {"insert": text}, source="api"),
    ]


def write(folder: Path, *records: object) -> Path:
    file = folder / "session-1.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def read(folder: Path, *records: object) -> list[tuple]:
    rows = [row for log in read_keystrokes(write(folder, *records)) for row in log.frame.iter_rows(named=True)]
    return [
        (row["kind"], (row["occurred_at"] - BEGIN).total_seconds(), row.get("value"), row.get("text")) for row in rows
    ]


def test_a_suggestion_that_is_cut_in_half_after_20_seconds(tmp_path):
    before = stroke("system-initialize", 0, source="api", currentDoc="Once ")
    cut = stroke("text-delete", 22, {"retain": 5}, {"delete": 5})
    late = stroke("text-insert", 1_000, {"retain": 5}, {"insert": "!"})
    assert read(tmp_path, before, *take_over(1, 5, "upon a tim"), cut, late) == [
        ("request", 0, None, None),
        ("response", 1, None, "upon a tim"),
        ("accept", 2, None, "upon a tim"),
        ("edit", 32, 0.5, None),
    ]


def test_a_suggestion_that_is_deleted_as_a_whole_is_undone(tmp_path):
    gone = stroke("text-delete", 8, {"delete": 4})
    assert [row[:3] for row in read(tmp_path, *take_over(1, 0, "abcd"), gone)][2:] == [
        ("accept", 2, None),
        ("undo", 8, 0.0),
    ]


def test_a_suggestion_that_stays_is_told_once_at_the_end(tmp_path):
    later = stroke("text-insert", 60, {"retain": 2}, {"insert": "xx"})
    assert read(tmp_path, *take_over(1, 0, "abcd"), later)[3:] == [("edit", 60, 1.0, None)]


def test_a_suggestion_that_is_closed_is_rejected(tmp_path):
    opened = stroke("suggestion-open", 1, source="api", currentSuggestions=["abc"], currentSuggestionIndex=0)
    assert read(tmp_path, opened, stroke("suggestion-close", 3)) == [
        ("response", 1, None, "abc"),
        ("reject", 3, None, None),
    ]


def test_offsets_count_as_javascript_does(tmp_path):
    typed = stroke("text-insert", 0, {"insert": "🙂"})
    cut = stroke("text-delete", 5, {"delete": 2})
    later = stroke("text-insert", 700, {"insert": "a"})
    assert read(tmp_path, typed, *take_over(1, 2, "abcd"), cut, later)[3:] == [("edit", 602, 1.0, None)]


def test_changes_of_an_editor_with_named_suggestions(tmp_path):
    shared = {"sessionId": "s", "suggestionId": "c1"}
    records = [
        {"event": "suggestion.shown", "timestamp": BEGIN.isoformat(), "suggestion": "abcd", **shared},
        {"event": "suggestion.accepted", "timestamp": (BEGIN + timedelta(seconds=1)).isoformat(), "offset": 0,
         "text": "abcd", **shared},
        {"op": "replace", "rangeOffset": 0, "rangeLength": 3, "text": "x", "sessionId": "s",
         "timestamp": (BEGIN + timedelta(seconds=9)).isoformat()},
    ]  # fmt: skip
    assert read(tmp_path, *records) == [
        ("response", 0, None, "abcd"),
        ("accept", 1, None, "abcd"),
        ("edit", 9, 0.25, None),
    ]


def test_every_record_counts_and_survival_becomes_a_label(tmp_path):
    cut = stroke("text-delete", 22, {"delete": 8})
    records = [*take_over(1, 0, "abcdefghij"), cut, stroke("text-insert", 700, {"insert": "a"})]
    store = Store(tmp_path / "store")
    found = ingest_logs(store, [write(tmp_path, *records)], clock=lambda: LATER)
    assert found.n_rows == found.n_new + found.n_quarantined
    run_labels(store, clock=lambda: LATER, watermark="end")
    assert store.table("labels").collect()["reason"].to_list() == ["edited_heavily"]


@pytest.mark.parametrize("record", [[1], {}, {"eventName": "text-insert", "eventTimestamp": "soon"}])
def test_what_cannot_be_read_says_so(tmp_path, record):
    [log] = read_keystrokes(write(tmp_path, record))
    assert (log.frame.height, log.broken.height) == (0, 1)


def test_recognised_by_deltas_or_offsets():
    assert recognise_keystrokes([stroke("text-insert", 0, {"insert": "a"})]) == "records are keystrokes (textDelta)"
    assert recognise_keystrokes([{"op": "insert", "offset": 3, "text": "a"}]) == (
        "records are keystrokes (insert with an offset)"
    )
    assert recognise_keystrokes([{"op": "insert", "text": "a"}]) is None


CHANGES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(0, 6), st.sampled_from([None, "a", "b"]))
)


@given(CHANGES)
def test_the_text_is_as_if_kept_letter_by_letter(changes):
    letters: list[str | None] = []
    text = TypedText()
    for at, n_deleted, n_inserted, author in changes:
        gone = letters[at : at + n_deleted]
        lost = text.delete(at, n_deleted)
        assert lost == {name: gone.count(name) for name in gone if name is not None}
        letters[at : at + n_deleted] = [author] * n_inserted
        text.insert(at, n_inserted, author=author)
        assert text.length == len(letters)
        assert {name: n for name, n in text.alive.items() if n} == {
            name: letters.count(name) for name in letters if name is not None
        }
