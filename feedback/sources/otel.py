"""OpenTelemetry: model calls and what people did with the answers, from OTLP as JSON.

One row is one span, log record or metric, numbered through the file: a line of it may hold hundreds of them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feedback.settings import Naming
from feedback.sources.event_names import find_kind
from feedback.sources.otel_calls import (
    Call,
    add_span_events,
    has_failed,
    is_shown,
    read_call,
    read_said,
    tell_request,
    tell_responses,
)
from feedback.sources.otel_events import Told, tell_act, tell_log
from feedback.sources.otel_index import CallIndex, Place, read_items
from feedback.sources.otlp import Item, list_of, plain_attributes, read_nanos, recognise_otlp
from feedback.sources.own_names import current_naming
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.records import Translated, gather

_FEEDBACK_EVENTS = ("gen_ai.evaluation.result", "gen_ai.evaluation.user_feedback")


def read_otel(file: Path, naming: Naming | None = None) -> Iterator[RawLog]:
    """Yield the events of a file of OTLP as JSON, in batches.

    A log record may tell what was said in a span of another file, or be about an answer there: the files beside it
    are looked up.

    Parameters
    ----------
    file
        One export request per line, as the collector's file exporter and `feedback receive` write them.
    naming
        What names of a team's own mean; without it, what holds where files are being read.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from gather(_translate(file, naming or current_naming()))


def _translate(file: Path, naming: Naming) -> Iterator[Translated]:
    index = CallIndex(file, naming)
    for place, item in read_items(file):
        events, reason = ([], item) if isinstance(item, str) else _tell(item, place, index, naming)
        yield Translated(place.row, events, reason)


def _tell(item: Item, place: Place, index: CallIndex, naming: Naming) -> Told:
    if item.signal == "metrics":
        return [], "a metric sums up many answers and says nothing of one"
    if item.signal == "log":
        return tell_log(item, place, index, naming)
    acts = _tell_acts(item, index, naming)
    events, reason = _tell_span(item, index, naming)
    return [*events, *acts], None if acts and not events else reason


def _tell_span(item: Item, index: CallIndex, naming: Naming) -> Told:
    if not is_shown(item, naming):
        return [], "the span is no model call whose answer people are shown"
    call = read_call(item, naming)
    if isinstance(call, str):
        return [], call
    said = add_span_events(read_said(item.attributes), _span_events(item))
    asks = said.is_known or not index.is_request_told(call.key)
    answers = said.is_known or not index.is_answer_told(call.key)
    responses = [] if has_failed(item) or not answers else tell_responses(call, said)
    requests = tell_request(call, said) if asks else []
    if answers and not responses:
        requests = [{**request, "interaction_id": None} for request in requests]
    events = [*requests, *responses]
    return events, None if events else _why_silent(call, index)


def _why_silent(call: Call, index: CallIndex) -> str:
    if index.is_answer_told(call.key):
        return "what was said in the span is in log records, which are read in its place"
    return "the call failed, or its answer only calls tools; people are not shown it"


def _tell_acts(item: Item, index: CallIndex, naming: Naming) -> list[dict[str, Any]]:
    """Return what events of a span tell of people; an event that says nothing of an answer is part of the span."""
    acts = []
    for event in _span_events(item):
        name, at = event.get("name"), read_nanos(event.get("timeUnixNano"))
        if isinstance(name, str) and (name in _FEEDBACK_EVENTS or find_kind(name, naming)):
            own = plain_attributes(event.get("attributes"))
            content = {**item.content, "timeUnixNano": event.get("timeUnixNano")}
            named = {key: value for key, value in item.attributes.items() if not key.startswith("gen_ai.usage.")}
            told = Item("log", content, {**named, **own}, item.resource)
            acts += tell_act(told, name, None, at, index, naming)[0]
    return acts


def _span_events(item: Item) -> list[dict[str, Any]]:
    return [event for event in list_of(item.content.get("events")) if isinstance(event, dict)]


OTEL = Format("otel", (), read_otel, recognise_otlp)
