"""Suggested mappings: they say why, are read again, and show no value of a record."""

import json

import pytest

from feedback.errors import InputError
from feedback.sources.mapping import mapping_format
from feedback.sources.mapping_file import parse_mapping
from feedback.sources.suggest import suggest_mapping, write_suggestion
from feedback.sources.suggest_words import guess_kind

NAMES = ("AI Answer Shown", "AI Answer Copied", "Answer Undone?", "Page Viewed")


def record(n: int) -> dict:
    return {
        "messageId": f"m{n}",
        "anonymousId": f"anon-{n % 5}",
        "event": NAMES[n % 4],
        "timestamp": f"2026-02-03T10:00:{n:02}Z",
        "context": {"locale": "de-DE", "session_id": f"s{n % 5}"},
        "properties": {
            "answer_id": f"a{n // 2}",
            "answer": f"Secret words number {n} of a long answer.",
            "stars": n % 5 + 1,
        },
    }


def test_a_suggestion_is_a_mapping_that_reads_the_file(tmp_path):
    file = tmp_path / "track.jsonl"
    file.write_text("\n".join(json.dumps(record(n)) for n in range(40)), encoding="utf-8")
    written = suggest_mapping(file)
    mapping = parse_mapping(written, file="suggested.toml")
    [log] = mapping_format(mapping).read(file)
    assert log.frame.height + log.broken.height == 40
    assert set(log.frame["kind"]) == {"response", "copy", "undo"}
    assert set(log.frame.columns) >= {"event_id", "session_id", "user_id", "occurred_at", "interaction_id", "text"}
    assert "Secret" not in written


def test_a_suggestion_explains_every_line_and_leaves_open_what_it_cannot_tell():
    lines = write_suggestion([record(n) for n in range(40)], name="track.jsonl").splitlines()
    assert 'session_id = "context.session_id" # in 40 of 40 records, 5 different values' in lines
    assert 'value = { path = "properties.stars", range = [1, 5] } # in 40 of 40 records, 5 different numbers' in lines
    assert any(line.startswith('# "Page Viewed" = "?" # 10 records; one of request') for line in lines)
    assert all("#" in line or not line or line.startswith("[") for line in lines)


def test_what_is_needed_and_missing_is_said():
    written = write_suggestion([{"a": 1}, {"a": 2}], name="x.jsonl")
    assert '# session_id = "?" # needed, and nothing looks like one: write the path to it' in written


def test_a_file_without_records_is_one_line(tmp_path):
    (tmp_path / "a.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="holds no records to suggest a mapping from"):
        suggest_mapping(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("suggestion_accepted", "accept"),
        ("Undo Clicked", "undo"),
        ("regenerate", "retry"),
        ("prompt_submitted", "request"),
        ("completionShown", "response"),
        ("chat.handoff", "escalate"),
        ("Order Completed", None),
        ("heartbeat", None),
    ],
)
def test_kinds_are_guessed_from_names(name, kind):
    assert guess_kind(name) == kind
