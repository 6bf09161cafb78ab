"""How the records of keystroke logs read: what was typed where, and what became of suggestions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from feedback.sources.editor_words import find, find_word
from feedback.sources.foreign_fields import as_id, as_json, as_moment, as_number, is_empty

_TIME = ("eventTimestamp", "timestamp", "time", "t", "ts", "occurred_at")
_NAME = ("eventName", "event", "event_name", "op", "operation", "kind", "type", "action")
_SESSION = ("sessionId", "session_id", "session", "document_id", "documentId")
_SUGGESTION = ("suggestionId", "suggestion_id", "completionId", "completion_id")
_AT = ("offset", "rangeOffset", "position", "pos", "at", "index")
_TAKEN = ("rangeLength", "deleted", "n_deleted", "delete_length", "length", "n")
_BY_MACHINE = frozenset(("api", "ai", "assistant", "suggestion", "completion", "model"))
_MOST_CHANGES = 10_000
# What CoAuthor calls things that `find_word` knows by other names, or should not.
_COAUTHOR = {
    "suggestion-get": "asked",
    "suggestion-open": "shown",
    "suggestion-reopen": "shown",
    "suggestion-select": "accepted",
    "suggestion-close": "rejected",
}
_EDITS = {"insert": "insert", "delete": "delete", "replace": "replace", "change": "replace", "edit": "replace",
          "text-insert": "insert", "text-delete": "delete", "paste": "insert", "remove": "delete"}  # fmt: skip


class Change(NamedTuple):
    """`n_deleted` characters taken away at `at`, then `inserted` put there; lengths count as JavaScript does."""

    at: int
    n_deleted: int
    inserted: int
    text: str


class Keystroke(NamedTuple):
    """One record: what it says of a suggestion (`word`), how the text changed, and how long it was before."""

    session: str | None
    at: datetime
    number: str | None
    word: str | None
    suggestion: str | None
    is_by_machine: bool
    changes: Sequence[Change]
    suggested: str | None
    n_options: int | None
    temperature: float | None
    n_before: int


def read_keystroke(record: object) -> Keystroke | str:
    """Return what a record says, or why it says nothing.

    Examples
    --------
    >>> read_keystroke({"eventName": "text-insert", "eventSource": "user", "eventTimestamp": 1767607200000,
    ...                 "textDelta": {"ops": [{"retain": 3}, {"insert": "ab"}]}}).changes
    [Change(at=3, n_deleted=0, inserted=2, text='ab')]
    """
    if not isinstance(record, Mapping):
        return "the record is no keystroke, expected an object"
    at = as_moment(find(record, *_TIME))
    if at is None:
        return "the keystroke has no time that can be read"
    name = find(record, *_NAME)
    options = as_json(record.get("currentSuggestions"))
    options = options if isinstance(options, list) else []
    return Keystroke(
        session=as_id(find(record, *_SESSION)),
        at=at,
        number=as_id(find(record, "eventNum", "seq", "number")),
        word=_find_word(name),
        suggestion=as_id(find(record, *_SUGGESTION)),
        is_by_machine=_is_by_machine(record),
        changes=read_changes(record, _EDITS.get(str(name).lower())),
        suggested=_find_suggested(record, options),
        n_options=len(options) or None,
        temperature=as_number(record.get("currentTemperature")),
        n_before=_count_before(record),
    )


def read_changes(record: Mapping[str, Any], edit: str | None = None) -> list[Change]:
    """Return how a record changes the text: a Quill delta, a list of changes, or one change by its offset.

    Examples
    --------
    >>> read_changes({"rangeOffset": 4, "rangeLength": 2, "text": "abc"})
    [Change(at=4, n_deleted=2, inserted=3, text='abc')]
    """
    delta = as_json(record.get("textDelta"))
    ops = delta.get("ops") if isinstance(delta, Mapping) else as_json(record.get("ops"))
    if isinstance(ops, list):
        return _read_delta(ops)
    several = as_json(find(record, "contentChanges", "changes"))
    if isinstance(several, list):
        found = [read_changes(each, "replace") for each in several[:_MOST_CHANGES] if isinstance(each, Mapping)]
        return [change for changes in found for change in changes]
    at = _as_count(find(record, *_AT))
    if at is None:
        return []
    text = find(record, "text", "inserted", "insert", "content")
    text = text if isinstance(text, str) and edit != "delete" else ""
    n_deleted = 0 if edit == "insert" else _as_count(find(record, *_TAKEN)) or 0
    return [Change(at, n_deleted, _count(text), text)] if text or n_deleted else []


def _read_delta(ops: Sequence[object]) -> list[Change]:
    changes: list[Change] = []
    at = 0
    for op in ops[:_MOST_CHANGES]:
        if not isinstance(op, Mapping):
            continue
        retained, deleted, inserted = _as_count(op.get("retain")), _as_count(op.get("delete")), op.get("insert")
        at += retained or 0
        if deleted:
            changes.append(Change(at, deleted, 0, ""))
        if not is_empty(inserted) or isinstance(inserted, str):
            text = inserted if isinstance(inserted, str) else "\N{OBJECT REPLACEMENT CHARACTER}"
            changes.append(Change(at, 0, _count(text), text))
            at += _count(text)
    return changes


def _find_word(name: object) -> str | None:
    if not isinstance(name, str):
        return None
    spelled = name.strip().lower().replace("_", "-")
    if spelled in _COAUTHOR:
        return _COAUTHOR[spelled]
    if spelled in _EDITS or spelled.startswith(("text-", "cursor-", "suggestion-")):
        return None
    return find_word(name)


def _count_before(record: Mapping[str, Any]) -> int:
    """Return the length of the text a session begins with."""
    before = find(record, "currentDoc", "initialText", "document") if is_empty(record.get("textDelta")) else None
    return _count(before) if isinstance(before, str) else 0


def _is_by_machine(record: Mapping[str, Any]) -> bool:
    source = find(record, "eventSource", "source", "author", "by")
    return isinstance(source, str) and source.lower() in _BY_MACHINE


def _find_suggested(record: Mapping[str, Any], options: Sequence[object]) -> str | None:
    chosen = _as_count(find(record, "currentSuggestionIndex", "suggestionIndex"))
    if options:
        option = options[chosen] if chosen is not None and chosen < len(options) else None
        text = option.get("original") if isinstance(option, Mapping) else option
    else:
        text = find(record, "suggestion", "completionText", "suggestionText")
    return text if isinstance(text, str) and text else None


def _as_count(value: object) -> int | None:
    number = as_number(value)
    return int(number) if number is not None and 0 <= number < 2**53 else None


def _count(text: str) -> int:
    """Return the length of a text in UTF-16 units, in which editors give their offsets."""
    return len(text) + sum(1 for letter in text if ord(letter) > 0xFFFF) if not text.isascii() else len(text)
