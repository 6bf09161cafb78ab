"""Recorded telemetry with anything in place of any part of it: no crash, nothing lost."""

import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.receive.otlp import LOGS, TRACES, Signal, take
from feedback.receive.refusals import RefusalError
from feedback.sources.otel import read_otel
from feedback.sources.posthog import read_posthog

RECORDED = Path(__file__).parent / "recorded"
FILES = {
    file: [json.loads(line) for line in file.read_text().splitlines()]
    for file in (*RECORDED.glob("otel/*.jsonl"), *RECORDED.glob("posthog/*.jsonl"))
}
JUNK = st.one_of(
    st.none(), st.booleans(), st.text(max_size=5), st.integers(-(10**30), 10**30), st.floats(),
    st.sampled_from([10**400, "9" * 30, "\ud800", [], {}, [[]], {"": None}, [None], {"values": 5}, "1e999", -0.0]),
    st.sampled_from([10, 60, 300]).map(lambda depth: nested(depth)),  # noqa: PLW0108 - defined below
)  # fmt: skip


def nested(depth: int) -> Any:
    """Return an attribute value with lists in lists."""
    value: Any = {"stringValue": "x"}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Path, list[Any]]:
    file = draw(st.sampled_from(sorted(FILES)))
    records = copy.deepcopy(FILES[file])
    where = list(places(records))
    for at in draw(st.lists(st.integers(0, len(where) - 1), min_size=1, max_size=4)):
        owner, key = where[at]
        owner[key] = draw(JUNK)
    return file, records


@given(mutated())
def test_readers_take_anything(tmp_path_factory: pytest.TempPathFactory, given_file: tuple[Path, list[Any]]):
    file, records = given_file
    folder = tmp_path_factory.mktemp("mutated")
    (folder / file.name).write_text("".join(json.dumps(record) + "\n" for record in records))
    reader = read_posthog if file.parent.name == "posthog" else read_otel
    logs = list(reader(folder / file.name))
    rows = [row for log in logs for row in (*log.frame["(row)"], *log.broken["row"])]
    assert set(rows) == set(range(1, max(rows, default=0) + 1))
    assert all(reason for log in logs for reason in log.broken["reason"])
    # An empty list is a file of no records.
    assert len(rows) >= sum(record != [] for record in records)


@given(mutated(), st.sampled_from([TRACES, LOGS]))
def test_the_receiver_refuses_or_keeps_one_line_of_json(given_file: tuple[Path, list[Any]], signal: Signal):
    for record in given_file[1]:
        with contextlib.suppress(RefusalError):
            line = take(json.dumps(record).encode(), "json", signal).line
            assert line is None or (isinstance(json.loads(line), dict) and b"\n" not in line)


@given(st.binary(max_size=300), st.sampled_from([TRACES, LOGS]))
def test_the_receiver_refuses_or_keeps_any_bytes(body: bytes, signal: Signal):
    with contextlib.suppress(RefusalError):
        taken = take(body, "protobuf", signal)
        assert taken.line is None or isinstance(json.loads(taken.line), dict)
