"""What can be wrong with a row of a file of reviews."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from feedback.reviews.readings import EARLIEST

MOST_AHEAD = timedelta(minutes=5)
FAULTS = pl.Schema({"row": pl.Int64, "column": pl.String, "reason": pl.String})

_LEVELS = ("response", "session")
_STREAMS = ("rate", "mining", "import")
_WORD = r"^[a-zA-Z_]{1,30}$"


@dataclass(frozen=True)
class Check:
    """Something that can be wrong: on which rows, with which column, and how to say it without user text."""

    column: str
    where: pl.Expr
    reason: pl.Expr


def find_faults(filled: pl.DataFrame, *, clock: datetime, time_zone: str) -> pl.DataFrame:
    """Return one row per row and fault: `row`, `column`, `reason`, in that order."""
    checks = (*_check_item(), *_check_verdict(), *_check_draw(), *_check_reviewer(clock, time_zone))
    rows = pl.col("(row)").alias("row")
    found = [
        filled.filter(check.where).select(rows, pl.lit(check.column).alias("column"), check.reason.alias("reason"))
        for check in checks
    ]
    return pl.concat([FAULTS.to_frame(), *found]).sort("row", "column", "reason")


def _check_item() -> Iterable[Check]:
    answer, session, level = pl.col("interaction_id"), pl.col("session_id"), pl.col("level")
    other = pl.col("(session_id)") != pl.col("known_session")
    unnamed = answer.is_null() & session.is_null()
    yield _check("interaction_id", unnamed, "interaction_id and session_id are missing")
    unknown = answer.is_not_null() & pl.col("known_session").is_null()
    yield Check("interaction_id", unknown, pl.format("there is no interaction {}", answer))
    yield Check("session_id", other, pl.format("interaction {} belongs to another session", answer))
    unknown = answer.is_null() & session.is_not_null() & ~pl.col("is_known_session")
    yield Check("session_id", unknown, pl.format("there is no session {}", session))
    yield _check("level", ~level.is_in(_LEVELS), "level is neither response nor session")
    nowhere = (level == "response") & answer.is_null() & session.is_not_null()
    yield _check("interaction_id", nowhere, "interaction_id is missing: the review is of a response")


def _check_verdict() -> Iterable[Check]:
    written = pl.col("(verdict)")
    missing = written.is_null() & pl.col("(score)").is_null()
    yield _check("verdict", missing, "verdict and score are missing")
    word = pl.when(written.str.contains(_WORD)).then(pl.format("unknown verdict '{}'", written))
    yield Check(
        "verdict", written.is_not_null() & pl.col("verdict").is_null(), word.otherwise(pl.lit("unknown verdict"))
    )
    score = pl.col("score")
    yield _check_number("score")
    yield _check("score", ~score.is_between(0, 1), "score is outside [0, 1]")


def _check_draw() -> Iterable[Check]:
    probability = pl.col("inclusion_probability")
    yield _check_number("inclusion_probability")
    outside = ~probability.is_between(0, 1, closed="right")
    yield _check("inclusion_probability", outside, "inclusion_probability is outside (0, 1]")
    yield _check("stream", ~pl.col("stream").is_in(_STREAMS), "stream is none of rate, mining, import")
    yield _check_number("label_version_seen", "a whole number")


def _check_reviewer(clock: datetime, zone: str) -> Iterable[Check]:
    reviewed = pl.col("reviewed_at")
    yield _check("reviewer", pl.col("reviewer").is_null(), "reviewer is missing, and no default was given")
    skipped = f"reviewed_at does not exist in {zone}: clocks were put forward then"
    yield _check("reviewed_at", reviewed.is_null() & ~pl.col("is_naive"), "reviewed_at is no time in ISO 8601 or epoch")
    yield _check("reviewed_at", reviewed.is_null() & pl.col("is_naive"), skipped)
    early = f"reviewed_at is before {EARLIEST:%Y-%m-%d}: no epoch, or a default"
    yield _check("reviewed_at", reviewed < EARLIEST, early)
    ahead = "reviewed_at is more than 5 minutes ahead of the clock"
    yield _check("reviewed_at", reviewed > clock + MOST_AHEAD, ahead)


def _check(column: str, where: pl.Expr, reason: str) -> Check:
    return Check(column, where, pl.lit(reason))


def _check_number(column: str, expected: str = "a number") -> Check:
    where = pl.col(f"({column})").is_not_null() & pl.col(column).is_null()
    return _check(column, where, f"{column} is not {expected}")
