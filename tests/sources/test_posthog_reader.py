"""PostHog: what its client wrote, its exports in every form, surveys, metrics and product events."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from feedback.pipeline import ingest_logs, run_labels
from feedback.settings import Naming, Settings
from feedback.sources import choose_format
from feedback.sources.posthog import read_posthog
from feedback.store import Store

RECORDED = Path(__file__).parent / "recorded" / "posthog" / "events.jsonl"
LATER = datetime(2026, 12, 1, tzinfo=UTC)
THUMBS = Naming(scales={"s1": (2, 1)})


def event(name: str, *, at: int = 0, uuid: str | None = None, **properties: Any) -> dict:
    """Return an event of person u1; `ai__trace_id` is the property `$ai_trace_id`."""
    named = {key.replace("ai__", "$ai_").replace("survey__", "$survey_"): value for key, value in properties.items()}
    when = f"2026-11-21T10:00:{at:02}.000000+00:00"
    return {
        "uuid": uuid or f"{name}-{at}", "event": name, "distinct_id": "u1", "timestamp": when, "properties": named,
    }  # fmt: skip


def generation(*, at: int = 0, trace: str | None = "t1", **properties: Any) -> dict:
    asked = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]
    answered = [{"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}]
    given = {"ai__input": asked, "ai__output_choices": answered, "ai__latency": 2.0, "ai__model": "m1", **properties}
    return event("$ai_generation", at=at, ai__trace_id=trace, **given)


def write(folder: Path, *events: dict) -> Path:
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return file


def read(folder: Path, *events: dict, naming: Naming | None = None) -> tuple[list[dict], list[str]]:
    [log] = read_posthog(write(folder, *events), naming)
    return log.frame.to_dicts(), log.broken["reason"].to_list()


def test_a_recorded_file_goes_to_labels_and_every_row_is_accounted_for(tmp_path: Path):
    settings = Settings(sources=Naming(scales={"survey-1": (2, 1)}))
    store = Store(tmp_path)
    found = ingest_logs(store, [RECORDED], clock=lambda: LATER, settings=settings)
    assert (found.n_rows, found.n_new, found.n_duplicates, found.n_quarantined) == (10, 7, 0, 3)
    run_labels(store, clock=lambda: LATER, watermark="end", settings=settings)
    labels = store.table("labels").sort("shown_at").collect()
    assert labels.select("session_id", "feature", "reason").rows() == [
        ("session-1", "help-chat", "accepted_and_kept"),
        ("session-1", "help-chat", "rated_down"),
    ]
    assert ingest_logs(store, [RECORDED], clock=lambda: LATER, settings=settings).n_duplicates == 7


def test_it_is_recognised():
    assert choose_format(RECORDED).why == "records have event and distinct_id"


def test_a_generation_is_a_request_and_a_response(tmp_path: Path):
    given = generation(ai__span_id="g1", ai__session_id="c1", ai__input_tokens=7, ai__total_cost_usd=0.01, at=9)
    [request, response], reasons = read(tmp_path, given)
    assert [(event["kind"], event["text"]) for event in (request, response)] == [
        ("request", "Hi"), ("response", "Hello"),
    ]  # fmt: skip
    assert (response["occurred_at"] - request["occurred_at"]).total_seconds() == 2
    known = ("session_id", "interaction_id", "user_id", "model", "latency_ms", "n_input_tokens", "cost_usd")
    assert [response[name] for name in known] == ["c1", "g1", "u1", "m1", 2000.0, 7.0, 0.01]
    assert reasons == []


def test_a_generation_that_failed_or_calls_tools_shows_nothing(tmp_path: Path):
    calls = [{"role": "assistant", "content": [{"type": "function", "function": {"name": "weather"}}]}]
    goes_on = [{"role": "user", "content": "Rain?"}, {"role": "tool", "content": "no"}]
    given = [
        generation(at=1, ai__is_error=True),
        generation(at=2, ai__output_choices=calls),
        generation(at=3, ai__output_choices=calls, ai__input=goes_on),
    ]
    events, reasons = read(tmp_path, *given)
    assert [(event["kind"], event.get("interaction_id")) for event in events] == [("request", None), ("request", None)]
    assert reasons == ["the answer only calls tools; people are not shown it"]


def test_a_trace_is_read_where_it_has_no_generations(tmp_path: Path):
    state = {"ai__input_state": "Hi", "ai__output_state": {"role": "assistant", "content": "Hello"}}
    events, reasons = read(
        tmp_path, generation(), event("$ai_trace", ai__trace_id="t1", **state),
        event("$ai_trace", at=1, ai__trace_id="t2", **state),
    )  # fmt: skip
    assert [(event["session_id"], event["text"]) for event in events] == [
        ("t1", "Hi"), ("t1", "Hello"), ("t2", "Hi"), ("t2", "Hello"),
    ]  # fmt: skip
    assert reasons == ["the trace as a whole; its generations are read"]


@pytest.mark.parametrize(
    ("answers", "rating"),
    [
        ({"survey__response": 1}, 1.0),
        ({"survey__response": "2"}, 0.0),
        ({"survey__response_q7": "too long", "survey__response": 2}, 0.0),
        ({"survey__response": "thumbs-up"}, 1.0),
    ],
)
def test_a_survey_is_a_rating_of_the_answer_before_it(tmp_path: Path, answers: dict, rating: float):
    survey = event("survey sent", at=5, ai__trace_id="t1", survey__id="s1", **answers)
    before, after = generation(at=4, ai__session_id="c1"), generation(at=8, ai__session_id="c1")
    events, _ = read(tmp_path, survey, after, before, naming=THUMBS)
    [found] = [event for event in events if event["kind"] == "rating"]
    assert (found["session_id"], found["interaction_id"], found["value"]) == ("c1", "$ai_generation-4", rating)
    assert found["text"] == answers.get("survey__response_q7")


@pytest.mark.parametrize(
    ("survey", "reason"),
    [
        ({"ai__trace_id": "t1", "survey__response": 1}, "the survey 's1' does not say its scale; [sources.scales] can"),
        ({"survey__response": 1}, "the survey names no $ai_trace_id"),
        ({"ai__trace_id": "t1", "survey__response": "I am my secret"}, "the survey was answered in words"),
        ({"ai__trace_id": "t1"}, "the survey was answered in words"),
    ],
)
def test_surveys_that_cannot_be_used(tmp_path: Path, survey: dict, reason: str):
    events, [found] = read(tmp_path, event("survey sent", survey__id="s1", **survey))
    assert events == []
    assert found.startswith(reason)
    assert "secret" not in found


def test_metrics_of_people_are_ratings(tmp_path: Path):
    given = [
        event("$ai_metric", at=1, ai__trace_id="t1", ai__metric_name="user_rating", ai__metric_value="0.25"),
        event("$ai_metric", at=2, ai__trace_id="t1", ai__metric_name="feedback", ai__metric_value="good"),
        event("$ai_metric", at=3, ai__trace_id="t1", ai__metric_name="accuracy", ai__metric_value="95"),
        event("$ai_metric", at=4, ai__trace_id="t1", ai__metric_name="user_stars", ai__metric_value="4"),
    ]
    events, reasons = read(tmp_path, *given)
    assert [event["value"] for event in events] == [0.25, 1.0]
    assert len(reasons) == 2


def test_product_events(tmp_path: Path):
    naming = Naming(events={"ghost taken": "accept", "$ai_feedback": "copy"}, columns={"plan": "plan"})
    given = [
        event("suggestion accepted", at=1, ai__trace_id="t1", plan="pro"),
        event("ghost taken", at=2, **{"$session_id": "w1"}),
        event("ai_response_edited", at=3, ai__session_id="c1", value=0.4, text="Better"),
        event("$ai_feedback", at=4, ai__trace_id="t1"),
        event("answer rated", at=5, ai__trace_id="t1", value="up"),
        event("suggestion accepted", at=6),
        event("$pageview", at=7),
    ]
    events, reasons = read(tmp_path, *given, naming=naming)
    assert [(event["kind"], event["session_id"], event["value"]) for event in events] == [
        ("accept", "t1", None), ("accept", "w1", None), ("edit", "c1", 0.4), ("copy", "t1", None),
        ("rating", "t1", 1.0),
    ]  # fmt: skip
    assert events[0]["plan"] == "pro"
    assert reasons == [
        "the event names no $ai_trace_id, $ai_session_id or $session_id",
        "the event '$pageview' says nothing of an answer; [sources.events] can give it a kind",
    ]


@pytest.mark.parametrize(
    "name", ["$ai_span", "$ai_embedding", "$ai_evaluation", "$ai_feedback", "survey shown", "survey dismissed"]
)
def test_what_is_passed_over_has_a_reason_of_its_own(tmp_path: Path, name: str):
    events, [reason] = read(tmp_path, event(name, ai__trace_id="t1"))
    assert events == []
    assert "[sources.events]" not in reason


def test_every_form_of_export_gives_the_same_events(tmp_path: Path):
    given = [generation(at=1), event("suggestion accepted", at=5, ai__trace_id="t1")]
    flat = pl.DataFrame([{**record, "properties": json.dumps(record["properties"])} for record in given])
    forms = {name: tmp_path / name for name in ("jsonl", "batch", "parquet", "csv", "columns")}
    for folder in forms.values():
        folder.mkdir()
    write(forms["jsonl"], *given)
    (forms["batch"] / "batch.json").write_text(json.dumps({"api_key": "x", "batch": given}))
    flat.write_parquet(forms["parquet"] / "events.parquet")
    flat.write_csv(forms["csv"] / "events.csv")
    wide = [
        {**{key: record[key] for key in ("uuid", "event", "distinct_id", "timestamp")},
         **{f"properties.{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in record["properties"].items()}}
        for record in given
    ]  # fmt: skip
    pl.DataFrame(wide).write_csv(forms["columns"] / "wide.csv")
    found = {}
    for name, folder in forms.items():
        [file] = folder.iterdir()
        [log] = read_posthog(file)
        found[name] = log.frame.select("event_id", "kind", "session_id", "interaction_id", "text", "latency_ms").rows()
    assert len(found["jsonl"]) == 3
    assert all(rows == found["jsonl"] for rows in found.values())


def test_a_survey_in_a_later_file_finds_its_answer(tmp_path: Path):
    (tmp_path / "1.jsonl").write_text(json.dumps(generation(at=1, ai__session_id="c1", ai__span_id="g1")))
    survey = event("survey sent", at=5, ai__trace_id="t1", survey__id="s1", survey__response=1)
    (tmp_path / "2.jsonl").write_text(json.dumps(survey))
    [log] = read_posthog(tmp_path / "2.jsonl", THUMBS)
    assert log.frame.select("session_id", "interaction_id").rows() == [("c1", "g1")]


def test_broken_records_lose_nothing_else(tmp_path: Path):
    file = tmp_path / "events.jsonl"
    odd = {"event": "$ai_generation", "distinct_id": 5, "timestamp": "soon", "properties": "[1]"}
    lines = ["{", "7", '{"event": 5}', json.dumps(odd), json.dumps(generation(ai__latency="slow"))]
    file.write_text("\n".join(lines))
    [log] = read_posthog(file)
    assert log.frame["(row)"].to_list() == [5, 5]
    assert log.broken["row"].to_list() == [1, 2, 3, 4]
