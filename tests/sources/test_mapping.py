"""Mappings: records of any shape to events, and what is wrong with a mapping in one line."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from feedback.errors import InputError, SettingsError
from feedback.sources.mapping import map_record, mapping_format
from feedback.sources.mapping_fields import parse_field
from feedback.sources.mapping_file import bundled_maps, parse_mapping, read_mapping
from feedback.sources.mapping_paths import Path as FieldPath

NEEDED = '[fields]\nsession_id = "s"\noccurred_at = "t"\n'


def events_of(name: str, *records: object) -> list[dict]:
    mapping = read_mapping(name)
    return [dict(event) for row, record in enumerate(records, 1) for event in map_record(mapping, row, record).events]


def shown(properties: dict, **further: object) -> dict:
    return {
        "type": "track", "event": "AI Answer Shown", "messageId": "ajs-1", "anonymousId": "anon-1", "userId": "u1",
        "timestamp": "2026-02-03T10:00:02.000Z", "originalTimestamp": "2026-02-03T10:00:01.000Z",
        "receivedAt": "2026-02-03T10:00:03.000Z", "context": {"locale": "de-DE", "library": {"name": "analytics.js"}},
        "properties": properties, **further,
    }  # fmt: skip


def test_a_segment_call_gives_the_request_and_the_response():
    properties = {
        "answer_id": "a1",
        "question": "Why?",
        "asked_at": "2026-02-03T09:59:58Z",
        "answer": "So.",
        "feature": "ask",
    }
    request, response = events_of("segment", shown(properties))
    assert (request["event_id"], request["kind"], request["text"]) == ("ajs-1", "request", "Why?")
    assert request["occurred_at"] == "2026-02-03T09:59:58Z"
    assert (response["event_id"], response["kind"], response["text"]) == ("ajs-1/response", "response", "So.")
    assert {event["interaction_id"] for event in (request, response)} == {"a1"}
    assert (response["session_id"], response["user_id"], response["language"]) == ("anon-1", "u1", "de-DE")


def test_a_segment_rating_of_five_stars_is_one_and_a_page_call_is_named():
    rated = shown({"answer_id": "a1", "rating": 5}, event="AI Answer Rated", messageId="ajs-2")
    assert events_of("segment", rated)[0]["value"] == 1.0
    page = {"type": "page", "messageId": "ajs-3", "anonymousId": "anon-1", "event": "Pricing Seen"}
    assert (
        map_record(read_mapping("segment"), 7, page).reason == "no event of the mapping fits a record of 'Pricing Seen'"
    )


def test_rudderstack_sessions_are_told_apart_by_user():
    record = shown({"answer_id": "a1", "answer": "So."}, channel="web")
    record["context"] |= {"sessionId": 1770112801000, "sessionStart": True}
    [response] = events_of("rudderstack", record)
    assert (response["session_id"], response["channel"]) == ("anon-1/1770112801000", "web")
    [rating] = events_of("rudderstack", record | {"event": "AI Answer Rated", "properties": {"thumb": "down"}})
    assert rating["value"] == 0


def test_amplitude_times_are_utc():
    record = {
        "$insert_id": "in-1", "uuid": "5f-1", "event_type": "ai answer shown", "device_id": "d1",
        "user_id": "u1@example.org",
        "session_id": 1770112801000, "event_time": "2026-02-03 10:00:01.250000",
        "server_received_time": "2026-02-03 10:00:04.000000", "language": "German", "platform": "Web",
        "event_properties": {"answer_id": "a1", "answer": "So.", "latency_ms": 812}, "user_properties": {},
    }  # fmt: skip
    [response] = events_of("amplitude", record)
    assert response["occurred_at"] == datetime(2026, 2, 3, 10, 0, 1, 250000, tzinfo=UTC)
    assert (response["event_id"], response["session_id"], response["latency_ms"]) == ("in-1", "d1/1770112801000", 812)


def test_snowplow_self_describing_and_structured_events():
    common = {
        "app_id": "shop", "platform": "web", "collector_tstamp": "2026-02-03T10:00:03.000Z",
        "derived_tstamp": "2026-02-03T10:00:01.000Z", "domain_sessionid": "s1", "domain_userid": "du1", "user_id": None,
        "contexts_com_acme_ai_answer_1": [{"answer_id": "a1", "feature": "ask", "model": "m1"}],
    }  # fmt: skip
    own = {"event": "unstruct", "event_name": "ai_answer_action", "event_id": "ev-2"}
    undone = common | own | {"unstruct_event_com_acme_ai_answer_action_1": {"action": "discard"}}
    struct = common | {"event": "struct", "event_name": "event", "event_id": "ev-3", "se_category": "ai answer"}
    found = events_of("snowplow", undone, struct | {"se_action": "rate", "se_label": "a1", "se_value": 2})
    assert [(e["kind"], e["interaction_id"], e["user_id"]) for e in found] == [
        ("undo", "a1", "du1"),
        ("rating", "a1", "du1"),
    ]
    assert found[1]["value"] == 0.25


def test_a_warehouse_row_gives_up_to_four_events(tmp_path):
    row = {
        "generation_id": "g1", "conversation_id": "c1", "user_id": "u1", "question": "Why?", "answer": "So.",
        "created_at": "2026-02-03 10:00:00", "answered_at": "2026-02-03 10:00:04", "final_text": "So it is.",
        "finished_at": "2026-02-03 10:02:00", "stars": 4, "rated_at": None, "feature": "mail", "latency_ms": 4000,
    }  # fmt: skip
    frame = pl.DataFrame([row, row | {"generation_id": "g2", "question": None, "final_text": None, "stars": None}])
    frame.write_csv(tmp_path / "generations.csv")
    frame.write_parquet(tmp_path / "generations.parquet")
    expected = [
        ("g1", "request"),
        ("g1/response", "response"),
        ("g1/edit", "edit"),
        ("g1/rating", "rating"),
        ("g2", "response"),
    ]
    for ending in ("csv", "parquet"):
        [log] = mapping_format(read_mapping("warehouse")).read(tmp_path / f"generations.{ending}")
        assert log.frame.select("event_id", "kind").rows() == expected
        assert log.frame["(row)"].to_list() == [1, 1, 1, 1, 2]


def test_the_mapping_of_the_page_is_sound():
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    [written] = re.findall(r"```toml\n(event_name.*?)```", page, re.DOTALL)
    assert len(parse_mapping(written, file="page.toml").rules) == 3


def test_ready_made_maps_are_read_by_name():
    assert [len(read_mapping(name).rules) > 3 for name in bundled_maps()] == [True] * 5


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1), ("a.c.1", 3), ("a.c.-1", 3), ("x | a.b", 1), ("a.j.k", 5), ("flat.name", 6), ("a.c.9", None),
        ("p[key=q].v", 7), ("a.b.c", None), ("a.c.x", None),
    ],
)  # fmt: skip
def test_paths_reach_into_lists_json_text_and_flat_names(path, found):
    record = {"a": {"b": 1, "c": [2, 3], "j": '{"k": 5}'}, "flat.name": 6, "p": [{"key": "q", "v": 7}]}
    assert FieldPath.parse(path).find(record) == found


@pytest.mark.parametrize(
    ("time", "value"),
    [
        ("s", 1770112801), ("ms", "1770112801000"), ("us", 1770112801e6), ("ns", 1770112801000000000),
        ("%d.%m.%Y %H:%M:%S", "03.02.2026 10:00:01"), ("iso", "2026-02-03T10:00:01"),
    ],
)  # fmt: skip
def test_times_are_read_as_declared(time, value):
    field = parse_field({"path": "t", "time": time, "zone": "UTC"})
    assert field.find({"t": value}) == datetime(2026, 2, 3, 10, 0, 1, tzinfo=UTC)
    assert field.find({"t": "soon"}) == "soon"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("= 1", "m.toml: is no TOML"),
        (NEEDED + 'kind = "k"\n[colour]', "m.toml: colour: expected one of the keys name, records"),
        ('records = "xml"\n' + NEEDED, "m.toml: records: expected one of jsonl, csv, parquet"),
        (NEEDED, "m.toml: kinds: expected a table [kinds]"),
        (NEEDED + '[kinds]\n"Shown" = "response"', "m.toml: event_name: expected the path to the names"),
        (
            'event_name = "e"\n' + NEEDED + '[kinds]\n"Shown" = "seen"',
            'm.toml: kinds."Shown".kind: expected one of request',
        ),
        ('[fields]\noccurred_at = "t"\n[[events]]\nkind = "copy"', "m.toml: events[1].session_id: expected a path"),
        (
            NEEDED + '[[events]]\nkind = "copy"\nwhen = {a = {over = 1}}',
            'm.toml: events[1].when."a": expected a value, a list',
        ),
        (
            NEEDED + '[[events]]\nkind = "copy"\nvalue = {path = "x", range = [1]}',
            "events[1].value: expected a range of two",
        ),
        (NEEDED + '[[events]]\nkind = "copy"\nvalue = {path = "x", eval = "y"}', "found eval"),
        (NEEDED + 'text = "a..b"\n[[events]]\nkind = "copy"', "m.toml: fields.text: expected a path"),
        ('time = "epoch"\n' + NEEDED + 'kind = "k"', "m.toml: fields.occurred_at: expected time as iso, s, ms"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_one_line_with_the_key(content, expected):
    with pytest.raises(SettingsError) as error:
        parse_mapping(content, file="m.toml")
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


def test_a_mapping_that_is_not_there_names_the_ready_made_ones(tmp_path):
    with pytest.raises(InputError, match="or one of amplitude, rudderstack"):
        read_mapping(tmp_path / "absent.toml")


def test_records_of_no_rule_and_broken_ones_are_counted(tmp_path):
    file = tmp_path / "log.jsonl"
    lines = [shown({"answer": "So."}), {"type": "page"}, [1], shown({"answer": "Well."}, messageId="ajs-9")]
    file.write_text("\n".join([*map(json.dumps, lines), "{"]), encoding="utf-8")
    [log] = mapping_format(read_mapping("segment")).read(Path(file))
    assert log.frame["event_id"].to_list() == ["ajs-1", "ajs-9"]
    assert log.broken["row"].to_list() == [2, 3, 5]
