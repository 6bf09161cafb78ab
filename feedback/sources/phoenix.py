"""Phoenix and any other tool of OpenInference: spans, and the annotations people made on them.

Spans come as its client's `get_spans_dataframe` flattens them, one column per dotted attribute, or as its REST API
nests them. Annotations name a span only, so they are read together with the spans beside them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from feedback.sources.foreign_fields import as_id, as_json, as_number, is_empty, pick, take_metadata, without_nulls
from feedback.sources.named_ratings import read_rating
from feedback.sources.phoenix_server import fetch_records
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.spoken import find_answered, find_asked
from feedback.sources.trace_steps import INNER, MODEL_CALL, ROOT, Step, Verdict
from feedback.sources.traced import Tool, list_parts, read_traced
from feedback.sources.verdict_values import Range, is_correction, show_name

_KINDS = frozenset(
    (
        "LLM",
        "CHAIN",
        "AGENT",
        "TOOL",
        "RETRIEVER",
        "EMBEDDING",
        "RERANKER",
        "GUARDRAIL",
        "EVALUATOR",
        "PROMPT",
        "UNKNOWN",
    )
)
_BY_MACHINES = ("LLM", "CODE")


def read_phoenix(file: Path) -> Iterator[RawLog]:
    """Yield the events of a file of OpenInference spans, of annotations, or of both.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    yield from read_traced(file, _TOOL)


def read_phoenix_server(url: str) -> Iterator[RawLog]:
    """Yield the events of all projects of a running Phoenix, or of one: `http://host:6006/projects/NAME`.

    Spans and annotations are fetched page by page into a file of their own, which is deleted afterwards.

    Raises
    ------
    InputError
        When the server does not answer as Phoenix does.
    """
    with TemporaryDirectory(prefix="feedback-phoenix-") as folder:
        file = Path(folder, "phoenix.jsonl")
        with file.open("w", encoding="utf-8") as lines:
            for record in fetch_records(url):
                lines.write(json.dumps(record) + "\n")
        yield from read_phoenix(file)


def recognise_phoenix(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the records are OpenInference spans or annotations of Phoenix, or null.

    Examples
    --------
    >>> recognise_phoenix([{"context.span_id": "a", "context.trace_id": "b", "span_kind": "LLM"}])
    'records are OpenInference spans (context.span_id, span_kind LLM)'
    """
    for record in (part for page in records for part in list_parts(page)):
        if _is_span(record):
            return f"records are OpenInference spans (context.span_id, span_kind {_kind_of(record)})"
        if _is_annotation(record):
            return "records are Phoenix annotations (annotator_kind)"
    return None


def _steps(record: Mapping[str, Any]) -> Iterator[Step]:
    trace_id, step_id = (as_id(pick(record, f"context.{name}", name)) for name in ("trace_id", "span_id"))
    if not _is_span(record) or trace_id is None or step_id is None:
        return
    is_call = _kind_of(record) == "LLM"
    is_root = is_empty(record.get("parent_id"))
    yield Step(
        trace_id=trace_id,
        step_id=step_id,
        part=ROOT if is_root else MODEL_CALL if is_call else INNER,
        session_id=_attribute_id(record, "session.id"),
        user_id=_attribute_id(record, "user.id"),
        started_at=record.get("start_time"),
        ended_at=record.get("end_time"),
        asked=_asked(record),
        answered=_answered(record),
        usage=_usage(record) if is_call else {},
        dimensions=_dimensions(record),
    )


def _asked(record: Mapping[str, Any]) -> str | None:
    return find_asked(_messages(record, "input")) or find_asked(pick(record, "attributes.input.value"))


def _answered(record: Mapping[str, Any]) -> str | None:
    return find_answered(_messages(record, "output")) or find_answered(pick(record, "attributes.output.value"))


def _messages(record: Mapping[str, Any], side: str) -> list[Any] | None:
    """Return the messages of a span: a list, or attributes numbered `llm.input_messages.0.message.content`."""
    path = f"llm.{side}_messages"
    listed = as_json(pick(record, f"attributes.{path}"))
    if isinstance(listed, list):
        return listed
    attributes = record.get("attributes")
    numbered: dict[int, dict[str, Any]] = {}
    for name, value in attributes.items() if isinstance(attributes, Mapping) else ():
        found = re.match(rf"{re.escape(path)}\.(\d{{1,6}})\.(message\.(?:role|content))$", str(name))
        if found:
            numbered.setdefault(int(found[1]), {})[found[2]] = value
    return [numbered[at] for at in sorted(numbered)] or None


def _usage(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "model": as_id(pick(record, "attributes.llm.model_name")),
        "n_input_tokens": as_number(pick(record, "attributes.llm.token_count.prompt")),
        "n_output_tokens": as_number(pick(record, "attributes.llm.token_count.completion")),
        "cost_usd": as_number(pick(record, "attributes.llm.cost.total")),
    }


def _dimensions(record: Mapping[str, Any]) -> dict[str, Any]:
    metadata = as_json(pick(record, "attributes.metadata"))
    if metadata is None and isinstance(record.get("attributes"), Mapping):
        inner = record["attributes"].items()
        metadata = {str(name).removeprefix("metadata."): value for name, value in inner}
    version = as_id(pick(record, "attributes.llm.prompt_template.version"))
    return without_nulls({"feature": as_id(record.get("name")), "prompt_version": version}) | take_metadata(metadata)


def _verdicts(record: Mapping[str, Any], _: Mapping[str, Range]) -> Iterator[Verdict]:
    if _is_annotation(record):
        yield _verdict(record)


def _verdict(record: Mapping[str, Any]) -> Verdict:
    name = str(pick(record, "annotation_name", "name"))
    note = _text(pick(record, "result.explanation", "explanation"))
    verdict = Verdict(
        verdict_id=as_id(pick(record, "id", "annotation_id")),
        said_at=pick(record, "created_at", "updated_at"),
        trace_id=as_id(record.get("trace_id")),
        step_id=as_id(pick(record, "span_id", "context.span_id", "__index_level_0__")),
        session_id=as_id(record.get("session_id")),
    )
    if record.get("annotator_kind") in _BY_MACHINES:
        return verdict._replace(
            reason="Phoenix annotations by a model or code (annotator_kind) are no feedback of people"
        )
    if is_correction(name):
        text = note or _text(pick(record, "result.label", "label"))
        return verdict._replace(text=text, reason=None if text else "a Phoenix correction without text")
    called = f"Phoenix annotation{show_name(name)}"
    rating = read_rating(name, pick(record, "result.score", "score"), pick(record, "result.label", "label"))
    if rating.value is None:
        return verdict._replace(reason=f"{called} is no rating because {rating.reason}")
    return verdict._replace(rating=rating.value, text=note)


def _is_span(record: Mapping[str, Any]) -> bool:
    has_ids = pick(record, "context.span_id") is not None and pick(record, "context.trace_id") is not None
    return has_ids and _kind_of(record) in _KINDS


def _is_annotation(record: Mapping[str, Any]) -> bool:
    return "annotator_kind" in record


def _kind_of(record: Mapping[str, Any]) -> str:
    kind = pick(record, "span_kind", "attributes.openinference.span.kind")
    return kind.upper() if isinstance(kind, str) else "UNKNOWN"


def _attribute_id(record: Mapping[str, Any], name: str) -> str | None:
    return as_id(pick(record, f"attributes.{name}"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_TOOL = Tool("phoenix", recognise_phoenix, _steps, _verdicts)
PHOENIX = Format("phoenix", (), read_phoenix, recognise=recognise_phoenix, read_url=read_phoenix_server)
