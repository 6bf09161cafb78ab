"""Conversations of several makes as requests and responses, with times where there are none."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from feedback.pipeline import ingest_logs, run_labels
from feedback.sources.chats import START, read_chats, recognise_chats
from feedback.store import Store

LATER = datetime(2027, 1, 1, tzinfo=UTC)
OPENAI = {"id": "c1", "model": "m1", "messages": [
    {"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": None, "tool_calls": [{}]}, {"role": "tool", "content": "42"},
    {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}, {"role": "user", "content": "That is wrong"},
]}  # fmt: skip
SHAREGPT = {"id": "c1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hel"},
                                          {"from": "gpt", "value": "lo"}]}  # fmt: skip
WILDCHAT = {"conversation_hash": "c1", "model": "m1", "language": "German", "timestamp": "2024-05-01T10:00:00+00:00",
            "conversation": [
                {"role": "user", "content": "Hallo", "hashed_ip": "u1", "timestamp": None},
                {"role": "assistant", "content": "Ja?", "timestamp": "2024-05-01T09:59:00+00:00"},
                {"role": "user", "content": "Danke", "timestamp": None}]}  # fmt: skip


def write(folder: Path, *records: object) -> Path:
    file = folder / "chats.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def read(folder: Path, *records: object) -> pl.DataFrame:
    return pl.concat([log.frame for log in read_chats(write(folder, *records))])


def test_openai_messages_leave_out_system_and_tools(tmp_path):
    rows = read(tmp_path, OPENAI).select("event_id", "kind", "interaction_id", "text").rows()
    assert rows == [
        ("c1/0", "request", "c1/1", "Hi"),
        ("c1/1", "response", "c1/1", "Hello"),
        ("c1/2", "request", None, "That is wrong"),
    ]


def test_a_stored_completion_has_its_answer_in_choices(tmp_path):
    choice = {"message": {"role": "assistant", "content": "Hello"}}
    record = {"messages": [{"role": "user", "content": "Hi"}], "choices": [choice]}
    assert read(tmp_path, record)["text"].to_list() == ["Hi", "Hello"]


def test_what_the_assistant_says_on_end_is_one_response(tmp_path):
    assert read(tmp_path, SHAREGPT)["text"].to_list() == ["Hi", "Hel\n\nlo"]


def test_without_times_messages_are_a_minute_apart(tmp_path):
    found = read(tmp_path, SHAREGPT)
    first, second = found["occurred_at"]
    assert second - first == timedelta(minutes=1)
    assert START <= first < START + timedelta(days=28)
    assert set(found["times"]) == {"synthetic"}


def test_a_conversation_keeps_its_own_time(tmp_path):
    found = read(tmp_path, {**SHAREGPT, "create_time": 1714557600})
    assert found["occurred_at"][0] == datetime(2024, 5, 1, 10, tzinfo=UTC)


def test_wildchat_columns(tmp_path):
    found = read(tmp_path, WILDCHAT).select("occurred_at", "user_id", "language", "times").rows()
    at = datetime(2024, 5, 1, 9, 59, tzinfo=UTC)
    assert [row[0] for row in found] == [at - timedelta(seconds=1), at, at + timedelta(seconds=1)]
    assert {row[1:] for row in found} == {("u1", "German", "partly synthetic")}


def test_a_conversation_without_an_id_keeps_the_same_one(tmp_path):
    nameless = {key: value for key, value in SHAREGPT.items() if key != "id"}
    assert read(tmp_path, nameless)["event_id"].to_list() == read(tmp_path, nameless)["event_id"].to_list()


@pytest.mark.parametrize("record", [OPENAI, SHAREGPT, WILDCHAT])
def test_recognised(record):
    assert recognise_chats([record]) == "records hold conversations (messages of user and assistant)"


@pytest.mark.parametrize("record", [{}, {"messages": ["Hi"]}, {"messages": [{"role": "user"}]}, {"messages": {"a": 1}}])
def test_not_recognised_and_said_so(tmp_path, record):
    assert recognise_chats([record]) is None
    [log] = read_chats(write(tmp_path, record))
    assert (log.frame.height, log.broken.height) == (0, 1)


def test_complaints_and_thanks_become_labels(tmp_path):
    store = Store(tmp_path / "store")
    found = ingest_logs(store, [write(tmp_path, OPENAI, {**WILDCHAT, "conversation_hash": "c2"})], clock=lambda: LATER)
    assert (found.n_rows, found.n_new) == (6, 6)
    run_labels(store, clock=lambda: LATER, watermark="end")
    labels = store.table("labels").collect().sort("interaction_id")
    assert labels.select("interaction_id", "reason").rows() == [("c1/1", "complained"), ("c2/1", "thanked")]
