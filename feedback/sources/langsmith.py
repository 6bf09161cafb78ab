"""LangSmith: runs and feedback, as its client lists them (one JSON object a line) or as its bulk export writes them.

Feedback names a run, seldom its trace and never its thread, so it is read together with the runs beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from feedback.sources.foreign_fields import as_id, as_json, as_number, is_empty, pick, take_metadata, without_nulls
from feedback.sources.named_ratings import read_rating
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.spoken import find_answered, find_asked
from feedback.sources.trace_steps import INNER, MODEL_CALL, ROOT, Step, Verdict
from feedback.sources.traced import Tool, list_parts, read_traced
from feedback.sources.verdict_values import Range, is_correction, show_name

_MACHINES = ("model", "auto_eval", "evaluator", "online_eval")
# How a thread is named in the metadata of a run; `session_id` of the run itself is the project.
_THREAD = ("session_id", "thread_id", "conversation_id")
_DEEPEST = 50


def read_langsmith(file: Path) -> Iterator[RawLog]:
    """Yield the events of a file of LangSmith runs, of feedback, or of both.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from read_traced(file, _TOOL)


def recognise_langsmith(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are LangSmith runs or feedback, or null.

    Examples
    --------
    >>> recognise_langsmith([{"id": "r", "run_type": "llm", "dotted_order": "20260105T"}])
    'records are LangSmith runs (run_type)'
    """
    for record in (part for page in records for part in list_parts(page)):
        if _is_run(record):
            return "records are LangSmith runs (run_type)"
        if _is_feedback(record):
            return "records are LangSmith feedback (key, run_id)"
    return None


def _steps(record: Mapping[str, Any]) -> Iterator[Step]:
    if _is_run(record) and is_empty(record.get("reference_example_id")):
        yield from _steps_below(record, as_id(record.get("trace_id")), 0)


def _steps_below(run: Mapping[str, Any], trace_id: str | None, depth: int) -> Iterator[Step]:
    """Yield the step of a run and those of the runs that are nested in it."""
    run_id = as_id(run.get("id"))
    is_root = is_empty(run.get("parent_run_id")) and depth == 0
    trace_id = trace_id or as_id(run.get("trace_id")) or (run_id if is_root else None)
    if run_id is None or trace_id is None:
        return
    yield _step(run, run_id, trace_id, is_root=is_root)
    inner = as_json(run.get("child_runs"))
    if isinstance(inner, list) and depth < _DEEPEST:
        for child in inner:
            if isinstance(child, Mapping):
                yield from _steps_below(child, trace_id, depth + 1)


def _step(run: Mapping[str, Any], run_id: str, trace_id: str, *, is_root: bool) -> Step:
    is_call = run.get("run_type") == "llm"
    metadata = as_json(pick(as_json(run.get("extra")), "metadata"))
    return Step(
        trace_id=trace_id,
        step_id=run_id,
        part=ROOT if is_root else MODEL_CALL if is_call else INNER,
        session_id=as_id(pick(metadata, *_THREAD) or run.get("thread_id")),
        user_id=as_id(pick(metadata, "user_id", "ls_user_id", "user")),
        started_at=run.get("start_time"),
        ended_at=run.get("end_time"),
        asked=find_asked(run.get("inputs")),
        answered=find_answered(run.get("outputs")),
        usage=_usage(run, metadata) if is_call else {},
        dimensions=without_nulls({"feature": as_id(run.get("name"))}) | take_metadata(metadata),
    )


def _usage(run: Mapping[str, Any], metadata: object) -> dict[str, Any]:
    extra = as_json(run.get("extra"))
    return {
        "model": as_id(pick(metadata, "ls_model_name") or pick(extra, "invocation_params.model")),
        "n_input_tokens": as_number(pick(run, "prompt_tokens", "input_tokens")),
        "n_output_tokens": as_number(pick(run, "completion_tokens", "output_tokens")),
        "cost_usd": as_number(run.get("total_cost")),
    }


def _verdicts(record: Mapping[str, Any], ranges: Mapping[str, Range]) -> Iterator[Verdict]:
    if _is_run(record) and not is_empty(record.get("reference_example_id")):
        yield Verdict(None, reason="LangSmith runs over a dataset are about no person's answer")
    elif _is_feedback(record):
        yield from _read_feedback(record, ranges)


def _read_feedback(record: Mapping[str, Any], ranges: Mapping[str, Range]) -> Iterator[Verdict]:
    key = str(record.get("key"))
    verdict = Verdict(
        verdict_id=as_id(record.get("id")),
        said_at=pick(record, "created_at", "modified_at"),
        trace_id=as_id(record.get("trace_id")),
        step_id=as_id(record.get("run_id")),
    )
    maker = pick(as_json(record.get("feedback_source")), "type")
    if maker in _MACHINES:
        yield verdict._replace(reason="LangSmith feedback by a model or an evaluator is no feedback of people")
        return
    correction = _find_correction(record, key)
    if correction is not None:
        yield verdict._replace(text=correction)
    if not (is_empty(record.get("score")) and is_empty(record.get("value"))) and not is_correction(key):
        bounds = _bounds(record.get("feedback_config")) or ranges.get(f"key:{key}")
        yield _rate(verdict, record, key, bounds=bounds, may_be_a_machines=maker != "app")
    elif correction is None:
        yield verdict._replace(reason="LangSmith feedback with neither a score nor a correction")


def _rate(
    verdict: Verdict, record: Mapping[str, Any], key: str, *, bounds: Range | None, may_be_a_machines: bool
) -> Verdict:
    rating = read_rating(
        key, record.get("score"), record.get("value"), bounds=bounds, may_be_a_machines=may_be_a_machines
    )
    if rating.value is None:
        return verdict._replace(reason=f"LangSmith feedback{show_name(key)} is no rating because {rating.reason}")
    comment = record.get("comment")
    return verdict._replace(rating=rating.value, text=comment if isinstance(comment, str) and comment.strip() else None)


def _find_correction(record: Mapping[str, Any], key: str) -> str | None:
    given = pick(record, "correction")
    if given is None and is_correction(key):
        given = pick(record, "value", "comment")
    return find_answered(given)


def _ranges(record: Mapping[str, Any]) -> dict[str, Range]:
    bounds, key = _bounds(record.get("feedback_config")), record.get("feedback_key")
    return {f"key:{key}": bounds} if bounds and isinstance(key, str) else {}


def _bounds(config: object) -> Range | None:
    given = as_json(config)
    low, high = as_number(pick(given, "min")), as_number(pick(given, "max"))
    return Range(low, high) if low is not None and high is not None and low < high else None


def _is_run(record: Mapping[str, Any]) -> bool:
    about = ("dotted_order", "trace_id", "parent_run_id", "child_run_ids", "child_runs")
    return isinstance(record.get("run_type"), str) and "id" in record and any(name in record for name in about)


def _is_feedback(record: Mapping[str, Any]) -> bool:
    about = ("feedback_source", "score", "correction", "value")
    return "key" in record and "run_id" in record and any(name in record for name in about)


_TOOL = Tool("langsmith", recognise_langsmith, _steps, _verdicts, ranges=_ranges)
LANGSMITH = Format("langsmith", (), read_langsmith, recognise=recognise_langsmith)
