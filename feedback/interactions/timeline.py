"""The events of each session in order, cut into parts and turns."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from feedback.schemas import TABLES
from feedback.schemas.behaviour import KINDS, OPENERS

KIND = pl.Enum(KINDS)
SET_APART = "log: "


def set_further_apart(events: pl.LazyFrame, further: Sequence[str]) -> pl.LazyFrame:
    """Return the declared columns of the events, `feature`, and the further ones behind a prefix.

    A column of the log may have any name; behind the prefix none can be taken for one we add.
    """
    names = events.collect_schema().names()
    feature = pl.col("feature") if "feature" in names else pl.lit(None, pl.String).alias("feature")
    declared = [name for name in TABLES["events"].columns if name in names]
    return events.select(*declared, feature, *(pl.col(name).alias(SET_APART + name) for name in further))


def order_events(events: pl.LazyFrame, *, session_gap: timedelta) -> pl.LazyFrame:
    """Return the events sorted by session, time and id, with their place in the session.

    Adds `pos` (row number), `part` (number of the session part, over all sessions), `session_part`
    (0-based in its session), `turn` (0-based in its part; null before the first opener), `is_response`,
    `is_opener`, and three neighbours as row numbers, null where the part has none: `last_response` and
    `last_opener` (strictly earlier), `next_opener` (strictly later).

    A response logged twice under one id in one part counts once, at its first time.
    """
    return (
        events.with_columns(pl.col("kind").cast(KIND))
        .sort("session_id", "occurred_at", "event_id")
        .with_row_index("pos")
        .with_columns(_is_new_session(), _is_new_part(session_gap), is_opener=pl.col("kind").is_in(list(OPENERS)))
        .with_columns(part=pl.col("is_new_part").cum_sum(), n_openers=pl.col("is_opener").cum_sum())
        .with_columns(_is_response())
        .with_columns(
            session_part=(pl.col("part") - _at("is_new_session", pl.col("part"))).cast(pl.Int64),
            part_starts=_at("is_new_part", pl.col("pos")),
            turn=(pl.col("n_openers").cast(pl.Int64) - 1)
            - _at("is_new_part", pl.col("n_openers") - pl.col("is_opener").cast(pl.UInt32)).cast(pl.Int64),
        )
        .with_columns(
            last_response=_earlier("is_response"),
            last_opener=_earlier("is_opener"),
            next_opener=_later("is_opener"),
            turn=pl.when(pl.col("turn") >= 0).then("turn"),
        )
        .drop("is_new_session", "is_new_part", "n_openers", "part_starts")
    )


def _is_new_session() -> pl.Expr:
    session = pl.col("session_id")
    return session.ne_missing(session.shift()).alias("is_new_session")


def _is_new_part(session_gap: timedelta) -> pl.Expr:
    silence = pl.col("occurred_at") - pl.col("occurred_at").shift()
    other_session = pl.col("session_id").ne_missing(pl.col("session_id").shift())
    return (other_session | (silence > session_gap)).fill_null(value=True).alias("is_new_part")


def _is_response() -> pl.Expr:
    answered = pl.when(pl.col("kind") == "response").then("interaction_id")
    return (answered.is_not_null() & pl.struct("part", answered).is_first_distinct()).alias("is_response")


def _at(flag: str, what: pl.Expr) -> pl.Expr:
    """Return `what` as it was at the latest row where the flag was set."""
    return pl.when(flag).then(what).forward_fill()


def _earlier(flag: str) -> pl.Expr:
    found = pl.when(flag).then("pos").shift().forward_fill()
    return pl.when(found >= pl.col("part_starts")).then(found)


def _later(flag: str) -> pl.Expr:
    found = pl.when(flag).then("pos").shift(-1).backward_fill()
    return pl.when(pl.col("part_starts").gather(found) == pl.col("part_starts")).then(found)
