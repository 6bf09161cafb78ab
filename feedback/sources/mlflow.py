"""MLflow: traces with their assessments, as trace files or as rows of the frame of `mlflow.search_traces`.

A trace holds its spans and its assessments itself, so every record can be read alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from feedback.sources.foreign_fields import (
    as_id,
    as_json,
    as_moment,
    as_number,
    is_empty,
    pick,
    take_metadata,
    without_nulls,
)
from feedback.sources.named_ratings import read_rating
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.spoken import find_answered, find_asked
from feedback.sources.trace_steps import INNER, ROOT, Step, Verdict
from feedback.sources.traced import Tool, read_traced
from feedback.sources.verdict_values import Range, is_correction, show_name

_CALLS = ("LLM", "CHAT_MODEL")
_MARKS = {"trace_metadata", "assessments", "execution_duration", "execution_duration_ms", "request_metadata"}


def read_mlflow(file: Path) -> Iterator[RawLog]:
    """Yield the events of MLflow traces. Feedback by people are ratings, expectations of a response are edits.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from read_traced(file, _TOOL)


def recognise_mlflow(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are MLflow traces, or null.

    Examples
    --------
    >>> recognise_mlflow([{"info": {"trace_id": "tr-1", "assessments": []}, "data": {"spans": []}}])
    'records are MLflow traces (info, assessments)'
    """
    for record in records:
        info = _find_info(record)
        if info is not None:
            marks = sorted(_MARKS & info.keys())
            return f"records are MLflow traces ({', '.join(['info', *marks] if 'info' in record else marks)})"
    return None


def _find_info(record: object) -> Mapping[str, Any] | None:
    """Return what is known of a trace as a whole; null where the record is no trace."""
    if not isinstance(record, Mapping):
        return None
    whole = as_json(record.get("trace"))
    if isinstance(whole, Mapping) and isinstance(whole.get("info"), Mapping):
        return whole["info"]
    info = record.get("info")
    info = info if isinstance(info, Mapping) else record
    has_id = as_id(pick(info, "trace_id", "request_id")) is not None
    return info if has_id and _MARKS & info.keys() else None


def _find_data(record: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = as_json(record.get("trace"))
    data = whole.get("data") if isinstance(whole, Mapping) else record.get("data")
    data = as_json(data)
    return data if isinstance(data, Mapping) else record


def _steps(record: Mapping[str, Any]) -> Iterator[Step]:
    info = _find_info(record)
    trace_id = as_id(pick(info, "trace_id", "request_id"))
    if info is None or trace_id is None:
        return
    data = _find_data(record)
    spans = [span for span in _list(as_json(data.get("spans"))) if isinstance(span, Mapping)]
    calls = [span for span in spans if _attribute(span, "mlflow.spanType") in _CALLS]
    root = next((span for span in spans if is_empty(pick(span, "parent_span_id", "parent_id"))), {})
    metadata = as_json(pick(info, "trace_metadata", "request_metadata"))
    yield _root_step(trace_id, info, data, root, metadata, is_call=not calls)
    yield from (_call_step(trace_id, span, at) for at, span in enumerate(calls))


def _root_step(
    trace_id: str,
    info: Mapping[str, Any],
    data: Mapping[str, Any],
    root: Mapping[str, Any],
    metadata: Any,
    *,
    is_call: bool,
) -> Step:
    tags = as_json(info.get("tags"))
    started = as_moment(pick(root, "start_time_unix_nano", "start_time") or pick(info, "request_time", "timestamp_ms"))
    lasted = as_number(pick(info, "execution_duration_ms", "execution_duration", "execution_time_ms"))
    ended = as_moment(pick(root, "end_time_unix_nano", "end_time")) or _later(started, lasted)
    asked = (_attribute(root, "mlflow.spanInputs"), pick(data, "request"), pick(metadata, "mlflow.traceInputs"),
             pick(info, "request_preview", "request"))  # fmt: skip
    answered = (_attribute(root, "mlflow.spanOutputs"), pick(data, "response"), pick(metadata, "mlflow.traceOutputs"),
                pick(info, "response_preview", "response"))  # fmt: skip
    return Step(
        trace_id=trace_id,
        step_id=trace_id,
        part=ROOT,
        session_id=as_id(pick(metadata, "mlflow.trace.session")),
        user_id=as_id(pick(metadata, "mlflow.trace.user")),
        started_at=started,
        ended_at=ended,
        asked=find_asked(next((value for value in asked if not is_empty(value)), None)),
        answered=find_answered(next((value for value in answered if not is_empty(value)), None)),
        usage=_whole_usage(metadata) if is_call else {},
        dimensions=_dimensions(tags, metadata),
    )


def _call_step(trace_id: str, span: Mapping[str, Any], at: int) -> Step:
    usage, cost = _attribute(span, "mlflow.chat.tokenUsage"), _attribute(span, "mlflow.llm.cost")
    inputs = _attribute(span, "mlflow.spanInputs")
    model = _attribute(span, "mlflow.llm.model") or _attribute(span, "gen_ai.request.model") or pick(inputs, "model")
    return Step(
        trace_id=trace_id,
        step_id=f"{trace_id}/{as_id(pick(span, 'span_id', 'context.span_id')) or at}",
        part=INNER,
        session_id=None,
        user_id=None,
        started_at=as_moment(pick(span, "start_time_unix_nano", "start_time")),
        ended_at=None,
        asked=None,
        answered=None,
        usage={
            "model": as_id(model),
            "n_input_tokens": as_number(pick(usage, "input_tokens")),
            "n_output_tokens": as_number(pick(usage, "output_tokens")),
            "cost_usd": as_number(pick(cost, "total_cost")),
        },
        dimensions={},
    )


def _whole_usage(metadata: object) -> dict[str, Any]:
    usage = as_json(pick(metadata, "mlflow.trace.tokenUsage"))
    cost = as_json(pick(metadata, "mlflow.trace.cost"))
    return {
        "model": as_id(pick(metadata, "mlflow.modelId")),
        "n_input_tokens": as_number(pick(usage, "input_tokens")),
        "n_output_tokens": as_number(pick(usage, "output_tokens")),
        "cost_usd": as_number(pick(cost, "total_cost")),
    }


def _dimensions(tags: object, metadata: object) -> dict[str, Any]:
    prompts = [each for each in _list(as_json(pick(tags, "mlflow.linkedPrompts"))) if isinstance(each, Mapping)]
    given = {
        "feature": as_id(pick(tags, "mlflow.traceName")),
        "prompt_name": as_id(prompts[0].get("name")) if prompts else None,
        "prompt_version": as_id(prompts[0].get("version")) if prompts else None,
    }
    return without_nulls(given) | take_metadata(metadata) | take_metadata(tags)


def _verdicts(record: Mapping[str, Any], _: Mapping[str, Range]) -> Iterator[Verdict]:
    info = _find_info(record)
    if info is None:
        return
    given = pick(info, "assessments") or pick(record, "assessments")
    for assessment in _list(as_json(given)):
        if isinstance(assessment, Mapping):
            yield _verdict(assessment, as_id(pick(info, "trace_id", "request_id")))


def _verdict(assessment: Mapping[str, Any], trace_id: str | None) -> Verdict:
    name = str(pick(assessment, "assessment_name", "name"))
    verdict = Verdict(
        verdict_id=as_id(assessment.get("assessment_id")),
        said_at=pick(assessment, "create_time", "create_time_ms", "last_update_time"),
        trace_id=trace_id,
    )
    maker = str(pick(assessment, "source.source_type"))
    if maker != "HUMAN":
        kind = maker if maker in ("LLM_JUDGE", "AI_JUDGE", "CODE") else "not HUMAN"
        return verdict._replace(reason=f"MLflow assessments of source {kind} are no feedback of people")
    if assessment.get("valid") is False:
        return verdict._replace(reason="the MLflow assessment was replaced by a later one")
    if "expectation" in assessment:
        return _expect(verdict, name, assessment)
    rating = read_rating(name, pick(assessment, "feedback.value"))
    if rating.value is None:
        return verdict._replace(reason=f"MLflow feedback{show_name(name)} is no rating because {rating.reason}")
    return verdict._replace(rating=rating.value, text=_text(assessment.get("rationale")))


def _expect(verdict: Verdict, name: str, assessment: Mapping[str, Any]) -> Verdict:
    value = pick(assessment, "expectation.value", "expectation.serialized_value.value")
    text = _text(as_json(value))
    if text is None or not is_correction(name):
        return verdict._replace(reason=f"MLflow expectation{show_name(name)} is not the text of a better response")
    return verdict._replace(text=text)


def _attribute(span: Mapping[str, Any], name: str) -> Any:
    """Return an attribute of a span, whose values are JSON text."""
    attributes = as_json(span.get("attributes"))
    return as_json(attributes.get(name)) if isinstance(attributes, Mapping) else None


def _later(started: Any, lasted_ms: float | None) -> Any:
    if started is None or lasted_ms is None or not 0 <= lasted_ms < 1e12:
        return None
    return started + timedelta(milliseconds=lasted_ms)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_TOOL = Tool("mlflow", recognise_mlflow, _steps, _verdicts, needs_others=False)
MLFLOW = Format("mlflow", (), read_mlflow, recognise=recognise_mlflow)
