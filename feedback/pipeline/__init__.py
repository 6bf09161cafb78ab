"""The order in which the stages run. Only this folder knows it.

`ingest` takes files to events and `reviews` files to reviews; `label` takes events to labels and quality:
`scope` finds the sessions it must look at, `writing` adds what is final and replaces what is open, `daily` and
`health` bring quality and data health up to date, `segments` says what got worse. `fit` makes a new label model,
`restate` labels the past anew, `follow` waits for files. `watermark` says up to when events are complete,
`versions` by which rules and label model labels were made, `status` where the store stands.
"""

from feedback.pipeline.draws import draw_reviews
from feedback.pipeline.fit import FIT_STEPS, FitSummary, fit_labels
from feedback.pipeline.follow import watch_files
from feedback.pipeline.ingest import IngestSummary, ingest_logs
from feedback.pipeline.label import RunSummary, run_labels
from feedback.pipeline.restate import RESTATE_STEPS, RestateSummary, restate_labels
from feedback.pipeline.reviews import export_stored_reviews, import_reviews, measure_store_agreement
from feedback.pipeline.status import StoreStatus, current_labels, summarise_changes, summarise_store

__all__ = [
    "FIT_STEPS",
    "RESTATE_STEPS",
    "FitSummary",
    "IngestSummary",
    "RestateSummary",
    "RunSummary",
    "StoreStatus",
    "current_labels",
    "draw_reviews",
    "export_stored_reviews",
    "fit_labels",
    "import_reviews",
    "ingest_logs",
    "measure_store_agreement",
    "restate_labels",
    "run_labels",
    "summarise_changes",
    "summarise_store",
    "watch_files",
]
