"""Langfuse: traces, observations and scores as its API, its screens and its export to blob storage write them.

All of them say the same in other spellings (`traceId` or `trace_id`). Scores name a trace and seldom its session,
so the files of one export are best kept in one folder: what one file knows of a trace is used for the others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from feedback.sources.foreign_fields import as_id, as_json, as_number, is_empty, pick, take_metadata, without_nulls
from feedback.sources.named_ratings import read_rating
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.spoken import find_answered, find_asked
from feedback.sources.trace_steps import INNER, MODEL_CALL, ROOT, WHOLE, Step, Verdict
from feedback.sources.traced import Tool, list_parts, read_traced
from feedback.sources.verdict_values import Range, show_name

_SOURCES = ("API", "ANNOTATION", "EVAL")
_TYPES = ("SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL")
_FOLDERS = ("traces", "observations", "observations_v2", "scores", "score_configs")


def read_langfuse(file: Path) -> Iterator[RawLog]:
    """Yield the events of one file of a Langfuse export.

    The answer of a trace is the trace's own output, else that of its root observation, else of its last generation.
    Scores that people gave are ratings, corrections edits; those of evaluators are left out, each with the reason.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from read_traced(file, _TOOL)


def recognise_langfuse(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are of Langfuse, or null.

    Examples
    --------
    >>> recognise_langfuse([{"id": "s", "traceId": "t", "name": "thumbs", "source": "API", "dataType": "BOOLEAN"}])
    'records are Langfuse scores (source API)'
    """
    for record in (part for page in records for part in list_parts(page)):
        named = _snake(record)
        if _is_score(named):
            return f"records are Langfuse scores (source {named['source']})"
        if _is_observation(named):
            return f"records are Langfuse observations (type {named['type']})"
        if _is_config(named):
            return "records are Langfuse score configurations"
        if _is_trace(named):
            return "records are Langfuse traces (timestamp, project, bookmarked or public)"
    return None


def _steps(record: Mapping[str, Any]) -> Iterator[Step]:
    named = _snake(record)
    if _is_trace(named):
        yield from _as_steps(_trace_step(named))
        inner = (_snake(each) for each in _list(named.get("observations")))
        yield from (step for each in inner for step in _as_steps(_observation_step(each, named.get("id"))))
    elif _is_observation(named):
        yield from _as_steps(_observation_step(named))


def _as_steps(step: Step | None) -> tuple[Step, ...]:
    return () if step is None else (step,)


def _trace_step(named: Mapping[str, Any]) -> Step | None:
    trace_id = as_id(named.get("id"))
    if trace_id is None:
        return None
    latency = as_number(named.get("latency"))
    return Step(
        trace_id=trace_id,
        step_id=trace_id,
        part=WHOLE,
        session_id=as_id(named.get("session_id")),
        user_id=as_id(named.get("user_id")),
        started_at=named.get("timestamp"),
        ended_at=None,
        asked=find_asked(named.get("input")),
        answered=find_answered(named.get("output")),
        usage={},
        dimensions=_dimensions(named, named.get("name")) | without_nulls({"latency_ms": latency and latency * 1e3}),
    )


def _observation_step(named: Mapping[str, Any], of_trace: object = None) -> Step | None:
    trace_id, step_id = as_id(named.get("trace_id")) or as_id(of_trace), as_id(named.get("id"))
    if trace_id is None or step_id is None:
        return None
    is_call = named.get("type") == "GENERATION"
    is_root = is_empty(named.get("parent_observation_id")) or named.get("is_root_observation") is True
    return Step(
        trace_id=trace_id,
        step_id=step_id,
        part=ROOT if is_root else MODEL_CALL if is_call else INNER,
        session_id=as_id(named.get("session_id")),
        user_id=as_id(named.get("user_id")),
        started_at=named.get("start_time"),
        ended_at=named.get("end_time"),
        asked=find_asked(named.get("input")),
        answered=find_answered(named.get("output")),
        usage=_usage(named) if is_call else {},
        dimensions=_dimensions(named, named.get("trace_name") or named.get("name")),
    )


def _usage(named: Mapping[str, Any]) -> dict[str, Any]:
    details = as_json(pick(named, "usage_details", "usage"))
    costs = as_json(named.get("cost_details"))
    return {
        "model": as_id(pick(named, "provided_model_name", "model", "model_id")),
        "n_input_tokens": as_number(pick(details, "input") or pick(named, "input_usage", "prompt_tokens")),
        "n_output_tokens": as_number(pick(details, "output") or pick(named, "output_usage", "completion_tokens")),
        "cost_usd": as_number(pick(named, "total_cost", "calculated_total_cost") or pick(costs, "total")),
    }


def _dimensions(named: Mapping[str, Any], feature: object) -> dict[str, Any]:
    given = {
        "feature": as_id(feature),
        "environment": as_id(named.get("environment")),
        "release": as_id(named.get("release")),
        "prompt_name": as_id(named.get("prompt_name")),
        "prompt_version": as_id(named.get("prompt_version")),
    }
    return without_nulls(given) | take_metadata(named.get("metadata"))


def _verdicts(record: Mapping[str, Any], ranges: Mapping[str, Range]) -> Iterator[Verdict]:
    named = _snake(record)
    if _is_score(named):
        yield _verdict(named, ranges)
    elif _is_trace(named):
        inner = (_snake(each) for each in _list(named.get("scores")))
        yield from (_verdict({"trace_id": named.get("id"), **each}, ranges) for each in inner if _is_score(each))


def _verdict(named: Mapping[str, Any], ranges: Mapping[str, Range]) -> Verdict:
    name, kind = str(named.get("name")), named.get("data_type")
    verdict = Verdict(
        verdict_id=as_id(named.get("id")),
        said_at=pick(named, "timestamp", "created_at"),
        trace_id=as_id(pick(named, "trace_id", "trace.id") or _subject(named, "trace")),
        step_id=as_id(pick(named, "observation_id") or _subject(named, "observation")),
        session_id=as_id(
            pick(named, "session_id", "trace.session_id", "trace.sessionId") or _subject(named, "session")
        ),
    )
    reason = _find_fault(named, f"Langfuse score{show_name(name)}")
    if reason is not None:
        return verdict._replace(reason=reason)
    if kind == "CORRECTION":
        return _correct(verdict, named)
    bounds = ranges.get(str(named.get("config_id"))) or ranges.get(f"name:{name}")
    score = None if kind == "CATEGORICAL" and bounds is None else named.get("value")
    label = pick(named, "string_value", "value")
    rating = read_rating(name, score, label, bounds=bounds, may_be_a_machines=named.get("source") == "API")
    if rating.value is None:
        return verdict._replace(reason=f"Langfuse score{show_name(name)} is no rating because {rating.reason}")
    return verdict._replace(rating=rating.value, text=_text(named.get("comment")))


def _find_fault(named: Mapping[str, Any], called: str) -> str | None:
    """Return why a score is neither a rating nor a correction by a person."""
    faults = {
        "Langfuse scores by an evaluator (source EVAL) are no feedback of people": named.get("source") == "EVAL",
        "Langfuse scores of a dataset run are about no person's answer": (
            not is_empty(named.get("dataset_run_id")) or _subject(named, "experiment") is not None
        ),
        f"{called} is free text": named.get("data_type") == "TEXT",
    }
    return next((fault for fault, holds in faults.items() if holds), None)


def _correct(verdict: Verdict, named: Mapping[str, Any]) -> Verdict:
    value = named.get("value")
    text = _text(named.get("string_value")) or _text(named.get("long_string_value")) or _text(value)
    return verdict._replace(text=text, reason=None if text else "a Langfuse correction without text")


def _subject(named: Mapping[str, Any], kind: str) -> Any:
    """Return the id that a score of the newest API is about, if it is of this kind."""
    subject = named.get("subject")
    if not isinstance(subject, Mapping):
        return None
    if kind == "trace" and subject.get("kind") == "observation":
        return pick(subject, "traceId", "trace_id")
    return subject.get("id") if subject.get("kind") == kind else None


def _ranges(record: Mapping[str, Any]) -> dict[str, Range]:
    named = _snake(record)
    if not _is_config(named):
        return {}
    values = [as_number(pick(each, "value")) for each in _list(as_json(named.get("categories")))]
    known = [value for value in values if value is not None]
    low, high = as_number(named.get("min_value")), as_number(named.get("max_value"))
    if known and named.get("data_type") != "NUMERIC":
        low, high = min(known), max(known)
    if low is None or high is None or low >= high:
        return {}
    return {str(named.get("id")): Range(low, high), f"name:{named.get('name')}": Range(low, high)}


def _is_score(named: Mapping[str, Any]) -> bool:
    about = ("trace_id", "session_id", "subject", "dataset_run_id")
    return named.get("source") in _SOURCES and "name" in named and any(name in named for name in about)


def _is_observation(named: Mapping[str, Any]) -> bool:
    return named.get("type") in _TYPES and "start_time" in named and "id" in named


def _is_config(named: Mapping[str, Any]) -> bool:
    return "data_type" in named and "name" in named and bool({"categories", "min_value", "is_archived"} & named.keys())


def _is_trace(named: Mapping[str, Any]) -> bool:
    marks = {"project_id", "bookmarked", "public", "html_path", "observations", "session_id", "release"}
    return {"id", "timestamp"} <= named.keys() and "source" not in named and len(marks & named.keys()) >= 2


def _snake(record: object) -> dict[str, Any]:
    return {_snake_name(name): value for name, value in record.items()} if isinstance(record, Mapping) else {}


def _snake_name(name: object) -> str:
    text = str(name)
    return _spell(text) if len(text) <= 40 else text


@cache
def _spell(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_TOOL = Tool("langfuse", recognise_langfuse, _steps, _verdicts, ranges=_ranges, folders=_FOLDERS)
LANGFUSE = Format("langfuse", (), read_langfuse, recognise=recognise_langfuse)
