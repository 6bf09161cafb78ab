"""Model calls in OpenTelemetry: which spans are one, what is known of it, and what was asked and answered."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from feedback.settings import Naming
from feedback.sources.event_names import rename
from feedback.sources.foreign_fields import as_number
from feedback.sources.message_texts import Message, last_request, read_messages
from feedback.sources.otlp import Item, plain_attributes, read_nanos

_CALLS = frozenset({"chat", "text_completion", "generate_content", "completion"})
_RUNS = frozenset({"invoke_agent", "invoke_workflow"})
_ERROR = (2, "STATUS_CODE_ERROR")
_SESSION = ("gen_ai.conversation.id", "session.id")
_USER = ("user.id", "enduser.id", "enduser.pseudo.id")
_DIMENSIONS = {
    "feature": ("feedback.feature", "feature"),
    "model": ("gen_ai.response.model", "gen_ai.request.model"),
    "provider": ("gen_ai.provider.name", "gen_ai.system"),
    "operation": ("gen_ai.operation.name",),
    "agent": ("gen_ai.agent.name",),
    "prompt_name": ("gen_ai.prompt.name",),
    "prompt_version": ("gen_ai.prompt.version", "prompt_version"),
    "error_type": ("error.type",),
}
_OF_THE_SENDER = {
    "feature": ("feedback.feature", "service.name"),
    "service_version": ("service.version",),
    "environment": ("deployment.environment.name", "deployment.environment"),
}
_MEASURES = {
    "n_input_tokens": (("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"), 1.0),
    "n_output_tokens": (("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"), 1.0),
    "n_cached_tokens": (("gen_ai.usage.cache_read.input_tokens",), 1.0),
    "n_reasoning_tokens": (("gen_ai.usage.reasoning.output_tokens",), 1.0),
    "first_token_ms": (("gen_ai.response.time_to_first_chunk",), 1000.0),
    "cost_usd": (("gen_ai.usage.cost",), 1.0),
}
_INPUTS = ("gen_ai.input.messages", "gen_ai.prompt")
_OUTPUTS = ("gen_ai.output.messages", "gen_ai.completion")
_NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,4})\.(role|content)")


class Call(NamedTuple):
    """One model call, without what was said.

    Parameters
    ----------
    key
        Its trace and span.
    session_id, interaction_id
        What its answer goes by.
    began_at, ended_at
        When; null where it is not said.
    columns
        User, dimensions and measures.
    """

    key: str
    session_id: str
    interaction_id: str
    began_at: datetime | None
    ended_at: datetime | None
    columns: Mapping[str, Any]


class Said(NamedTuple):
    """What was said in a call; `is_known` is false where nothing of it was recorded."""

    asked: Sequence[Message]
    answered: Sequence[Message]

    @property
    def is_known(self) -> bool:
        """Whether anything was recorded."""
        return bool(self.asked or self.answered)


def is_shown(item: Item, naming: Naming) -> bool:
    """Return whether people are shown what this span or log record tells of: an answer, or an agent's result."""
    operation = first_text(item.attributes, ("gen_ai.operation.name",))
    if naming.responses == "agents":
        return operation in _RUNS
    if operation is None:
        kind = first_text(item.attributes, ("llm.request.type",))
        return kind in (None, *_CALLS) and "gen_ai.request.model" in item.attributes
    return operation in _CALLS


def span_key(content: Mapping[str, Any]) -> str | None:
    """Return trace and span of a span or log record; null when it names none.

    Examples
    --------
    >>> span_key({"traceId": "5B8E", "spanId": "EEE1"})
    '5b8e/eee1'
    """
    trace, span = content.get("traceId"), content.get("spanId")
    is_named = isinstance(trace, str) and isinstance(span, str) and trace.strip("0") and span.strip("0")
    return f"{trace}/{span}".lower() if is_named else None


def read_call(item: Item, naming: Naming) -> Call | str:
    """Return what is known of a call, or why it cannot be used."""
    answer = first_text(item.attributes, ("gen_ai.response.id",))
    key = span_key(item.content) or answer
    if key is None:
        return "the call has neither traceId and spanId nor gen_ai.response.id"
    began, ended = read_nanos(item.content.get("startTimeUnixNano")), read_nanos(item.content.get("endTimeUnixNano"))
    columns = further_columns(item, naming)
    if began and ended and ended >= began:
        columns = {"latency_ms": (ended - began).total_seconds() * 1000, **columns}
    return Call(
        key,
        find_session(item) or key.split("/")[0],
        answer or key,
        began,
        ended or read_nanos(item.content.get("timeUnixNano")) or read_nanos(item.content.get("observedTimeUnixNano")),
        columns,
    )


def find_session(item: Item) -> str | None:
    """Return the conversation or session an item names; null when it names none."""
    return first_text(item.attributes, _SESSION)


