"""PostHog: generations as requests and responses, surveys and metrics of people as ratings, product events as acts.

One row is one event, numbered through the file; the batches that PostHog's clients send hold many.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from feedback.settings import Naming
from feedback.sources.event_names import find_kind, is_by_people, read_rating, rename
from feedback.sources.foreign_fields import as_id, as_number, is_empty, take_metadata, without_nulls
from feedback.sources.message_texts import Message, last_request, read_messages
from feedback.sources.own_names import current_naming
from feedback.sources.posthog_index import (
    GENERATION,
    Broken,
    Event,
    TraceIndex,
    answer_id,
    read_posthog_events,
    recognise_posthog,
)
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.records import Translated, gather
from feedback.sources.verdict_values import show_name

_DIMENSIONS = {
    "feature": ("feature", "ai_product", "$ai_span_name"),
    "model": ("$ai_model",),
    "provider": ("$ai_provider",),
    "prompt_name": ("$ai_prompt_name",),
    "prompt_version": ("prompt_version", "$ai_prompt_version"),
}
_MEASURES = {
    "n_input_tokens": ("$ai_input_tokens", 1.0),
    "n_output_tokens": ("$ai_output_tokens", 1.0),
    "n_cached_tokens": ("$ai_cache_read_input_tokens", 1.0),
    "latency_ms": ("$ai_latency", 1000.0),
    "first_token_ms": ("$ai_time_to_first_token", 1000.0),
    "cost_usd": ("$ai_total_cost_usd", 1.0),
}
_PASSED_OVER = {
    "$ai_span": "a step inside a trace; the generations are read",
    "$ai_embedding": "an embedding is shown to nobody",
    "$ai_evaluation": "the evaluation was made by a program, not by a person",
    "$ai_feedback": "what somebody said of a trace, without a verdict",
    "survey shown": "a survey that was shown says nothing before it is answered",
    "survey dismissed": "a survey that was dismissed says nothing of an answer",
}
_NO_SESSION = "the event names no $ai_trace_id, $ai_session_id or $session_id"

Told = tuple[list[dict[str, Any]], str | None]


def read_posthog(file: Path, naming: Naming | None = None) -> Iterator[RawLog]:
    """Yield the events of an export of PostHog events, in batches.

    A survey names a trace, seldom its session: the files beside it are looked up.

    Parameters
    ----------
    file
        JSON Lines, Parquet or CSV, as a batch export or the API writes them.
    naming
        What names of a team's own mean, surveys among them; without it, what holds where files are being read.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from gather(_translate(file, naming or current_naming()))


def _translate(file: Path, naming: Naming) -> Iterator[Translated]:
    index = TraceIndex(file)
    for event in read_posthog_events(file):
        if isinstance(event, Broken):
            yield Translated(event.row, [], event.reason)
        else:
            events, reason = _tell(event, index, naming)
            yield Translated(event.row, [without_nulls(told) for told in events], reason)


def _tell(event: Event, index: TraceIndex, naming: Naming) -> Told:
    if event.name in naming.events:
        return _tell_product_event(event, index, naming)
    if event.name in _PASSED_OVER:
        return [], _PASSED_OVER[event.name]
    return _TELLERS.get(event.name, _tell_product_event)(event, index, naming)


def _tell_product_event(event: Event, index: TraceIndex, naming: Naming) -> Told:
    kind = find_kind(event.name, naming)
    if kind is None:
        return [], f"the event{show_name(event.name)} says nothing of an answer; [sources.events] can give it a kind"
    if kind == "rating":
        return _tell_rating(event, event.name, event.properties.get("value"), index, naming)
    return _tell_act(event, kind, index, naming, value=as_number(event.properties.get("value")))


def _tell_call(event: Event, _: TraceIndex, naming: Naming) -> Told:
    return _tell_generation(event, naming, ("$ai_input",), ("$ai_output_choices", "$ai_output"))


def _tell_trace(event: Event, index: TraceIndex, naming: Naming) -> Told:
    if index.has_generations(event):
        return [], "the trace as a whole; its generations are read"
    return _tell_generation(event, naming, ("$ai_input_state",), ("$ai_output_state",))


