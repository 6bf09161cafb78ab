"""What was asked and what was answered, out of the many shapes in which tools keep inputs and outputs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from feedback.sources.foreign_fields import as_json, is_empty

_DEEPEST = 8
_ROLES = {
    "user": "user", "human": "user", "humanmessage": "user", "prompter": "user",
    "assistant": "assistant", "ai": "assistant", "aimessage": "assistant", "gpt": "assistant", "model": "assistant",
    "bot": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant", "aimessagechunk": "assistant",
    "system": "system", "developer": "system", "systemmessage": "system",
    "tool": "tool", "function": "tool", "toolmessage": "tool", "observation": "tool", "function_call": "tool",
}  # fmt: skip
_LISTS = ("messages", "input_messages", "output_messages", "choices", "generations", "candidates", "conversation")
_WRAPPERS = ("message", "kwargs", "delta", "data", "content")
_ASKED = ("question", "query", "user_input", "input", "prompt", "request", "inputs", "message", "text", "content")
_ANSWERED = (
    "answer", "output", "response", "completion", "result", "generated_text", "output_text", "outputs", "reply",
    "message", "text", "content",
)  # fmt: skip


class Message(NamedTuple):
    """One message of a conversation: `role` is user, assistant, system, tool, or null where it is none of these."""

    role: str | None
    text: str | None


def find_asked(value: object) -> str | None:
    """Return what the person said in an input: the last message of theirs, else the text it holds.

    Examples
    --------
    >>> find_asked({"messages": [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]})
    'Hi'
    >>> find_asked('{"question": "How much?", "top_k": 3}'), find_asked("How much?")
    ('How much?', 'How much?')
    """
    return _find(value, "user", _ASKED)


def find_answered(value: object) -> str | None:
    """Return what was answered in an output: the last message of the assistant, else the text it holds.

    Examples
    --------
    >>> find_answered({"choices": [{"message": {"role": "assistant", "content": [{"type": "text", "text": "Ten"}]}}]})
    'Ten'
    """
    return _find(value, "assistant", _ANSWERED)


def read_message(value: object) -> Message:
    """Return the role and the text of a message, whatever its tool calls them.

    Examples
    --------
    >>> read_message({"from": "gpt", "value": "Hello"})
    Message(role='assistant', text='Hello')
    >>> read_message({"message.role": "user", "message.content": "Hi"})
    Message(role='user', text='Hi')
    """
    if not isinstance(value, Mapping):
        return Message(None, _join(value, 0))
    content = next(
        (value[name] for name in ("content", "value", "text", "parts", "message.content", "message.contents")
         if not is_empty(value.get(name))), None,
    )  # fmt: skip
    return Message(_find_role(value), _join(content, 0))


def _find_role(value: Mapping[str, Any]) -> str | None:
    names = value.get("id")
    last = names[-1] if isinstance(names, list) and names else None
    given = (value.get(name) for name in ("role", "from", "message.role", "type", "author", "sender"))
    for name in (*given, last):
        word = name.get("role") if isinstance(name, Mapping) else name
        if isinstance(word, str) and word.lower() in _ROLES:
            return _ROLES[word.lower()]
    return None


def _find(value: object, role: str, names: Sequence[str]) -> str | None:
    content = as_json(value)
    messages = _list_messages(content, 0)
    said = [message.text for message in messages if message.role == role and message.text]
    if said:
        return said[-1]
    if any(message.role for message in messages):
        return None
    return _find_text(content, names, 0)


def _list_messages(value: object, depth: int) -> list[Message]:
    """Return every message in a value that has a role, in order."""
    value = as_json(value) if depth else value
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return [message for item in value for message in _list_messages(item, depth + 1)]
    if not isinstance(value, Mapping):
        return []
    for name in _LISTS:
        if isinstance(value.get(name), list):
            return _list_messages(value[name], depth + 1)
    for name in _WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, Mapping):
            return _with_role(_list_messages(inner, depth + 1), _find_role(value))
    message = read_message(value)
    return [message] if message.role else []


def _with_role(messages: list[Message], role: str | None) -> list[Message]:
    return [message._replace(role=message.role or role) for message in messages]


def _find_text(value: object, names: Sequence[str], depth: int) -> str | None:
    value = as_json(value)
    if is_empty(value) or depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _join(value, depth) or _as_text(value)
    if isinstance(value, Mapping):
        for name in names:
            if not is_empty(value.get(name)):
                return _find_text(value[name], names, depth + 1)
        inner = [text for text in value.values() if isinstance(text, str) and text.strip()]
        return inner[0] if len(inner) == 1 and len(value) == 1 else _as_text(value)
    return _as_text(value)


def _join(content: object, depth: int) -> str | None:
    """Return the text of a message's content: text, or the text parts of a list; pictures and calls are left out."""
    if isinstance(content, str):
        return content if content.strip() else None
    if depth > _DEEPEST:
        return None
    if isinstance(content, Mapping):
        names = ("text", "content", "value", "message_content.text", "parts")
        return next((text for name in names if (text := _join(content.get(name), depth + 1))), None)
    if isinstance(content, list):
        texts = [text for part in content if (text := _join(part, depth + 1))]
        return "\n".join(texts) or None
    return None


def _as_text(value: object) -> str | None:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (ValueError, RecursionError):
        return None