def first_text(attributes: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """Return the first of these attributes that holds text or a whole number.

    Examples
    --------
    >>> first_text({"user.id": 7, "enduser.id": "u1"}, ("session.id", "user.id", "enduser.id"))
    '7'
    """
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return None


def further_columns(item: Item, naming: Naming) -> dict[str, Any]:
    """Return user, dimensions and measures of an item: what the conventions name, then what `feedback.toml` does."""
    sender = {name: first_text(item.resource, names) for name, names in _OF_THE_SENDER.items()}
    own = {name: first_text(item.attributes, names) for name, names in _DIMENSIONS.items()}
    reasons = item.attributes.get("gen_ai.response.finish_reasons")
    own["finish_reason"] = ", ".join(map(str, reasons)) if isinstance(reasons, list) and reasons else None
    own["user_id"] = first_text(item.attributes, _USER)
    measures = {name: _read_measure(item.attributes, names, unit) for name, (names, unit) in _MEASURES.items()}
    named = rename({**item.resource, **item.attributes}, naming)
    merged = {**sender, **{name: value for name, value in own.items() if value is not None}, **measures}
    return {name: value for name, value in {**merged, **named}.items() if _is_plain(value)}


def read_said(attributes: Mapping[str, Any]) -> Said:
    """Return what was asked and answered, by the conventions of today and of yesterday."""
    asked = [message for name in _INPUTS for message in read_messages(attributes.get(name), role="user")]
    answered = [message for name in _OUTPUTS for message in read_messages(attributes.get(name), role="assistant")]
    return Said(asked or _read_numbered(attributes, "prompt"), answered or _read_numbered(attributes, "completion"))


def add_span_events(said: Said, events: Iterable[Mapping[str, Any]]) -> Said:
    """Return what was said with the messages that were recorded as events of the span."""
    asked, answered = list(said.asked), list(said.answered)
    for event in events:
        told = read_told(str(event.get("name")), plain_attributes(event.get("attributes")), None)
        asked += told.asked
        answered += told.answered
    return Said(asked, answered)


def read_told(name: str, attributes: Mapping[str, Any], body: Any) -> Said:
    """Return what an event tells of what was said: nothing, when it is no event of messages.

    Examples
    --------
    >>> read_told("gen_ai.user.message", {}, {"content": "Hi"}).asked
    [Message(role='user', text='Hi', calls_tools=False)]
    """
    content = body if body is not None else attributes
    if name in ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion"):
        return read_said({**(body if isinstance(body, Mapping) else {}), **attributes})
    if name == "gen_ai.user.message":
        return Said(read_messages(content, role="user"), [])
    if name == "gen_ai.choice":
        return Said([], read_messages(content, role="assistant"))
    return Said([], [])


def tell_request(call: Call, said: Said) -> list[dict[str, Any]]:
    """Return the request of a call; none where the model went on from an answer or a tool of its own."""
    request = last_request(said.asked)
    if said.asked and request is None:
        return []
    return [
        {
            **call.columns, "event_id": f"{call.key}/request", "kind": "request", "session_id": call.session_id,
            "interaction_id": call.interaction_id, "occurred_at": call.began_at or call.ended_at,
            "text": request.text if request else None,
        }
    ]  # fmt: skip


def tell_responses(call: Call, said: Said, *, first: int = 0) -> list[dict[str, Any]]:
    """Return the responses of a call; none where the model only called tools.

    Parameters
    ----------
    first
        Number of the first of these answers among those to the one request, from 0.
    """
    answers: Sequence[Message] = [answer for answer in said.answered if answer.text or not answer.calls_tools]
    if not said.answered and "tool" not in str(call.columns.get("finish_reason")):
        answers = [Message("assistant", None)]
    marks = [f"-{number}" if number else "" for number in range(first, first + len(answers))]
    return [
        {
            **call.columns, "event_id": f"{call.key}/response{mark}", "kind": "response",
            "session_id": call.session_id, "interaction_id": f"{call.interaction_id}{mark}",
            "occurred_at": call.ended_at, "text": answer.text,
        }
        for mark, answer in zip(marks, answers, strict=True)
    ]  # fmt: skip


def has_failed(item: Item) -> bool:
    """Return whether a call ended in an error."""
    status = item.content.get("status")
    return "error.type" in item.attributes or (isinstance(status, Mapping) and status.get("code") in _ERROR)


def _read_numbered(attributes: Mapping[str, Any], which: str) -> list[Message]:
    """Return messages that were flattened into `gen_ai.prompt.0.role`, `gen_ai.prompt.0.content` ..."""
    found: dict[int, dict[str, Any]] = {}
    for name, value in attributes.items():
        match = _NUMBERED.fullmatch(name)
        if match and match[1] == which:
            found.setdefault(int(match[2]), {})[match[3]] = value
    role = "user" if which == "prompt" else "assistant"
    return [message for number in sorted(found) for message in read_messages([found[number]], role=role)]


def _read_measure(attributes: Mapping[str, Any], names: Iterable[str], unit: float) -> float | None:
    number = as_number(next((attributes[name] for name in names if name in attributes), None))
    return None if number is None else number * unit


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and value != ""
