"""The order in which the stages run. Only this folder knows it.

`ingest` takes files to events, `label` takes events to labels and quality, `watermark` says up to when
events are complete, `status` says where the store stands.
"""

from feedback.pipeline.ingest import IngestSummary, ingest_logs
from feedback.pipeline.label import RunSummary, run_labels
from feedback.pipeline.status import StoreStatus, current_labels, summarise_changes, summarise_store

__all__ = [
    "IngestSummary",
    "RunSummary",
    "StoreStatus",
    "current_labels",
    "ingest_logs",
    "run_labels",
    "summarise_changes",
    "summarise_store",
]
