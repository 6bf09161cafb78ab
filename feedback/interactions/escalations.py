"""Calls for a human: which responses led to one."""

import polars as pl

from feedback.interactions.attribution import of_kind, seconds

BLAMED_RESPONSES = 3


def blame_responses(acts: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per call for a human and response that shares the blame for it.

    These are the response before the call and the two before that in the same part, each if the call
    came inside its own window. Columns: `nth` of the response, `pos` and `event_id` of the call,
    `n_back` (0, 1 or 2) and `after_s` since the response was shown.
    """
    calls = acts.filter(of_kind("escalate")).select("nth", "part", "pos", "event_id", called_at="occurred_at")
    blamed = pl.concat(
        calls.with_columns(pl.col("nth") - back, n_back=pl.lit(back, pl.Int64)) for back in range(BLAMED_RESPONSES)
    )
    return (
        blamed.join(responses.select("nth", "part", "shown_at", "window_ends_at"), on=["nth", "part"])
        .filter(pl.col("called_at").is_between("shown_at", "window_ends_at", closed="left"))
        .select("nth", "pos", "event_id", "n_back", after_s=seconds(pl.col("called_at"), pl.col("shown_at")))
    )


def summarise_escalations(blamed: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per blamed response (`nth`): how near its nearest call is, in responses and in seconds."""
    nearest = pl.col("n_back").min()
    return blamed.group_by("nth").agg(
        n_turns_to_escalation=nearest,
        escalated_after_s=pl.col("after_s").filter(pl.col("n_back") == nearest).min(),
    )
