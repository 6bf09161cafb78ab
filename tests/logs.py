"""Hypothesis strategies for small adversarial logs: tied times, repeated ids, gaps, much alike in words."""

from datetime import timedelta

import polars as pl
from event_rows import START
from hypothesis import strategies as st

from feedback.schemas import empty_table
from feedback.schemas.behaviour import KINDS

WINDOWS = {"default": timedelta(minutes=30), "code": timedelta(minutes=5), "mail": timedelta(hours=13)}
SESSIONS = ("s1", "s2", "s3")
_STEPS_S = (0, 0, 0.3, 0.7, 1, 5, 40, 290, 299, 1_700, 1_800, 1_801, 43_200, 43_201)
_SAYINGS = (
    None, "How long is the warranty?", "how long is the warranty", "And how long is the warranty, please?",
    "Which warranty?", "Where is my parcel?", "Thanks, perfect!", "That is wrong.",
)  # fmt: skip
_LIKELY = ("request", "request", "response", "response", "response", "rephrase", "retry", "accept", "undo", "edit")
_VALUES = {
    "view": (None, 0.0, 400.0, 5_000.0), "edit": (None, None, 0.0, 0.6, 1.0), "undo": (None, None, 0.3),
    "rating": (0.0, 0.5, 1.0),
}  # fmt: skip


@st.composite
def _events(draw: st.DrawFn, number: int) -> dict:
    kind = draw(st.sampled_from((*_LIKELY, *KINDS)))
    session = draw(st.sampled_from(SESSIONS[:2] * 2 + SESSIONS))
    ids = [f"{session}-i{n}" for n in range(4)]
    named = st.sampled_from([*ids, f"e{number}-own"]) if kind == "response" else st.sampled_from([None, None, *ids])
    return {
        "event_id": f"{draw(st.integers(0, 9))}-{number}",
        "step": draw(st.sampled_from(_STEPS_S)),
        "kind": kind,
        "session_id": session,
        "user_id": draw(st.sampled_from([None, "u"])),
        "interaction_id": draw(named),
        "text": draw(st.sampled_from(_SAYINGS)),
        "value": draw(st.sampled_from(_VALUES.get(kind, (None,)))),
        "feature": draw(st.sampled_from([None, None, "code", "mail"])),
        "model": draw(st.sampled_from([None, "m1"])),
        "cost_usd": draw(st.sampled_from([None, 0.5])),
    }


@st.composite
def logs(draw: st.DrawFn, *, at_most: int = 24) -> pl.DataFrame:
    """Return table `events` with up to three sessions that overlap in time, two dimensions and a measure."""
    n = draw(st.integers(1, at_most))
    rows = [draw(_events(number)) for number in range(n)]
    schema = {**empty_table("events").schema, "feature": pl.String, "model": pl.String, "cost_usd": pl.Float64}
    after = pl.duration(microseconds=(pl.col("step").cum_sum() * 1e6).cast(pl.Int64))
    table = pl.DataFrame(rows, schema_overrides={name: dtype for name, dtype in schema.items() if name in rows[0]})
    return table.select(
        pl.col(name)
        if name in table.columns
        else (pl.lit(START, dtype) + after if name == "occurred_at" else pl.lit(None, dtype)).alias(name)
        for name, dtype in schema.items()
    )