def _tell_generation(event: Event, naming: Naming, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Told:
    session = event.session_id
    if session is None:
        return [], _NO_SESSION
    asked = [message for name in inputs for message in read_messages(event.properties.get(name), role="user")]
    answered = [message for name in outputs for message in read_messages(event.properties.get(name), role="assistant")]
    shown: list[Message] = [message for message in answered if message.text or not message.calls_tools]
    shown = shown if answered else [Message("assistant", None)]
    is_error = str(event.properties.get("$ai_is_error", False)).lower() == "true"
    shared = {**_columns(event, naming), "session_id": session}
    responses = [] if is_error else _tell_answers(event, shown, shared)
    request = last_request(asked)
    events = [] if asked and request is None else [_tell_request(event, request, shared, bool(responses))]
    events += responses
    return events, None if events else "the answer only calls tools; people are not shown it"


def _tell_request(event: Event, request: Message | None, shared: dict[str, Any], is_answered: bool) -> dict[str, Any]:
    latency = as_number(event.properties.get("$ai_latency")) or 0.0
    began = event.at - timedelta(seconds=latency) if event.at and 0 <= latency < 86_400 else event.at
    return {
        **shared, "event_id": f"{event.event_id}/request", "kind": "request", "occurred_at": began,
        "interaction_id": answer_id(event) if is_answered else None, "text": request.text if request else None,
    }  # fmt: skip


def _tell_answers(event: Event, answers: list[Message], shared: dict[str, Any]) -> list[dict[str, Any]]:
    marks = [f"-{number}" if number else "" for number in range(len(answers))]
    return [
        {
            **shared, "event_id": f"{event.event_id}/response{mark}", "kind": "response", "occurred_at": event.at,
            "interaction_id": f"{answer_id(event)}{mark}", "text": answer.text,
        }
        for mark, answer in zip(marks, answers, strict=True)
    ]  # fmt: skip


def _tell_survey(event: Event, index: TraceIndex, naming: Naming) -> Told:
    survey = as_id(event.properties.get("$survey_id")) or ""
    if event.trace_id is None:
        return [], "the survey names no $ai_trace_id, so it is not about an answer"
    answers = _list_answers(event)
    numbers = [answer for answer in answers if as_number(answer) is not None]
    texts = [answer for answer in answers if isinstance(answer, str) and as_number(answer) is None]
    if numbers and survey not in naming.scales:
        return [], (
            f"the survey{show_name(survey)} does not say its scale; [sources.scales] can: [2, 1] for thumbs "
            "(2 is down), [1, 5] for five steps"
        )
    verdict = numbers[0] if numbers else next(iter(texts), None)
    if not numbers and read_rating(survey, verdict, naming).value is None:
        return [], "the survey was answered in words that are no verdict"
    comment = next((text for text in texts if text is not verdict), None)
    return _tell_rating(event, survey, verdict, index, naming, text=comment)


def _list_answers(event: Event) -> list[Any]:
    """Return the answers to the questions of a survey, those of the first question first."""
    names = [name for name in event.properties if name.startswith("$survey_response")]
    ordered = sorted(names, key=lambda name: name != "$survey_response")
    return [value for name in ordered if not is_empty(value := event.properties[name])]


def _tell_metric(event: Event, index: TraceIndex, naming: Naming) -> Told:
    name = as_id(event.properties.get("$ai_metric_name")) or ""
    if not is_by_people(name, naming):
        return [], f"the metric{show_name(name)} was not given by a person; were it, [sources.scales] would say so"
    return _tell_rating(event, name, event.properties.get("$ai_metric_value"), index, naming)


def _tell_rating(
    event: Event, name: str, value: Any, index: TraceIndex, naming: Naming, *, text: str | None = None
) -> Told:
    rating = read_rating(name, value, naming)
    if rating.value is None:
        return [], f"the rating{show_name(name)} cannot be used: {rating.reason}"
    return _tell_act(event, "rating", index, naming, value=rating.value, text=text)


def _tell_act(
    event: Event, kind: str, index: TraceIndex, naming: Naming, *, value: float | None = None, text: str | None = None
) -> Told:
    session = index.session_of(event) if event.trace_id else event.session_id
    if session is None:
        return [], _NO_SESSION
    said = text or event.properties.get("text")
    named = as_id(event.properties.get("interaction_id")) or as_id(event.properties.get("$ai_generation_id"))
    act = {
        **_columns(event, naming), "event_id": event.event_id, "kind": kind, "occurred_at": event.at,
        "session_id": session, "interaction_id": named or index.answer_before(event), "value": value,
        "text": said if isinstance(said, str) else None,
    }  # fmt: skip
    return [act], None


def _columns(event: Event, naming: Naming) -> dict[str, Any]:
    found = event.properties
    texts = {name: next((text for key in keys if (text := as_id(found.get(key)))), None)
             for name, keys in _DIMENSIONS.items()}  # fmt: skip
    numbers = {name: as_number(found.get(key)) for name, (key, _) in _MEASURES.items()}
    measures = {name: None if number is None else number * _MEASURES[name][1] for name, number in numbers.items()}
    named = {column: value for column, value in rename(found, naming).items() if isinstance(value, str | int | float)}
    return without_nulls({"user_id": event.user_id, **take_metadata(found), **texts, **measures, **named})


_TELLERS = {GENERATION: _tell_call, "$ai_trace": _tell_trace, "survey sent": _tell_survey, "$ai_metric": _tell_metric}
POSTHOG = Format("posthog", (), read_posthog, recognise_posthog)
