"""OpenTelemetry: what the SDK wrote, and the shapes of spans and log records it did not."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import SettingsError
from feedback.pipeline import ingest_logs, run_labels
from feedback.settings import Naming, Settings
from feedback.sources import choose_format
from feedback.sources.otel import read_otel
from feedback.store import Store

RECORDED = Path(__file__).parent / "recorded" / "otel"
TRACE, SPAN = "5B8EFFF798038103D269B633813FC60C", "EEE19B7EC3C1B174"
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def value(plain: Any) -> dict:
    """Return a value as OTLP writes it in JSON: whole numbers as text."""
    if isinstance(plain, bool):
        return {"boolValue": plain}
    if isinstance(plain, int):
        return {"intValue": str(plain)}
    if isinstance(plain, float):
        return {"doubleValue": plain}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value(element) for element in plain]}}
    if isinstance(plain, dict):
        return {"kvlistValue": {"values": attributes(plain)}}
    return {"stringValue": plain}


def attributes(plain: dict) -> list[dict]:
    return [{"key": key, "value": value(inner)} for key, inner in plain.items()]


def call(span: str = SPAN, *, at: int = 1, **more: Any) -> dict:
    """Return a span of a model call that took two seconds."""
    named = {"gen_ai.operation.name": "chat", **{key.replace("__", "."): inner for key, inner in more.items()}}
    return {
        "traceId": TRACE, "spanId": span, "name": "chat", "attributes": attributes(named),
        "startTimeUnixNano": f"{1_788_000_000 + at}000000000", "endTimeUnixNano": f"{1_788_000_002 + at}000000000",
    }  # fmt: skip


def event(name: str, *, at: int = 9, span: str = SPAN, body: Any = None, **more: Any) -> dict:
    """Return a log record that is an event."""
    named = attributes({key.replace("__", "."): inner for key, inner in more.items()})
    record = {"traceId": TRACE, "spanId": span, "timeUnixNano": f"{1_788_000_000 + at}000000000", "eventName": name}
    return {**record, "attributes": named, **({} if body is None else {"body": value(body)})}


def spans(*content: Any, service: str = "help-chat") -> dict:
    resource = {"attributes": attributes({"service.name": service})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(content)}]}]}


def logs(*content: Any) -> dict:
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": list(content)}]}]}


def read(folder: Path, *exports: Any, naming: Naming | None = None) -> tuple[list[dict], list[str]]:
    """Return the events and the reasons of a file with these exports."""
    file = folder / "otel.jsonl"
    file.write_text("".join(json.dumps(export) + "\n" for export in exports))
    [log] = read_otel(file, naming)
    return log.frame.to_dicts(), log.broken["reason"].to_list()


def said(role: str, text: str) -> dict:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def test_recorded_files_go_to_labels_and_every_row_is_accounted_for(tmp_path: Path):
    shutil.copytree(RECORDED, tmp_path / "otel")
    store = Store(tmp_path / "store")
    read = ingest_logs(store, [tmp_path / "otel"], clock=lambda: LATER)
    # What was said in one call is in log records of the other file; the span tells of it as well, without the text.
    assert (read.n_rows, read.n_new, read.n_duplicates, read.n_quarantined) == (25, 14, 2, 9)
    run_labels(store, clock=lambda: LATER, watermark="end")
    labels = store.table("labels").sort("interaction_id").collect()
    assert labels.select("interaction_id", "session_id", "reason", "model").rows() == [
        ("resp-1", "conv-1", "copied", "gpt-test-0613"),
        ("resp-2", "conv-1", "undone_soon", "gpt-test-0613"),
        ("resp-4", "conv-2", "rated_up", "gpt-test-0613"),
        ("resp-5", "conv-2", "escalated", "gpt-test-0613"),
    ]
    again = ingest_logs(store, [tmp_path / "otel"], clock=lambda: LATER)
    assert (again.n_rows, again.n_new, again.n_duplicates, again.n_quarantined) == (25, 0, 16, 9)


@pytest.mark.parametrize("order", [["traces.jsonl", "logs.jsonl"], ["logs.jsonl", "traces.jsonl"]], ids=str)
def test_what_was_said_in_another_file_wins_in_any_order(tmp_path: Path, order: list[str]):
    shutil.copytree(RECORDED, tmp_path / "otel")
    store = Store(tmp_path / "store")
    for name in order:
        ingest_logs(store, [tmp_path / "otel" / name], clock=lambda: LATER)
    told = store.table("events").filter(interaction_id="resp-4").sort("occurred_at").collect()
    assert told.select("kind", "text", "model").rows() == [
        ("request", "When?", "gpt-test-0613"), ("response", "1808 and 1832.", "gpt-test-0613"), ("rating", None, None),
    ]  # fmt: skip


def test_a_span_whose_messages_came_too_early_is_still_an_answer(tmp_path: Path):
    store = Store(tmp_path / "store")
    (tmp_path / "otel").mkdir()
    for name in ("logs.jsonl", "traces.jsonl"):
        shutil.copy(RECORDED / name, tmp_path / "otel" / name)
        ingest_logs(store, [tmp_path / "otel" / name], clock=lambda: LATER)
    told = store.table("events").filter(kind="response").sort("occurred_at").collect()
    assert told["interaction_id"].to_list() == ["resp-1", "resp-2", "resp-4", "resp-5"]


def test_recorded_files_are_recognised():
    assert choose_format(RECORDED / "traces.jsonl").why == "records have resourceSpans"
    assert choose_format(RECORDED / "logs.jsonl").why == "records have resourceLogs"


def test_a_call_is_a_request_and_a_response_with_its_columns(tmp_path: Path):
    messages = [{"role": "user", "parts": [{"type": "image", "content": "x"}, {"type": "text", "content": "Hi"}]}]
    given = call(
        gen_ai__conversation__id="c1", gen_ai__response__id="r1", gen_ai__request__model="m1",
        gen_ai__usage__input_tokens=7, gen_ai__input__messages=messages, user__id="u1",
        gen_ai__output__messages=json.dumps([said("assistant", "Hello")]), gen_ai__response__finish_reasons=["stop"],
    )  # fmt: skip
    [request, response], reasons = read(tmp_path, spans(given))
    assert (request["kind"], request["text"], response["kind"], response["text"]) == (
        "request", "Hi", "response", "Hello",
    )  # fmt: skip
    assert request["occurred_at"] == datetime(2026, 8, 29, 10, 40, 1, tzinfo=UTC)
    assert response["occurred_at"] == datetime(2026, 8, 29, 10, 40, 3, tzinfo=UTC)
    known = ("session_id", "interaction_id", "user_id", "feature", "model", "n_input_tokens", "latency_ms")
    assert [response[name] for name in known] == ["c1", "r1", "u1", "help-chat", "m1", 7.0, 2000.0]
    assert reasons == []


def test_without_ids_the_span_names_the_answer_and_the_trace_the_session(tmp_path: Path):
    [request, response], _ = read(tmp_path, spans(call()))
    assert (response["session_id"], response["interaction_id"]) == (TRACE.lower(), f"{TRACE}/{SPAN}".lower())
    assert request["text"] is None


@pytest.mark.parametrize(
    "more",
    [
        {"gen_ai__prompt__0__role": "system", "gen_ai__prompt__0__content": "Be brief",
         "gen_ai__prompt__1__role": "user", "gen_ai__prompt__1__content": "Hi",
         "gen_ai__completion__0__content": "Hello"},
        {"gen_ai__prompt": '[{"role": "user", "content": "Hi"}]', "gen_ai__completion": "Hello"},
        {"gen_ai__input__messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
         "gen_ai__output__messages": [{"role": "assistant", "content": "Hello"}]},
    ],
    ids=["numbered", "content", "OpenAI"],
)  # fmt: skip
def test_older_ways_to_write_messages(tmp_path: Path, more: dict):
    events, _ = read(tmp_path, spans(call(**more)))
    assert [event["text"] for event in events] == ["Hi", "Hello"]


def test_messages_as_events_of_the_span(tmp_path: Path):
    told = [
        {"name": "gen_ai.user.message", "attributes": attributes({"content": "Hi"})},
        {"name": "gen_ai.choice", "attributes": attributes({"message": {"role": "assistant", "content": "Hello"}})},
        {"name": "feedback.copy", "timeUnixNano": "1788000009000000000", "attributes": []},
    ]
    events, _ = read(tmp_path, spans({**call(), "events": told}))
    assert [(event["kind"], event["text"]) for event in events] == [
        ("request", "Hi"), ("response", "Hello"), ("copy", None),
    ]  # fmt: skip
    assert len({event["interaction_id"] for event in events}) == 1


def test_several_answers_to_one_request(tmp_path: Path):
    answers = [said("assistant", "Hello"), said("assistant", "Good day")]
    events, _ = read(tmp_path, spans(call(gen_ai__response__id="r1", gen_ai__output__messages=answers)))
    assert [(event["interaction_id"], event["text"]) for event in events[1:]] == [("r1", "Hello"), ("r1-1", "Good day")]


def test_a_model_that_goes_on_from_a_tool_was_not_asked_again(tmp_path: Path):
    tool_call = {"role": "assistant", "parts": [{"type": "tool_call", "name": "weather"}]}
    asks = call("A1", gen_ai__input__messages=[said("user", "Rain?")], gen_ai__output__messages=[tool_call])
    result = {"role": "tool", "parts": [{"type": "tool_call_response", "result": "no"}]}
    goes_on = call(
        "A2", gen_ai__input__messages=[said("user", "Rain?"), tool_call, result],
        gen_ai__output__messages=[said("assistant", "No rain")],
    )  # fmt: skip
    events, _ = read(tmp_path, spans(asks, goes_on))
    assert [(event["kind"], event["text"]) for event in events] == [("request", "Rain?"), ("response", "No rain")]


def test_a_call_that_failed_has_no_response(tmp_path: Path):
    [request], _ = read(tmp_path, spans({**call(error__type="timeout"), "status": {"code": 2}}))
    assert (request["kind"], request["error_type"], request["interaction_id"]) == ("request", "timeout", None)


@pytest.mark.parametrize(
    ("naming", "kept"),
    [(Naming(), ["chat"]), (Naming(responses="agents"), ["invoke_agent"])],
    ids=["calls", "agents"],
)
def test_calls_or_whole_runs_of_agents_are_shown(tmp_path: Path, naming: Naming, kept: list[str]):
    operations = ("chat", "invoke_agent", "embeddings", "execute_tool")
    given = [call(f"A{number}", gen_ai__operation__name=name) for number, name in enumerate(operations)]
    events, reasons = read(tmp_path, spans(*given), naming=naming)
    assert [event["operation"] for event in events if event["kind"] == "response"] == kept
    assert set(reasons) == {"the span is no model call whose answer people are shown"}
    assert len(reasons) == 3


def test_an_act_finds_its_answer_by_response_by_span_or_by_conversation(tmp_path: Path):
    answered = call(gen_ai__conversation__id="c1", gen_ai__response__id="r1")
    acts = [
        event("feedback.copy", span="F1", gen_ai__conversation__id="c1", gen_ai__response__id="r1"),
        event("feedback.copy", span="F1", gen_ai__response__id="r1"),
        event("feedback.copy", at=8),
        event("feedback.copy", span="F1", gen_ai__conversation__id="c1"),
    ]
    events, reasons = read(tmp_path, logs(*acts), spans(answered))
    copies = [event for event in events if event["kind"] == "copy"]
    assert [copy["session_id"] for copy in copies] == ["c1"] * 4
    assert [copy["interaction_id"] for copy in copies] == ["r1", "r1", "r1", None]
    assert len({copy["event_id"] for copy in copies}) == 4
    assert reasons == []


def test_an_act_on_an_answer_nobody_knows_is_said_to_be_one(tmp_path: Path):
    events, [reason] = read(tmp_path, logs(event("feedback.copy", gen_ai__response__id="r9")))
    assert events == []
    assert reason.startswith("names no gen_ai.conversation.id, and its span is in none of the files beside it")


def test_the_file_beside_it_may_be_packed_and_read_in_any_order(tmp_path: Path):
    shutil.copy(RECORDED / "logs.jsonl", tmp_path / "a-logs.jsonl")
    shutil.copy(RECORDED / "traces.jsonl", tmp_path / "b-traces.jsonl")
    (tmp_path / "notes.json").write_text("no JSON")
    [log] = read_otel(tmp_path / "a-logs.jsonl")
    assert log.frame.height == 9
    (tmp_path / "b-traces.jsonl").unlink()
    [alone] = read_otel(tmp_path / "a-logs.jsonl")
    assert alone.frame["kind"].to_list() == ["copy", "accept", "undo", "rating", "request", "response", "escalate"]


@pytest.mark.parametrize(
    ("more", "scales", "rating"),
    [
        ({"gen_ai__evaluation__name": "user_feedback", "gen_ai__evaluation__score__value": 1}, {}, 1.0),
        ({"gen_ai__evaluation__name": "thumbs", "gen_ai__evaluation__score__label": "thumbs-down"}, {}, 0.0),
        ({"gen_ai__evaluation__name": "stars", "gen_ai__evaluation__score__value": 4}, {"stars": (1, 5)}, 0.75),
        ({"gen_ai__evaluation__name": "quality", "gen_ai__evaluation__score__value": 0.5}, {"quality": (0, 1)}, 0.5),
    ],
)
def test_evaluations_by_people_are_ratings(tmp_path: Path, more: dict, scales: dict, rating: float):
    given = logs(event("gen_ai.evaluation.result", gen_ai__conversation__id="c1", **more))
    [found], _ = read(tmp_path, given, naming=Naming(scales=scales))
    assert (found["kind"], found["value"]) == ("rating", rating)


def test_the_early_user_feedback_event_goes_from_minus_one_to_one(tmp_path: Path):
    given = event("gen_ai.evaluation.user_feedback", gen_ai__conversation__id="c1", gen_ai__evaluation__score=-1.0)
    [found], _ = read(tmp_path, logs(given))
    assert found["value"] == 0.0


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"gen_ai__evaluation__name": "relevance", "gen_ai__evaluation__score__value": 1},
         "the score 'relevance' was given by a program"),
        ({"gen_ai__evaluation__name": "stars", "gen_ai__evaluation__score__value": 4},
         "the rating 'stars' cannot be used: its score lies outside 0 to 1"),
    ],
)  # fmt: skip
def test_other_evaluations_are_not_used(tmp_path: Path, more: dict, reason: str):
    events, [found] = read(tmp_path, logs(event("gen_ai.evaluation.result", gen_ai__conversation__id="c1", **more)))
    assert events == []
    assert found.startswith(reason)


def test_names_of_ones_own(tmp_path: Path):
    naming = Naming(events={"ghost.taken": "accept"}, columns={"app.tenant": "tenant", "service.name": "service"})
    given = event("ghost.taken", gen_ai__conversation__id="c1", app__tenant="acme", feedback__value=3)
    export = logs(given)
    export["resourceLogs"][0]["resource"] = {"attributes": attributes({"service.name": "editor"})}
    [found], _ = read(tmp_path, export, naming=naming)
    assert (found["kind"], found["tenant"], found["service"], found["feature"]) == (
        "accept", "acme", "editor", "editor",
    )  # fmt: skip
    with pytest.raises(SettingsError, match=r"ghost\.taken means 'take', which is no kind"):
        read(tmp_path, export, naming=Naming(events={"ghost.taken": "take"}))


def test_names_in_the_settings_reach_the_reader(tmp_path: Path):
    (tmp_path / "logs.jsonl").write_text(json.dumps(logs(event("ghost.taken", gen_ai__conversation__id="c1"))))
    settings = Settings(sources=Naming(events={"ghost.taken": "accept"}))
    read = ingest_logs(Store(tmp_path / "s"), [tmp_path / "logs.jsonl"], clock=lambda: LATER, settings=settings)
    assert (read.n_new, read.n_quarantined) == (1, 0)


def test_a_details_event_tells_a_call_by_itself(tmp_path: Path):
    given = event(
        "gen_ai.client.inference.operation.details", gen_ai__operation__name="chat", gen_ai__conversation__id="c1",
        gen_ai__input__messages=[said("user", "Hi")], gen_ai__output__messages=[said("assistant", "Hello")],
    )  # fmt: skip
    events, _ = read(tmp_path, logs(given))
    assert [(event["kind"], event["text"], event["session_id"]) for event in events] == [
        ("request", "Hi", "c1"), ("response", "Hello", "c1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        ({"kind": "view"}, "the record is no OTLP export: it has no resourceSpans, resourceLogs or resourceMetrics"),
        ({"resourceSpans": 5}, "its resourceSpans are no list"),
        ({"resourceSpans": [5]}, "its resourceSpans hold something that is no object"),
        ({"resourceSpans": []}, "the export holds nothing"),
        (spans(5), "the span is no object"),
        (spans({**call(), "spanId": None}), "the call has neither traceId and spanId nor gen_ai.response.id"),
        (spans({**call(), "traceId": "0" * 32}), "the call has neither traceId and spanId nor gen_ai.response.id"),
        (logs({"body": {"stringValue": "line"}}), "the log record is no event: it has no eventName"),
        (spans(call(gen_ai__operation__name=["chat"])), "the span is no model call whose answer people are shown"),
        ({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "x"}]}]}]},
         "a metric sums up many answers and says nothing of one"),
    ],
)  # fmt: skip
def test_what_is_no_use_has_a_reason(tmp_path: Path, export: dict, reason: str):
    assert read(tmp_path, export) == ([], [reason])


def test_broken_lines_and_odd_values_lose_nothing_else(tmp_path: Path):
    odd = call(gen_ai__usage__input_tokens="many", gen_ai__conversation__id=7, gen_ai__response__id="")
    odd["attributes"] += [{"key": 5}, 7, {"key": "x", "value": {"doubleValue": "NaN"}}]
    odd["startTimeUnixNano"] = "soon"
    file = tmp_path / "otel.jsonl"
    file.write_text("{\n" + json.dumps(spans(odd)) + "\n\n[1]\n")
    [log] = read_otel(file)
    assert log.frame["session_id"].to_list() == ["7", "7"]
    assert log.broken["row"].to_list() == [1, 3]


def test_user_text_is_in_no_reason(tmp_path: Path):
    secret = "my secret: 555 1234 5678 !!"
    given = [event(secret, gen_ai__conversation__id="c1", body=secret),
             event("gen_ai.evaluation.result", gen_ai__evaluation__name=f"{secret}\nuser")]  # fmt: skip
    _, reasons = read(tmp_path, logs(*given))
    assert not any("555" in reason for reason in reasons)
