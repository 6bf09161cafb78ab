"""Phoenix, MLflow, Langfuse and LangSmith: what they really write, up to the labels."""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.pipeline import IngestSummary, ingest_logs, run_labels
from feedback.store import Store

pytestmark = pytest.mark.producers
FEEDBACK = Path(sys.executable).parent / "feedback"
ALIKE = Counter(["rated_down", "rated_up", "edited_lightly"])


def label(store: Store) -> Counter:
    run_labels(store, clock=lambda: datetime.now(UTC), watermark="end")
    labels = store.table("labels").collect()
    assert set(labels["model"]) <= {"model-1", "model-2"}
    return Counter(labels["reason"])


def ingest(store: Store, folder: Path) -> IngestSummary:
    found = ingest_logs(store, [folder], clock=lambda: datetime.now(UTC))
    assert found.n_rows == found.n_new + found.n_duplicates + found.n_quarantined
    return found


def test_a_phoenix_server_by_its_files_and_by_its_address(produce, tmp_path: Path):
    served = Store(tmp_path / "served")
    out = produce("phoenix", str(FEEDBACK), "ingest", "--format", "phoenix", "--store", str(served.path))
    assert label(served) == ALIKE
    for name, folder in (("parquet", out), ("jsonl", out / "jsonl")):
        store = Store(tmp_path / name)
        files = sorted(folder.glob(f"*.{name}"))
        found = ingest_logs(store, files, clock=lambda: datetime.now(UTC))
        assert (found.n_rows, found.n_new, found.n_quarantined) == (14, 9, 5)
        assert label(store) == ALIKE
        events, others = (each.table("events").collect() for each in (store, served))
        assert sorted(events["event_id"]) == sorted(others["event_id"])


def test_mlflow_in_three_forms(produce, tmp_path: Path):
    out = produce("mlflow")
    for form in ("trace_files", "frame", "parquet"):
        store = Store(tmp_path / form)
        found = ingest(store, out / form)
        assert (found.n_rows, found.n_new, found.n_quarantined) == (14, 11, 3)
        assert label(store) == Counter(["rated_down", None, "edited_heavily", "rated_up"])


# The answer that Langfuse's correction is about has a thumb up as well, which weighs more.
@pytest.mark.parametrize(
    ("name", "labels"), [("langfuse", Counter(["rated_down", "rated_up", "rated_up"])), ("langsmith", ALIKE)]
)
def test_what_the_types_of_the_client_write(produce, tmp_path: Path, name: str, labels: Counter):
    store = Store(tmp_path / "store")
    ingest(store, produce(name))
    assert label(store) == labels
