"""What the receiver answers, as the specification of OTLP over HTTP wants it."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from receiver_client import Answer, Client, serving

from feedback.receive import Limits, build_app, open_inbox

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
JSON, PROTOBUF = "application/json", "application/x-protobuf"
TRACE, SPAN = bytes.fromhex("5b8efff798038103d269b633813fc60c"), bytes.fromhex("eee19b7ec3c1b174")
EVENT = {"event_id": "e1", "occurred_at": "2026-11-21T10:00:00Z", "kind": "copy", "session_id": "s1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


@pytest.fixture
def client(folder: Path):
    with open_inbox(folder, clock=lambda: NOON) as inbox, serving(build_app(inbox, Limits(10_000, 5))) as client:
        yield client


def spans(*ids: tuple[bytes, bytes]) -> bytes:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for trace, span in ids:
        kept = scope.spans.add(trace_id=trace, span_id=span, name="chat", start_time_unix_nano=1_788_000_000 * 10**9)
        kept.links.add(trace_id=trace, span_id=span)
    return request.SerializeToString()


def post(client: Client, path: str, body: object, media_type: str = PROTOBUF, **headers: str) -> Answer:
    return client.send("POST", path, body, {"Content-Type": media_type, **headers})


def kept(folder: Path) -> list[dict]:
    files = sorted(folder.glob(".*.part")) + sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_protobuf_is_kept_as_the_json_that_readers_of_files_read(client: Client, folder: Path):
    answer = post(client, "/v1/traces", spans((TRACE, SPAN)))
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, PROTOBUF, b"")
    [export] = kept(folder)
    [span] = export["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert span == {
        "traceId": TRACE.hex(),
        "spanId": SPAN.hex(),
        "name": "chat",
        "startTimeUnixNano": "1788000000000000000",
        "links": [{"traceId": TRACE.hex(), "spanId": SPAN.hex()}],
    }


def test_json_is_kept_as_it_is(client: Client, folder: Path):
    export = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "5", "unknown": {"new": 1}}]}]}]}
    answer = post(client, "/v1/logs", json.dumps(export).encode(), f"{JSON}; charset=utf-8")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, JSON, b"{}")
    assert kept(folder) == [export]


def test_gzip_is_unpacked(client: Client, folder: Path):
    body = gzip.compress(spans((TRACE, SPAN)))
    assert post(client, "/v1/traces", body, **{"Content-Encoding": "gzip"}).status_code == 200
    assert len(kept(folder)) == 1


@pytest.mark.parametrize("body", [b"", spans(), ExportTraceServiceRequest().SerializeToString()])
def test_empty_requests_succeed_and_leave_nothing(client: Client, folder: Path, body: bytes):
    assert post(client, "/v1/traces", body).status_code == 200
    assert post(client, "/v1/traces", b"", JSON).status_code == 200
    assert kept(folder) == []


def test_spans_without_ids_are_a_partial_success(client: Client, folder: Path):
    answer = post(client, "/v1/traces", spans((TRACE, SPAN), (bytes(16), SPAN), (b"", b"")))
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 2)
    assert partial.error_message.startswith("spans need a traceId")
    assert len(kept(folder)[0]["resourceSpans"][0]["scopeSpans"][0]["spans"]) == 1


def test_metrics_are_rejected_point_by_point(client: Client, folder: Path):
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    scope.metrics.add(name="a").gauge.data_points.add()
    twice = scope.metrics.add(name="b").sum
    twice.data_points.add()
    twice.data_points.add()
    answer = post(client, "/v1/metrics", request.SerializeToString())
    partial = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_data_points) == (200, 3)
    assert partial.error_message == "feedback takes traces and logs; metrics say nothing of single answers"
    assert kept(folder) == []


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\xff\xff\xff", PROTOBUF),
        (b"{", JSON),
        (b"[]", JSON),
        (b"\xff", JSON),
        (b'{"resourceSpans": "secret"}', JSON),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": "secret"}]}]}]}', JSON),
        (b'{"resource_spans": [{"scope_spans": [{"spans": [{}]}]}]}', JSON),
        (b'{"x": NaN}', JSON),
        (b'{"x":' * 1_500, JSON),
    ],
)
def test_malformed_bodies_are_bad_requests(client: Client, folder: Path, body: bytes, media_type: str):
    answer = post(client, "/v1/traces", body, media_type)
    assert (answer.status_code, answer.headers["content-type"]) == (400, media_type)
    message = answer.json()["message"] if media_type == JSON else Status.FromString(answer.content).message
    assert message
    assert b"secret" not in answer.content
    assert kept(folder) == []


def test_a_bad_request_says_where_it_is_bad(client: Client):
    answer = post(client, "/v1/traces", b'{"resourceSpans": [{"scopeSpans": 5}]}', JSON)
    [detail] = answer.json()["details"]
    assert detail["fieldViolations"][0]["field"] == "resourceSpans.scopeSpans"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * 10_001, {}, 413),
        (gzip.compress(bytes(10_001), mtime=0), {"Content-Encoding": "gzip"}, 413),
        (gzip.compress(spans((TRACE, SPAN)), mtime=0)[:-9], {"Content-Encoding": "gzip"}, 400),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400),
        (b"", {"Content-Encoding": "br"}, 415),
        (b"", {"Content-Type": "text/plain"}, 415),
        (b"", {"Content-Type": ""}, 415),
    ],
)
def test_refusals(client: Client, folder: Path, body: bytes, headers: dict[str, str], status: int):
    assert post(client, "/v1/logs", body, **{"Content-Type": PROTOBUF, **headers}).status_code == status
    assert kept(folder) == []


def test_a_body_of_unknown_length_is_bounded_too(client: Client):
    answer = post(client, "/v1/logs", iter([b"x" * 6_000] * 2))
    assert answer.status_code == 413


def test_other_addresses_and_methods(client: Client):
    answer = client.send("GET", "/v1/traces")
    assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (405, "POST", 12)
    assert post(client, "/v1/profiles", b"").status_code == 404


def test_what_cannot_be_written_is_to_be_sent_again(folder: Path):
    with open_inbox(folder, clock=lambda: NOON) as inbox, serving(build_app(inbox)) as client:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        answer = post(client, "/v1/traces", spans((TRACE, SPAN)))
        folder.mkdir()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert Status.FromString(answer.content).message == "the events cannot be written"


def test_too_many_at_once_are_to_come_again(folder: Path):
    with open_inbox(folder, clock=lambda: NOON) as inbox, serving(build_app(inbox, Limits(at_once=0))) as client:
        answer = post(client, "/v1/traces", spans((TRACE, SPAN)))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_a_page_that_renames_itself_to_this_machine_is_refused(folder: Path):
    limits = Limits(hosts=("localhost", "127.0.0.1", "::1"))
    with open_inbox(folder, clock=lambda: NOON) as inbox, serving(build_app(inbox, limits)) as client:
        named = {
            host: post(client, "/v1/logs", b"", Host=host).status_code for host in ("evil.example:4318", "[::1]:1")
        }
    assert named == {"evil.example:4318": 400, "[::1]:1": 200}


@pytest.mark.parametrize(
    "body",
    [json.dumps(EVENT), json.dumps([EVENT]), f"{json.dumps(EVENT)}\n", f"\n{json.dumps(EVENT, indent=1)}"],
    ids=["one", "array", "line", "over lines"],
)
def test_plain_events(client: Client, folder: Path, body: str):
    answer = post(client, "/v1/events", body.encode(), JSON)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "rejected": 0, "errors": []})
    assert kept(folder) == [EVENT]


def test_plain_events_that_are_none_are_named(client: Client, folder: Path):
    lines = [json.dumps(EVENT), "{", json.dumps({**EVENT, "kind": "thumb"}), "7", json.dumps({"kind": "copy"})]
    answer = post(client, "/v1/events", "\n".join(lines).encode(), "application/x-ndjson")
    assert answer.json()["accepted"] == 1
    assert [error["row"] for error in answer.json()["errors"]] == [2, 3, 4, 5]
    assert kept(folder) == [EVENT]


def test_plain_events_of_which_none_is_good_are_a_bad_request(client: Client):
    assert post(client, "/v1/events", b"[{}]", JSON).status_code == 400
    assert post(client, "/v1/events", b"no json", JSON).status_code == 400
    assert post(client, "/v1/events", b"{}", "application/x-www-form-urlencoded").status_code == 415


def test_logs_in_protobuf_keep_ids_and_bodies(client: Client, folder: Path):
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(trace_id=TRACE, span_id=SPAN)
    record.body.kvlist_value.values.add(key="n").value.int_value = 2**60
    post(client, "/v1/logs", request.SerializeToString())
    [kept_record] = kept(folder)[0]["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert kept_record["spanId"] == SPAN.hex()
    assert kept_record["body"] == {"kvlistValue": {"values": [{"key": "n", "value": {"intValue": str(2**60)}}]}}
