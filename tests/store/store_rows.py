"""Small tables, literal rows and a process of its own for the tests of the store."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from feedback.schemas import TABLES, empty_table
from feedback.store import Store
from feedback.store.writer import Writer

HERE = Path(__file__).parent
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
VALUES = {
    pl.String: "x",
    pl.Int64: 1,
    pl.Float64: 0.5,
    pl.Boolean: True,
    pl.Date: date(2024, 5, 1),
    pl.Datetime: NOON,
    pl.List(pl.String): ["a", "b"],
}
CHECKED = {
    "kind": "view", "role": "measure", "outcome": "failed", "level": "session", "verdict": "bad", "stream": "mining",
    "action": "added", "part": "course", "what": "texts",
    "incident_events.action": "noted", "audit.action": "looked", "decision": "refused", "golden_refusals.action": "add",
    "tombstones.kind": "user",
    "label": "good", "label_source": "review", "split": "test",
    "segments.value": "score", "direction": "drop", "change_kind": "mix",
    "definition": [{"dimension": "model", "value": "m1", "low": None, "high": None, "not_in": ["m2"]}],
    "sources": [{"source": "app", "latest_at": NOON}],
    "pins": [{"table": "labels", "version": 3}], "heads": [], "counts": [{"name": "events", "n": 2}],
}  # fmt: skip
HUMAN = [name for name, table in TABLES.items() if table.is_human]
DERIVED = [name for name, table in TABLES.items() if not table.is_human and name != "runs"]


def clusters(**cluster_of: int) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": list(cluster_of), "cluster": list(cluster_of.values())})


def surprises(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": ids, "expected": [0.5] * len(ids), "surprise": [0.1] * len(ids)})


def reservation(number: object) -> pl.DataFrame:
    row = {"reservation_id": f"r{number}", "interaction_id": "i1", "reviewer": "ann"}
    return pl.DataFrame([row | {"reserved_at": NOON, "expires_at": NOON}], schema=empty_table("reservations").schema)


def one_row(name: str, **further: pl.Expr) -> pl.DataFrame:
    """Return a row with every declared column filled, however unlikely."""
    columns = TABLES[name].columns
    usual = {column: VALUES.get(kind, VALUES.get(type(kind))) for column, kind in columns.items()}
    checked = {column: CHECKED.get(f"{name}.{column}", CHECKED.get(column, usual[column])) for column in columns}
    return pl.DataFrame([checked], schema=columns).with_columns(**further)


def commit(writer: Writer, **known: object) -> int:
    row = {"command": "run", "started_at": NOON, "finished_at": NOON, "watermark": None, "label_version": None}
    return writer.commit(**{**row, "sources": {}, "counts": {}, **known})


def write(store: Store, name: str, frame: pl.DataFrame) -> int:
    with store.writer(clock=NOON) as writer:
        writer.replace(name, frame)
        return commit(writer)


def rows(tables, name: str = "clusters") -> list[tuple]:
    return sorted(tables.table(name).collect().rows())


def run_python(code: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parents[1]}"}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
