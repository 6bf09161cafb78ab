"""The OpenTelemetry SDK: its JSON file exporters, and its exporters over HTTP against the receiver."""

import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.ingest import IngestSummary
from feedback.store import Store

MAIN = "from feedback.cli import main; main()"
pytestmark = pytest.mark.producers


def test_from_files_to_labels(produce, tmp_path: Path):
    store = Store(tmp_path / "store")
    read = ingest(store, produce("otel"))
    assert counts(read) == (25, 14, 2, 9)
    run_labels(store, clock=now, watermark="end")
    labels = store.table("labels").sort("interaction_id").collect()
    assert labels.select("interaction_id", "reason").rows() == [
        ("resp-1", "copied"),
        ("resp-2", "undone_soon"),
        ("resp-4", "rated_up"),
        ("resp-5", "escalated"),
    ]


@pytest.mark.parametrize("how", ["protobuf", "json"])
def test_sent_over_http_is_the_same_as_in_files(how: str, produce, tmp_path: Path):
    incoming = tmp_path / "incoming"
    with receiver(incoming) as url:
        produce("otel", how, url, reach="this machine")
    sent, filed = Store(tmp_path / "sent"), Store(tmp_path / "filed")
    assert counts(ingest(sent, incoming)) == (24, 14, 0, 10)
    ingest(filed, produce("otel"))
    assert_frame_equal(events_of(sent), events_of(filed))


class receiver:  # noqa: N801 - reads like the functions of contextlib
    """`feedback receive` on a free port, for a with-block; closed in an orderly way at its end."""

    def __init__(self, folder: Path):
        command = [sys.executable, "-c", MAIN, "receive", "--port", "0", "--into", str(folder), "--close-after", "600"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> str:
        line = self.process.stdout.readline()
        return re.search(r"http://\S+", line)[0]

    def __exit__(self, *_: object):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0
        self.process.stdout.close()


def ingest(store: Store, folder: Path) -> IngestSummary:
    return ingest_logs(store, [folder], clock=now)


def counts(read: IngestSummary) -> tuple[int, int, int, int]:
    return read.n_rows, read.n_new, read.n_duplicates, read.n_quarantined


def events_of(store: Store):
    return store.table("events").sort("event_id").collect()


def now() -> datetime:
    return datetime.now(UTC)
