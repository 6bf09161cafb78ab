"""Log records of OpenTelemetry as events: what was said in a call, what people did with an answer, ratings."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from feedback.settings import Naming
from feedback.sources.event_names import find_kind, is_by_people, read_rating
from feedback.sources.foreign_fields import as_number
from feedback.sources.otel_calls import (
    Call,
    find_session,
    first_text,
    further_columns,
    is_shown,
    read_call,
    read_said,
    read_told,
    span_key,
    tell_request,
    tell_responses,
)
from feedback.sources.otel_index import DETAILS, MESSAGES, CallIndex, Place, event_name
from feedback.sources.otlp import Item, plain_value, read_int, read_nanos
from feedback.sources.verdict_values import Rating, show_name

_RESULT = "gen_ai.evaluation.result"
_USER_FEEDBACK = "gen_ai.evaluation.user_feedback"
_HISTORY = "the message is history: it was said before what this call was asked"
_APART = "its span is in none of the files beside it; keep traces and logs in one folder"

Told = tuple[list[dict[str, Any]], str | None]


class Act(NamedTuple):
    """An event that is no message: what happened, of which kind, with which value, or why that cannot be said."""

    kind: str
    value: float | None = None
    text: str | None = None


def tell_log(item: Item, place: Place, index: CallIndex, naming: Naming) -> Told:
    """Return the events of a log record, or why there are none."""
    name = event_name(item)
    if name is None:
        return [], "the log record is no event: it has no eventName"
    body = plain_value(item.content.get("body"))
    if name == DETAILS:
        return _tell_details(item, index, naming)
    if name == "gen_ai.system.message":
        return [], "the message is an instruction of the product, not of a person"
    if name in MESSAGES or name == "gen_ai.choice":
        return _tell_message(item, name, body, place, index)
    at = read_nanos(item.content.get("timeUnixNano")) or read_nanos(item.content.get("observedTimeUnixNano"))
    return tell_act(item, name, body, at, index, naming)


def tell_act(item: Item, name: str, body: Any, at: datetime | None, index: CallIndex, naming: Naming) -> Told:
    """Return what people did, as a named event tells it, or why it is of no use.

    The answer it is about is the one whose `gen_ai.response.id` it names, else the one whose span it belongs to,
    else the latest of its conversation.
    """
    act = _read_act(name, item.attributes, body, naming)
    if isinstance(act, str):
        return [], act
    about = _find_answer(item, index)
    if isinstance(about, str):
        return [], about
    session, interaction = about
    event = {
        **further_columns(item, naming), "event_id": _find_id(item, name, body), "kind": act.kind,
        "session_id": session, "interaction_id": interaction, "occurred_at": at, "text": act.text, "value": act.value,
    }  # fmt: skip
    return [event], None


def _tell_details(item: Item, index: CallIndex, naming: Naming) -> Told:
    if not is_shown(item, naming):
        return [], "the event tells of no model call whose answer people are shown"
    own = read_call(item, naming)
    if isinstance(own, str):
        return [], own
    span = index.of_span(own.key)
    call = own if span is None else span._replace(columns={**own.columns, **span.columns})
    said = read_said({**_mapping(plain_value(item.content.get("body"))), **item.attributes})
    events = _stamp([*tell_request(call, said), *tell_responses(call, said)], item)
    return events, None if events else "the answer only calls tools; people are not shown it"


def _tell_message(item: Item, name: str, body: Any, place: Place, index: CallIndex) -> Told:
    key = span_key(item.content)
    call = index.of_span(key)
    if key is None or call is None:
        return [], _APART
    said = read_told(name, item.attributes, body)
    if name == "gen_ai.choice":
        events = tell_responses(call, said, first=_read_number(body, item.attributes))
        return _stamp(events, item), None if events else "the answer only calls tools; people are not shown it"
    if name != "gen_ai.user.message" or not index.is_last_message(key, place):
        return [], _HISTORY
    return _stamp(tell_request(call, said), item), None


def _stamp(events: list[dict[str, Any]], item: Item) -> list[dict[str, Any]]:
    """Return the events with the time their log record was seen: so they win against copies told by a bare span."""
    seen = read_nanos(item.content.get("observedTimeUnixNano")) or read_nanos(item.content.get("timeUnixNano"))
    if seen is None:
        return events
    return [{**event, "received_at": max(event["occurred_at"] or seen, seen)} for event in events]


def _read_act(name: str, attributes: Mapping[str, Any], body: Any, naming: Naming) -> Act | str:
    if name in (_RESULT, _USER_FEEDBACK):
        return _read_evaluation(name, attributes, naming)
    kind = attributes.get("feedback.kind") or find_kind(name, naming)
    if not isinstance(kind, str):
        return f"the event{show_name(name)} says nothing of an answer; [sources.events] can give it a kind"
    fields = {**_mapping(body), **{name.removeprefix("feedback."): value for name, value in attributes.items()}}
    text = body if isinstance(body, str) else fields.get("text")
    value = fields.get("value")
    if kind == "rating":
        rating = read_rating(name, value, naming)
        return _no_rating(name, rating) if rating.value is None else Act(kind, rating.value)
    return Act(kind, as_number(value), text if isinstance(text, str) else None)


def _read_evaluation(name: str, attributes: Mapping[str, Any], naming: Naming) -> Act | str:
    metric = attributes.get("gen_ai.evaluation.name", "user_feedback" if name == _USER_FEEDBACK else "")
    if not isinstance(metric, str) or not is_by_people(metric, naming):
        return (
            f"the score{show_name(metric)} was given by a program, not by a person; were it by people, "
            "[sources.scales] would say so"
        )
    score = attributes.get("gen_ai.evaluation.score.value", attributes.get("gen_ai.evaluation.score"))
    if name == _USER_FEEDBACK and metric not in naming.scales:
        naming = Naming(scales={metric: (-1.0, 1.0)})
    label = attributes.get("gen_ai.evaluation.score.label")
    rating = read_rating(metric, score, naming, label=label)
    return _no_rating(metric, rating) if rating.value is None else Act("rating", rating.value)


def _no_rating(name: str, rating: Rating) -> str:
    return f"the rating{show_name(name)} cannot be used: {rating.reason}"


def _find_answer(item: Item, index: CallIndex) -> tuple[str, str | None] | str:
    """Return session and answer an act is about, or why that cannot be told."""
    session = find_session(item)
    interaction = first_text(item.attributes, ("gen_ai.response.id", "feedback.interaction_id"))
    if session and interaction:
        return session, interaction
    call: Call | None = index.of_answer(interaction) or index.of_span(span_key(item.content))
    if call is not None and interaction in (None, call.interaction_id):
        return call.session_id, call.interaction_id
    if interaction:
        return f"names no gen_ai.conversation.id, and {_APART}"
    trace = item.content.get("traceId")
    found = session or (trace.lower() if isinstance(trace, str) and trace.strip("0") else None)
    return (found, None) if found else "names neither gen_ai.conversation.id, gen_ai.response.id nor a trace"


def _find_id(item: Item, name: str, body: Any) -> str:
    given = first_text(item.attributes, ("feedback.event_id", "event.id", "log.record.uid"))
    at = item.content.get("timeUnixNano") or item.content.get("observedTimeUnixNano")
    parts = (item.content.get("traceId"), item.content.get("spanId"), read_int(at), name, item.attributes, body)
    return given or hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _read_number(body: Any, attributes: Mapping[str, Any]) -> int:
    return max(read_int(_mapping(body).get("index", attributes.get("index"))) or 0, 0)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
