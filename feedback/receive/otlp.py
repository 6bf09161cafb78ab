"""What is taken of OTLP requests: JSON as the readers of files read it, whatever it was sent as."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from feedback.receive.refusals import RefusalError

Encoding = Literal["json", "protobuf"]
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}", re.IGNORECASE)
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}", re.IGNORECASE)
_IDS = ("traceId", "spanId", "parentSpanId")
_UPPER = re.compile("([A-Z])")
_POINTS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


@dataclass(frozen=True)
class Signal:
    """One of the signals of OTLP: its messages, and where its items stand in them."""

    request: type[Message]
    response: type[Message]
    resources: str
    scopes: str
    items: str
    rejected: str


TRACES = Signal(
    ExportTraceServiceRequest, ExportTraceServiceResponse, "resourceSpans", "scopeSpans", "spans", "rejected_spans"
)
LOGS = Signal(
    ExportLogsServiceRequest, ExportLogsServiceResponse, "resourceLogs", "scopeLogs", "logRecords",
    "rejected_log_records",
)  # fmt: skip
METRICS = Signal(
    ExportMetricsServiceRequest, ExportMetricsServiceResponse, "resourceMetrics", "scopeMetrics", "metrics",
    "rejected_data_points",
)  # fmt: skip


class Taken(NamedTuple):
    """What is taken of a request.

    Parameters
    ----------
    line
        What to keep, as one line of JSON; null when there is nothing.
    n_rejected
        How many of its items are not taken.
    why
        Why not; empty when all are.
    """

    line: bytes | None
    n_rejected: int = 0
    why: str = ""


def take(body: bytes, encoding: Encoding, signal: Signal) -> Taken:
    """Return what is taken of the body of a request.

    Spans without valid ids are rejected, and so are metrics, which say nothing of single answers.

    Raises
    ------
    RefusalError
        When the body is no such request (400).

    Examples
    --------
    >>> take(b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "00"}]}]}]}', "json", TRACES)
    Taken(line=None, n_rejected=1, why='spans need a traceId of 32 and a spanId of 16 hexadecimal digits, not all zero')
    """
    content = _read_json(body, signal) if encoding == "json" else _read_protobuf(body, signal)
    if signal is METRICS:
        points = sum(_count_points(metric) for scope in _scopes(content, signal) for metric in scope[signal.items])
        return Taken(None, points, "feedback takes traces and logs; metrics say nothing of single answers")
    n_rejected = _drop_invalid(content, signal) if signal is TRACES else 0
    why = "spans need a traceId of 32 and a spanId of 16 hexadecimal digits, not all zero" if n_rejected else ""
    holds_any = any(scope[signal.items] for scope in _scopes(content, signal))
    line = json.dumps(content, separators=(",", ":"), allow_nan=False).encode() if holds_any else None
    return Taken(line, n_rejected, why)


def _read_json(body: bytes, signal: Signal) -> dict[str, Any]:
    try:
        content = json.loads(body, parse_constant=_refuse_constant) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, "the body is not JSON") from error
    if not isinstance(content, dict):
        raise RefusalError(400, f"the body is JSON, but no object with {signal.resources}")
    message = signal.request()
    try:
        ParseDict(content, message, ignore_unknown_fields=True)
    except (ParseError, RecursionError, ValueError) as error:
        raise _malformed(signal, str(error)) from error
    if _count_items(message, signal) != sum(len(scope[signal.items]) for scope in _scopes(content, signal)):
        raise RefusalError(400, f"names in JSON are written like {signal.scopes}, not with underscores")
    return content


def _read_protobuf(body: bytes, signal: Signal) -> dict[str, Any]:
    try:
        message = signal.request.FromString(body)
        content = MessageToDict(message, use_integers_for_enums=True)
    except (DecodeError, RecursionError, ValueError) as error:
        raise _malformed(signal, "") from error
    for scope in _scopes(content, signal):
        for item in scope[signal.items]:
            _write_ids(item)
    return content


def _malformed(signal: Signal, message: str) -> RefusalError:
    """Return the refusal of a body that is no such request; of what the parser says only the names of fields."""
    field = ".".join(re.findall(r"Failed to parse (\w+) field", message))
    return RefusalError(400, f"the body is no {signal.request.DESCRIPTOR.name}", field=field)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _scopes(content: dict[str, Any], signal: Signal) -> Iterator[dict[str, Any]]:
    for resource in content.get(signal.resources) or ():
        for scope in resource.get(signal.scopes) or ():
            scope.setdefault(signal.items, [])
            yield scope


def _count_items(message: Any, signal: Signal) -> int:
    """Return how many items a message holds, by names with underscores too, which the parser takes as well."""
    resources, scopes, items = (
        _UPPER.sub(r"_\1", name).lower() for name in (signal.resources, signal.scopes, signal.items)
    )
    return sum(
        len(getattr(scope, items)) for resource in getattr(message, resources) for scope in getattr(resource, scopes)
    )


def _drop_invalid(content: dict[str, Any], signal: Signal) -> int:
    n_rejected = 0
    for scope in _scopes(content, signal):
        valid = [span for span in scope[signal.items] if _is_valid(span)]
        n_rejected += len(scope[signal.items]) - len(valid)
        scope[signal.items] = valid
    return n_rejected


def _is_valid(span: dict[str, Any]) -> bool:
    return bool(_TRACE_ID.fullmatch(span.get("traceId") or "") and _SPAN_ID.fullmatch(span.get("spanId") or ""))


def _write_ids(item: dict[str, Any]) -> None:
    """Write ids as hexadecimal digits, as OTLP wants them in JSON, also in what an item links to."""
    for owner in (item, *item.get("links", ())):
        for name in _IDS:
            if name in owner:
                owner[name] = base64.b64decode(owner[name]).hex()


def _count_points(metric: dict[str, Any]) -> int:
    return sum(len(metric[kind].get("dataPoints", ())) for kind in _POINTS if isinstance(metric.get(kind), dict))
