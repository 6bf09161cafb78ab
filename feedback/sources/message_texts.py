"""Messages between people and models, in the shapes that telemetry has them, as plain text."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from feedback.sources.foreign_fields import as_json

_TEXT_TYPES = ("text", "input_text", "output_text", None)
_TOOL_CALLS = ("tool_call", "tool_use", "function")


class Message(NamedTuple):
    """One message.

    Parameters
    ----------
    role
        Who said it: user, assistant, system, tool ...; empty where it is not said.
    text
        What was said, its parts joined by line breaks; null when it holds no text.
    calls_tools
        Whether it asks for a tool to be run.
    """

    role: str
    text: str | None
    calls_tools: bool = False


def read_messages(value: Any, *, role: str = "") -> list[Message]:
    """Return the messages in a list, in JSON text of one, in a single message, or in plain text.

    Parts that are no text (pictures, reasoning, calls of tools) are left out.

    Parameters
    ----------
    value
        `[{"role": ..., "parts": [{"type": "text", "content": ...}]}]` (OpenTelemetry), `[{"role": ..., "content":
        ...}]` with content as text or as parts (OpenAI, Anthropic), or the same as JSON text.
    role
        Role of messages that name none.

    Examples
    --------
    >>> read_messages('[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]')
    [Message(role='user', text='Hi', calls_tools=False)]
    >>> read_messages("Hi", role="user")
    [Message(role='user', text='Hi', calls_tools=False)]
    """
    value = as_json(value)
    messages = value if isinstance(value, list) else [value]
    return [_read_message(message, role) for message in messages if message not in (None, "", {})]


def last_request(messages: Sequence[Message]) -> Message | None:
    """Return the user's message a model was called for; null when it goes on from an answer or a tool of its own.

    Examples
    --------
    >>> last_request([Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "How old are you?")])
    Message(role='user', text='How old are you?', calls_tools=False)
    >>> last_request([Message("user", "Hi"), Message("tool", "42")]) is None
    True
    """
    said = [message for message in messages if message.role not in ("system", "developer")]
    return said[-1] if said and said[-1].role in ("user", "human", "") else None


def _read_message(message: Any, role: str) -> Message:
    if not isinstance(message, Mapping):
        return Message(role, _join_parts([message]))
    inner = message.get("message")
    if isinstance(inner, Mapping):
        message = {**inner, "role": inner.get("role") or message.get("role")}
    parts = next((message[key] for key in ("parts", "content", "text") if message.get(key) is not None), None)
    parts = parts if isinstance(parts, list) else [parts]
    named = message.get("role")
    calls = bool(message.get("tool_calls")) or any(_is_call(part) for part in parts)
    return Message(named if isinstance(named, str) and named else role, _join_parts(parts), calls)


def _is_call(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in _TOOL_CALLS


def _join_parts(parts: Sequence[Any]) -> str | None:
    texts = [text for part in parts if isinstance(text := _text_of(part), str) and text]
    return "\n".join(texts) or None


def _text_of(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    if part.get("type") not in _TEXT_TYPES:
        return None
    return part.get("content") if "content" in part else part.get("text")
