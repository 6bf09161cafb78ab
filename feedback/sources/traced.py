"""From the files of a tracing tool to events: the same for every tool, which only says how its records read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from feedback.errors import InputError
from feedback.sources.event_records import read_event_records
from feedback.sources.foreign_fields import as_moment, without_nulls
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.neighbours import Stamp, is_log, stamp
from feedback.sources.raw_log import RawLog
from feedback.sources.records import Translated, gather
from feedback.sources.trace_steps import Step, TraceIndex, Verdict
from feedback.sources.verdict_values import Range

_LOOKED_AT = 3
_KEYS_OF_A_PAGE = 4
_FILES_KEPT = 128
# Objects in which an API wraps a page of records.
_PAGES = ("data", "traces", "runs", "feedback", "observations", "scores", "spans", "annotations")
_PART_OF_A_TRACE = "a step inside a trace, whose model, tokens and cost go with the answer of the trace"
_NO_ANSWER = "the trace holds no answer"
_UNKNOWN_RECORD = "the record is none of a kind this format knows"
_UNKNOWN_TRACE = "the trace it is about is in none of the files beside it; read them together, from one folder"
_NO_ID = "the rating or correction has no id"


@dataclass(frozen=True)
class Tool:
    """How the records of a tracing tool read.

    Parameters
    ----------
    name
        Its name.
    recognise
        As in `Format`; a file beside the one that is read belongs to it when this says so of its first records.
    steps
        The steps of traces that a record holds.
    verdicts
        What people said, as far as a record holds it, given the ranges of scores.
    ranges
        Ranges of scores that a record declares, by the name or id the verdicts ask for.
    folders
        Names of folders that stand side by side in an export.
    needs_others
        Whether a record may be about a trace that another file holds.
    """

    name: str
    recognise: Callable[[Sequence[Mapping[str, Any]]], str | None]
    steps: Callable[[Mapping[str, Any]], Iterable[Step]]
    verdicts: Callable[[Mapping[str, Any], Mapping[str, Range]], Iterable[Verdict]]
    ranges: Callable[[Mapping[str, Any]], Mapping[str, Range]] = lambda _: {}
    folders: tuple[str, ...] = ()
    needs_others: bool = True


def read_traced(file: Path, tool: Tool) -> Iterator[RawLog]:
    """Yield the events of one file of an export, given what the files beside it know of the same traces.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from gather(_translate(file, tool))


def _translate(file: Path, tool: Tool) -> Iterator[Translated]:
    index = _index_around(file, tool)
    for row, record in read_event_records(file):
        if isinstance(record, BrokenRecord):
            yield Translated(row, [], record.reason)
        else:
            yield from _translate_record(row, list_parts(record), tool, index)


def _translate_record(row: int, parts: list[Mapping[str, Any]], tool: Tool, index: TraceIndex) -> Iterator[Translated]:
    """Yield the events of a record with the first reason why a part of it gave none, then its further reasons."""
    events: list[Mapping[str, Any]] = []
    reasons: dict[str, None] = {}
    for part in parts:
        steps = list(tool.steps(part))
        verdicts = list(tool.verdicts(part, index.ranges))
        told = [*(tell_step(step, index) for step in steps), *(tell_verdict(verdict, index) for verdict in verdicts)]
        answers = [found for found in told if not isinstance(found, str)]
        events += (event for found in answers for event in found)
        # The inner steps that come with an answer in one record are no loss.
        lost = [found for found in told if isinstance(found, str) and not (answers and found == _PART_OF_A_TRACE)]
        if not told and not tool.ranges(part):
            lost = [_UNKNOWN_RECORD]
        elif not told:
            lost = ["the configuration of a score, which gives the range of ratings"]
        reasons |= dict.fromkeys(lost)
    first, *others = reasons or [None if events else _UNKNOWN_RECORD]
    yield Translated(row, events, first)
    yield from (Translated(row, [], reason) for reason in others)


