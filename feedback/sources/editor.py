"""Telemetry of an editor: inline completions shown, accepted, partly accepted, rejected, and how long they survived.

Written one event a record (VS Code, Copilot and their like) or one record per completion with its outcome.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from feedback.sources.editor_words import find, find_delay_s, find_kept_share, find_word, is_true, list_survivals
from feedback.sources.event_records import read_event_records
from feedback.sources.foreign_fields import as_id, as_moment, as_number, as_time, is_empty, without_nulls
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.keystrokes import recognise_keystrokes
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.records import Translated, gather

_COMPLETION = ("completionId", "completion_id", "suggestionId", "suggestion_id", "opportunityId", "requestUuid",
               "headerRequestId", "correlationId", "id")  # fmt: skip
_CHOICE = ("choiceIndex", "choice_index")
_SESSION = ("sessionId", "session_id", "common_vscodesessionid", "editorSessionId", "machineId", "userId", "user_id")
_TIME = ("timestamp", "occurred_at", "time", "eventTimestamp", "date", "issuedTime", "client_time", "shown_at")
_NAME = ("event", "eventName", "event_name", "name", "type")
_OUTCOME = ("reason", "outcome", "result", "status", "action")
_SHOWN_MS = ("shownDuration", "shown_duration_ms", "displayDuration", "display_duration_ms", "shownDurationMs")
_IGNORED = "the completion was ignored, and silence is no verdict"
_ACTS = {"accepted": "accept", "rejected": "reject", "undone": "undo"}
_MOST_DELAY_S = 30 * 24 * 3_600.0


def read_editor(file: Path) -> Iterator[RawLog]:
    """Yield the events of a file of inline completion telemetry.

    A completion that was shown is a response; how much of an accepted one survived is an edit, dated when it was
    measured. What was accepted in part counts as an edit that kept this part.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from gather(_translate(row, record) for row, record in read_event_records(file))


