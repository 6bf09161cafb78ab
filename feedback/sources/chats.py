"""Chat transcripts: messages and nothing else, as OpenAI, ShareGPT, WildChat and many data sets write them.

They become requests and responses. Whether somebody asked again, complained or said thanks is found in the text by
the labelling functions, which makes for weaker labels than behaviour does.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from feedback.sources.event_records import read_event_records
from feedback.sources.foreign_fields import as_id, as_json, as_moment, pick, without_nulls
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.records import Translated, gather
from feedback.sources.spoken import read_message

# Conversations without any time begin within four weeks from here, and their messages follow each other by a minute.
START = datetime(2025, 1, 6, tzinfo=UTC)
_SPREAD_S = 28 * 24 * 3_600
_APART = timedelta(minutes=1)
# Between a message whose time is known and its neighbour whose time is not.
_NEAR = timedelta(seconds=1)
_LISTS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "chat")
_IDS = ("conversation_hash", "conversation_id", "session_id", "thread_id", "chat_id", "dialogue_id", "id", "hash")
_USERS = ("user_id", "user", "hashed_ip")
_TIMES = ("timestamp", "created_at", "create_time", "created", "time", "date")
_SAID_BY = ("user", "assistant")


class _Said(NamedTuple):
    """A message of the person or of the assistant, and when it was said."""

    role: str
    text: str
    at: datetime | None


def read_chats(file: Path) -> Iterator[RawLog]:
    """Yield the requests and responses of a file of conversations, one conversation a record.

    A conversation is a session. Messages without times get some: a second from a neighbour that has one, else a
    minute apart from the conversation's own time, else from a start that depends on its id alone. The dimension
    `times` says `logged`, `partly synthetic` or `synthetic`. System and tool messages are left out; what the
    assistant said in several messages on end is one response.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from gather(_translate(row, record) for row, record in read_event_records(file))


def recognise_chats(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are conversations, or null.

    Examples
    --------
    >>> recognise_chats([{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}])
    'records hold conversations (messages of user and assistant)'
    """
    for record in records:
        roles = {message.role for message in map(read_message, _find_messages(record))}
        if roles >= set(_SAID_BY):
            return "records hold conversations (messages of user and assistant)"
    return None


def _translate(row: int, record: object) -> Translated:
    if isinstance(record, BrokenRecord):
        return Translated(row, [], record.reason)
    if not isinstance(record, Mapping):
        return Translated(row, [], "the record is no conversation, expected an object with messages")
    messages = _find_messages(record)
    if not messages:
        return Translated(row, [], f"the record is no conversation, expected messages in {', '.join(_LISTS[:3])}")
    said = _join_answers(_list_said(messages))
    if not said:
        return Translated(row, [], "the conversation holds no text of a user or an assistant")
    return Translated(row, _tell(record, said, _describe(record, messages)))


def _find_messages(record: object) -> list[Any]:
    """Return the messages of a conversation, those of a stored completion with the answer that was chosen."""
    for name in _LISTS:
        found = as_json(pick(record, name))
        if isinstance(found, list) and any(isinstance(each, Mapping) for each in found):
            return [*found, *_find_choice(record)]
    return []


def _find_choice(record: object) -> list[Any]:
    choices = as_json(pick(record, "choices", "response.choices"))
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return []
    message = choices[0].get("message")
    return [message] if isinstance(message, Mapping) else []


def _list_said(messages: Sequence[Any]) -> list[_Said]:
    read = ((read_message(each), each) for each in messages)
    return [
        _Said(message.role, message.text, as_moment(pick(each, *_TIMES)))
        for message, each in read
        if message.role in _SAID_BY and message.text is not None
    ]


def _join_answers(said: Sequence[_Said]) -> list[_Said]:
    joined: list[_Said] = []
    for each in said:
        if joined and each.role == joined[-1].role == "assistant":
            joined[-1] = joined[-1]._replace(text=f"{joined[-1].text}\n\n{each.text}", at=each.at or joined[-1].at)
        else:
            joined.append(each)
    return joined


def _describe(record: Mapping[str, Any], messages: Sequence[Any]) -> dict[str, Any]:
    """Return what is known of a whole conversation: its person, model, language and feature."""
    users = (as_id(pick(each, "hashed_ip")) for each in messages)
    return {
        "user_id": as_id(pick(record, *_USERS)) or next(filter(None, users), None),
        "model": as_id(pick(record, "model", "response.model")),
        "language": as_id(pick(record, "language", "lang")),
        "country": as_id(pick(record, "country")),
        "feature": as_id(pick(record, "feature")) or "chat",
    }


def _tell(record: Mapping[str, Any], said: Sequence[_Said], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    session = as_id(pick(record, *_IDS)) or _hash_texts(said)
    times, kind_of_times = _find_times(said, as_moment(pick(record, *_TIMES)), session)
    events = []
    for at, (each, moment) in enumerate(zip(said, times, strict=True)):
        is_answer = each.role == "assistant"
        is_answered = at + 1 < len(said) and said[at + 1].role == "assistant"
        answer = at if is_answer else at + 1 if is_answered else None
        event = {
            "event_id": f"{session}/{at}",
            "occurred_at": moment,
            "kind": "response" if is_answer else "request",
            "session_id": session,
            "interaction_id": None if answer is None else f"{session}/{answer}",
            "text": each.text,
            "times": kind_of_times,
            **known,
        }
        events.append(without_nulls(event))
    return events


def _find_times(said: Sequence[_Said], begun: datetime | None, session: str) -> tuple[list[datetime], str]:
    """Return when each message was said, in order, and whether that was logged."""
    if all(each.at is None for each in said):
        start = begun or START + timedelta(seconds=_hash_number(session) % _SPREAD_S)
        return [start + at * _APART for at in range(len(said))], "synthetic"
    times: list[datetime | None] = [each.at for each in said]
    for at in reversed(range(len(times) - 1)):
        after = times[at + 1]
        if times[at] is None and after is not None:
            times[at] = after - _NEAR
    filled: list[datetime] = []
    for moment in times:
        before = filled[-1] if filled else None
        found = moment or (before + _NEAR if before else START)
        # What was said later cannot have been said earlier.
        filled.append(before if before and found < before else found)
    return filled, "logged" if all(each.at for each in said) else "partly synthetic"


def _hash_texts(said: Sequence[_Said]) -> str:
    written = "\0".join(f"{each.role}\0{each.text}" for each in said)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _hash_number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


CHATS = Format("chats", (), read_chats, recognise=recognise_chats)
