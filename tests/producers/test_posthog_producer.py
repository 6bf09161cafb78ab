"""PostHog's client and its OpenAI wrapper, against a server that keeps what they send."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from capture_server import CaptureServer

from feedback.pipeline import ingest_logs, run_labels
from feedback.settings import Naming, Settings
from feedback.store import Store

pytestmark = pytest.mark.producers


def test_from_the_client_to_labels(produce, tmp_path: Path):
    server = CaptureServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    produce("posthog", server.url, reach="this machine")
    server.shutdown()
    server.server_close()
    log = tmp_path / "events.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in server.events))
    store = Store(tmp_path / "store")
    settings = Settings(sources=Naming(scales={"survey-1": (2, 1)}))
    read = ingest_logs(store, [log], clock=lambda: datetime.now(UTC), settings=settings)
    # Two generations give a request and a response each; accept, survey and metric one event each.
    assert (read.n_rows, read.n_new, read.n_duplicates, read.n_quarantined) == (10, 7, 0, 3)
    run_labels(store, clock=lambda: datetime.now(UTC), watermark="end", settings=settings)
    labels = store.table("labels").collect()
    assert labels.height == 2
    assert labels["feature"].to_list() == ["help-chat", "help-chat"]
    assert labels["score"].null_count() == 0
