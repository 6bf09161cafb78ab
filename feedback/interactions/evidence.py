"""The events that say something about a response."""

import polars as pl

from feedback.interactions.attribution import of_kind


def collect_evidence(
    acts: pl.LazyFrame, attempts: pl.LazyFrame, blamed: pl.LazyFrame, responses: pl.LazyFrame
) -> pl.LazyFrame:
    """Return one row per response (`nth`) with `evidence_event_ids`, in time order.

    Evidence is every act about the response but views, every later attempt at its request, a call for a
    human it shares the blame for, and what the person asked or said next, all inside its window.
    """
    columns = ("nth", "pos", "event_id")
    said_next = responses.filter(pl.col("next_request_event_id").is_not_null()).select(
        "nth", pos="next_opener", event_id="next_request_event_id"
    )
    return (
        pl.concat(
            [
                acts.filter(~of_kind("view")).select(columns),
                attempts.filter("is_same").select(columns),
                blamed.select(columns),
                said_next,
            ]
        )
        .unique(["nth", "pos"])
        .sort("nth", "pos")
        .group_by("nth", maintain_order=True)
        .agg(evidence_event_ids="event_id")
    )
