"""Every reader, whatever it is given: no crash but `InputError`, no record lost, no word of a user in a reason."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.errors import InputError
from feedback.events import normalise_events
from feedback.schemas import empty_table
from feedback.sources import FORMATS, RawLog, read_batches
from feedback.sources.detect import choose_format

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECRET = "Zaphod told nobody"
LINES = [name for name in FORMATS if name not in ("parquet", "csv")]
# Words that mean something to some reader, so that inputs get past its first look.
KEYS = st.sampled_from(
    [
        "event_id",
        "occurred_at",
        "kind",
        "session_id",
        "text",
        "value",
        "id",
        "name",
        "type",
        "event",
        "timestamp",
        "time",
        "properties",
        "distinct_id",
        "uuid",
        "resourceSpans",
        "resourceLogs",
        "scopeSpans",
        "scopeLogs",
        "spans",
        "logRecords",
        "attributes",
        "key",
        "stringValue",
        "intValue",
        "kvlistValue",
        "arrayValue",
        "values",
        "traceId",
        "spanId",
        "body",
        "startTimeUnixNano",
        "timeUnixNano",
        "eventName",
        "trace_id",
        "span_id",
        "traces",
        "observations",
        "scores",
        "input",
        "output",
        "metadata",
        "traceId",
        "startTime",
        "endTime",
        "dataType",
        "source",
        "messages",
        "conversations",
        "conversation",
        "role",
        "from",
        "content",
        "parts",
        "info",
        "data",
        "assessments",
        "feedback",
        "expectation",
        "request",
        "response",
        "run_type",
        "inputs",
        "outputs",
        "feedback_stats",
        "session_id",
        "start_time",
        "end_time",
        "context.trace_id",
        "context.span_id",
        "span_kind",
        "attributes.input.value",
        "annotations",
        "annotation_name",
        "result",
        "score",
        "label",
        "kind",
        "language",
        "completion",
        "shown",
        "accepted",
        "survival",
        "eventSource",
        "textDelta",
        "ops",
        "insert",
        "delete",
        "retain",
        "cursor",
        "offset",
        "currentDoc",
        "currentCursor",
    ]
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**30),
    st.floats(),
    st.just(SECRET),
    st.just(""),
    st.just("\ud83d"),
    st.sampled_from(
        ["2026-02-03T10:00:00Z", 1770112801, "1770112801000000000", "user", "assistant", "LLM", "HUMAN", "0.5"]
    ),
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)), max_leaves=12
)
RECORDS = st.lists(st.one_of(st.dictionaries(KEYS, VALUES, max_size=6), VALUES), min_size=1, max_size=5)


def read(name: str, content: bytes, ending: str = ".jsonl") -> list[RawLog] | None:
    """Return what a reader makes of the bytes; null when it says that they cannot be read at all."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"log{ending}"
        file.write_bytes(content)
        try:
            return list(read_batches(file, FORMATS[name]))
        except InputError as error:
            said = str(error)
    assert "\n" not in said
    assert SECRET not in said
    return None


def check(logs: list[RawLog] | None) -> int:
    """Return how many rows are accounted for, once reasons are clear and events can be looked at."""
    for log in logs or []:
        assert all(reason and SECRET not in reason for reason in log.broken["reason"])
        look_at(log)
    return sum(log.frame.height + log.broken.height for log in logs or [])


def look_at(log: RawLog) -> None:
    try:
        found = normalise_events(
            log.frame, file="log", clock=NOW, columns=empty_table("columns"), is_typed=log.is_typed
        )
    except InputError:
        return
    assert not any(SECRET in reason for reason in found.quarantine["reason"])
    n_lost = found.quarantine.select(pl.struct("row", "event_id", "session_id")).n_unique()
    assert found.events.height + n_lost <= log.frame.height + len(found.quarantine)


@pytest.mark.parametrize("name", LINES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=RECORDS)
def test_records_of_any_shape_are_accounted_for(name, records):
    lines = [{"first": 1}, *records]
    logs = read(name, "\n".join(map(json.dumps, lines)).encode("utf-8"))
    n = check(logs)
    assert logs is None or n >= len(lines)


@pytest.mark.parametrize("name", LINES)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    records=RECORDS,
    cut=st.floats(0, 1),
    mark=st.sampled_from([b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b", b"[", b"\xe9"]),
)
def test_damaged_files_are_read_or_refused(name, records, cut, mark):
    content = "\n".join(json.dumps(record) for record in records).encode("utf-8")
    check(read(name, mark + content[: int(cut * len(content))]))
    check(read(name, gzip.compress(content)[: int(20 + cut * len(content))], ".jsonl.gz"))
    check(read(name, content.decode().encode("utf-16")))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"{}",
        b"[]",
        b"[",
        b"{",
        b"null",
        b"[[]]",
        b'[{}, {"a": 1}',
        b"[" * 1_000 + b"]" * 1_000,
        b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
        b'{"attributes":' * 150 + b"1" + b"}" * 150,
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"n": NaN, "m": -Infinity}',
        b"\0" * 100,
        b'{"a": "\\ud83d"}',
        b"a,b\n1,2\n",
        b"PAR1" + b"junk" * 9 + b"PAR1",
    ],
)
def test_odd_files_are_read_or_refused(name, content):
    for ending in FORMATS[name].endings or (".jsonl",):
        check(read(name, content, ending))


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=4))
def test_recognising_never_fails(name, records):
    why = FORMATS[name].recognise(records)
    assert why is None or (why and "\n" not in why and SECRET not in why)


@settings(max_examples=10, deadline=None)
@given(records=RECORDS)
def test_choosing_a_format_never_fails(records):
    with TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        file.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
        try:
            said = choose_format(file).why
        except InputError as error:
            said = str(error)
    assert said
    assert SECRET not in said
