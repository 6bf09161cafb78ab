"""Calls for a human: which responses led to one."""

import polars as pl

from feedback.interactions.kinds import of_kind, seconds
from feedback.interactions.numbers import last_of

BLAMED_RESPONSES = 3


def blame_responses(acts: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Return one row per call for a human and response that shares the blame for it.

    These are the response before the call and the two before that in the same part, each if the call
    came inside its own window. Columns: `nth` of the response, `pos` and `row` of the call,
    `n_back` (0, 1 or 2) and `after_s` since the response was shown.
    """
    calls = acts.filter(of_kind("escalate")).select("nth", "part", "pos", "row", called_at="occurred_at")
    back = pl.concat(
        [calls.with_columns(n_back=pl.lit(back, pl.Int64)) for back in range(BLAMED_RESPONSES)]
    ).filter(pl.col("nth") >= pl.col("n_back"))  # fmt: skip
    back = back.with_columns(pl.col("nth") - pl.col("n_back").cast(pl.UInt32))
    blamed = responses.select("shown_at", "window_ends_at", blamed_part="part")[back["nth"]]
    inside = pl.col("called_at").is_between("shown_at", "window_ends_at", closed="left")
    return (
        pl.concat([back, blamed], how="horizontal")
        .filter(inside & (pl.col("part") == pl.col("blamed_part")))
        .select("nth", "pos", "row", "n_back", after_s=seconds(pl.col("called_at"), pl.col("shown_at")))
    )


def summarise_escalations(blamed: pl.DataFrame, *, n_responses: int) -> pl.DataFrame:
    """Return one row per response, in order: how near its nearest call is, in responses and in seconds."""
    nearest = blamed.sort("n_back", "after_s", descending=True)
    return nearest.select(n_turns_to_escalation="n_back", escalated_after_s="after_s").select(
        pl.all().gather(last_of(nearest["nth"], n_responses))
    )