def tell_step(step: Step, index: TraceIndex) -> list[dict[str, Any]] | str:
    """Return the request and the response of the trace if this step holds them, else why it gives no event."""
    facts = index.traces.get(step.trace_id)
    if facts is None or facts.answer is None:
        return _NO_ANSWER
    if facts.answer[2] != step.step_id or facts.answer[0] != step.part:
        return _PART_OF_A_TRACE
    session, user = index.session_of(step.trace_id), index.user_of(step.trace_id)
    shared = {"session_id": session, "user_id": user, "interaction_id": step.trace_id}
    started, ended = as_moment(step.started_at), as_moment(step.ended_at)
    latency = (ended - started).total_seconds() * 1e3 if started and ended and ended >= started else None
    response = {
        "event_id": f"{step.trace_id}/response",
        "occurred_at": ended or started or step.ended_at or step.started_at,
        "kind": "response",
        "text": step.answered,
        "latency_ms": latency,
        **shared,
        **facts.sum_usage(),
        **step.dimensions,
    }
    request = {
        "event_id": f"{step.trace_id}/request",
        "occurred_at": started or step.started_at or step.ended_at,
        "kind": "request",
        "text": step.asked,
        **shared,
    }
    return [without_nulls(request), without_nulls(response)] if step.asked else [without_nulls(response)]


def tell_verdict(verdict: Verdict, index: TraceIndex) -> list[dict[str, Any]] | str:
    """Return the rating or the edit that a verdict is, else why it is none."""
    if verdict.reason is not None or verdict.verdict_id is None:
        return verdict.reason or _NO_ID
    trace_id = verdict.trace_id or index.trace_of.get(verdict.step_id or "")
    # Its session is that of the trace; guessing another would make the answer one that two sessions claim.
    if verdict.session_id is None and trace_id not in index.traces:
        return _UNKNOWN_TRACE
    session = verdict.session_id or index.session_of(trace_id or "")
    is_rating = verdict.rating is not None
    event = {
        "event_id": f"{verdict.verdict_id}/{'rating' if is_rating else 'edit'}",
        "occurred_at": as_moment(verdict.said_at) or verdict.said_at,
        "kind": "rating" if is_rating else "edit",
        "session_id": session,
        "user_id": verdict.user_id or (index.user_of(trace_id) if trace_id else None),
        "interaction_id": trace_id,
        "text": verdict.text,
        "value": verdict.rating,
    }
    return [without_nulls(event)]


def _index_around(file: Path, tool: Tool) -> TraceIndex:
    """Return what a file and those of the same export beside it know of their traces."""
    others = [_index_file(other, stamp(other), tool, False) for other in sorted(_files_beside(file, tool))]
    own = _index_file(file, stamp(file), tool, True)
    if not any(other.traces or other.ranges for other in others):
        return own
    index = TraceIndex()
    for each in (*others, own):
        index.merge(each)
    return index


@lru_cache(maxsize=_FILES_KEPT)
def _index_file(file: Path, _stamp: Stamp, tool: Tool, is_wanted: bool) -> TraceIndex:
    """Return what one file knows; nothing of a file beside the wanted one that is of another make or unreadable."""
    index = TraceIndex()
    try:
        if not is_wanted and tool.recognise(_first_records(file)) is None:
            return index
        for _, record in read_event_records(file):
            for part in list_parts(record):
                for step in tool.steps(part):
                    index.add(step)
                index.ranges.update(tool.ranges(part))
    except InputError:
        if is_wanted:
            raise
    return index


def _first_records(file: Path) -> list[Mapping[str, Any]]:
    return [part for _, record in islice(read_event_records(file), _LOOKED_AT) for part in list_parts(record)]


def _files_beside(file: Path, tool: Tool) -> Iterator[Path]:
    if not tool.needs_others:
        return
    folders = [file.parent]
    if file.parent.name in tool.folders:
        folders += [file.parent.parent / name for name in tool.folders if name != file.parent.name]
    for folder in folders:
        if folder.is_dir():
            yield from (other for other in folder.iterdir() if other != file and is_log(other))


def list_parts(record: object) -> list[Mapping[str, Any]]:
    """Return the records of a page of an API, else the record itself; nothing of what is no object.

    Examples
    --------
    >>> list_parts({"data": [{"id": "a"}, {"id": "b"}], "meta": {"page": 1}})
    [{'id': 'a'}, {'id': 'b'}]
    """
    if not isinstance(record, Mapping):
        return []
    for name in _PAGES:
        inner = record.get(name)
        if isinstance(inner, list) and "id" not in record and len(record) <= _KEYS_OF_A_PAGE and not record.get("info"):
            return [part for part in inner if isinstance(part, Mapping)]
    return [record]
