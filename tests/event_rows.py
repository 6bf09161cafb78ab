"""Literal events and interactions for tests: a few rows, everything else at its default."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.interactions import derive_interactions
from feedback.schemas import empty_table

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LONG_AFTER = START + timedelta(days=30)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def event(
    seconds: float, kind: str, of: str | None = None, *, session: str = "s", name: str | None = None, **columns
) -> dict:
    """Return one event, `seconds` after the start, about the interaction `of`; `name` is its id."""
    return {
        "event_id": name,
        "occurred_at": at(seconds),
        "kind": kind,
        "session_id": session,
        "interaction_id": of,
        **columns,
    }


def event_table(*events: dict) -> pl.DataFrame:
    """Return table `events`: ids are e01, e02 ... in the order given, unless named."""
    declared = empty_table("events")
    further = {name: pl.String for row in events for name in row if name not in declared.columns}
    rows = [{**row, "event_id": row["event_id"] or f"e{n:02}"} for n, row in enumerate(events, start=1)]
    return pl.DataFrame(rows, schema={**declared.schema, **further})


def derive(*events: dict, watermark: datetime | None = LONG_AFTER, **settings) -> dict[str, dict]:
    """Return the derived interactions by id, each as a mapping of its columns."""
    found = derive_interactions(event_table(*events), watermark=watermark, **settings)
    return {row["interaction_id"]: row for row in found.to_dicts()}


def interaction_table(*rows: dict) -> pl.DataFrame:
    """Return table `interactions`: final, nothing observed, unless the row says otherwise."""
    quiet = {
        "session_id": "s", "session_part": 0, "turn": 0, "shown_at": START, "n_rephrasings": 0,
        "is_rephrased_explicitly": False, "is_task_like": False, "outcome": "unlabelled", "evidence_event_ids": [],
        "window_ends_at": at(1800), "is_final": True, "is_backfill": False, "is_automated": False,
    }  # fmt: skip
    filled = [{"interaction_id": f"i{n}", **quiet, **row} for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(filled, schema=empty_table("interactions").schema)


def verdicts(interaction_ids: list[str], verdict: str = "good") -> pl.DataFrame:
    """Return one verdict per interaction, of reviews drawn at random."""
    said = {"level": "response", "verdict": verdict, "stream": "rate", "inclusion_probability": 0.5}
    return pl.DataFrame({"interaction_id": interaction_ids}, schema={"interaction_id": pl.String}).with_columns(
        pl.lit(value).alias(name) for name, value in said.items()
    )