def recognise_editor(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are telemetry of inline completions, or null.

    Examples
    --------
    >>> recognise_editor([{"event": "completion.accepted", "completionId": "c1", "sessionId": "s1"}])
    'records are inline completions by name (accepted) and id'
    """
    if recognise_keystrokes(records) is not None:
        return None
    for record in records:
        if not isinstance(record, Mapping) or is_empty(find(record, *_COMPLETION[:5])):
            continue
        word = _find_event(record)
        if word is not None and word != "asked":
            return f"records are inline completions by name ({word}) and id"
    return None


def _translate(row: int, record: object) -> Translated:
    if isinstance(record, BrokenRecord):
        return Translated(row, [], record.reason)
    word, completion = _find_event(record), as_id(find(record, *_COMPLETION))
    if word is None:
        return Translated(row, [], "the event is none about a completion that was shown, accepted or rejected")
    if completion is None:
        return Translated(row, [], "the event names no completion, expected completionId, opportunityId or the like")
    choice = as_id(find(record, *_CHOICE))
    completion = completion if choice is None else f"{completion}/{choice}"
    shared = {
        "session_id": as_id(find(record, *_SESSION)) or completion,
        "user_id": as_id(find(record, "userId", "user_id", "machineId")),
        "interaction_id": completion,
    }
    events = _tell(word, record, completion, as_time(find(record, *_TIME)))
    reason = None if events else _IGNORED if word == "ignored" else "the event says nothing about the completion"
    return Translated(row, [without_nulls(event | shared) for event in events], reason)


def _find_event(record: object) -> str | None:
    """Return what a record says happened: by its name, else by the outcome of a completion it sums up."""
    word = find_word(find(record, *_NAME))
    if word not in (None, "ended"):
        return word
    has_outcome = find(record, *_OUTCOME, "accepted", "shown", *_SHOWN_MS) is not None or bool(list_survivals(record))
    return "ended" if has_outcome else None


def _tell(word: str, record: object, completion: str, at: Any) -> list[dict[str, Any]]:
    whole = {"ended": _tell_outcome, "partial": _tell_partial, "survived": _tell_survival}
    if word in whole:
        return whole[word](record, completion, at)
    events = _tell_seen(record, completion, at, word)
    if word == "shown":
        return [_tell_shown(record, completion, at), *events]
    if word == "asked":
        text = _text(find(record, "prefix_text", "query"))
        return [_event("request", completion, at, text=text)] if text else []
    if word in _ACTS:
        text = _text(find(record, "acceptedText", "accepted_text")) if word == "accepted" else None
        return [_event(_ACTS[word], completion, at, text=text), *events]
    return events


def _tell_shown(record: object, completion: str, at: Any) -> dict[str, Any]:
    shown = _event("response", completion, at, text=_text(find(record, "completionText", "completion", "text")))
    return shown | {
        "feature": as_id(find(record, "feature")) or "inline completion",
        "model": as_id(find(record, "model", "engineName", "modelId", "providerModel")),
        "language": as_id(find(record, "languageId", "language")),
        "latency_ms": as_number(find(record, "latency_ms", "timeUntilShown", "timeToProduceMs", "latency")),
        "n_characters": as_number(find(record, "compCharLen", "lengthInCharacters", "charCount")),
    }


def _tell_seen(record: object, completion: str, at: Any, word: str) -> list[dict[str, Any]]:
    shown_ms = as_number(find(record, *_SHOWN_MS))
    return [] if shown_ms is None or shown_ms < 0 else [_event("view", completion, at, value=shown_ms, suffix=word)]


def _tell_partial(record: object, completion: str, at: Any) -> list[dict[str, Any]]:
    taken = as_number(find(record, "acceptedLength", "accepted_length", "partiallyAcceptedCharacters"))
    length = as_number(find(record, "compCharLen", "totalLength", "total_length", "lengthInCharacters"))
    share = as_number(find(record, "ratio", "acceptedShare", "accepted_share"))
    share = taken / length if share is None and taken is not None and length else share
    accept = _event("accept", completion, at, text=_text(find(record, "acceptedText", "accepted_text")))
    if share is None:
        return [accept]
    return [accept, _event("edit", completion, _later(at, 0.001), value=min(max(share, 0.0), 1.0), suffix="partial")]


def _tell_survival(record: object, completion: str, at: Any) -> list[dict[str, Any]]:
    several = list_survivals(record)
    if several:
        return [
            _event("edit", completion, _later(at, after_s), value=share, suffix=f"{after_s:g}s")
            for after_s, share in several
        ]
    share, after_s = find_kept_share(record), find_delay_s(record)
    if share is None:
        return []
    return [_event("edit", completion, at, value=share, suffix="now" if after_s is None else f"{after_s:g}s")]


def _tell_outcome(record: object, completion: str, at: Any) -> list[dict[str, Any]]:
    """Return the events of a completion that one record sums up, in order: shown, seen, what became of it."""
    word = find_word(find(record, *_OUTCOME))
    was_accepted = word == "accepted" or is_true(find(record, "accepted", "is_accepted"))
    if str(find(record, "shown")).lower() in ("false", "0", "0.0"):
        return []
    shown_ms = as_number(find(record, *_SHOWN_MS)) or 0.0
    ended = _later(at, min(max(shown_ms, 0.0) / 1e3, _MOST_DELAY_S))
    events = [_tell_shown(record, completion, at), *_tell_seen(record, completion, ended, "ended")]
    part = (as_number(find(record, "partiallyAccepted", "partially_accepted")) or 0) > 0
    if was_accepted or (part and word != "rejected"):
        events += _tell_partial(record, completion, ended) if part and not was_accepted else []
        events += [_event("accept", completion, ended)] if was_accepted else []
        events += _tell_survival(record, completion, ended)
    elif word == "rejected":
        events.append(_event("reject", completion, ended))
    return events


def _event(
    kind: str, completion: str, at: Any, *, text: str | None = None, value: float | None = None, suffix: str = ""
) -> dict[str, Any]:
    # A completion is shown once and accepted once; it is measured often.
    name = f"{completion}/{kind}" + (f"/{suffix}" if suffix else "")
    return {"event_id": name, "occurred_at": at, "kind": kind, "text": text, "value": value}


def _later(at: Any, seconds: float) -> Any:
    moment = as_moment(at)
    return at if moment is None or not 0 <= seconds <= _MOST_DELAY_S else moment + timedelta(seconds=seconds)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


EDITOR = Format("editor", (), read_editor, recognise=recognise_editor)
