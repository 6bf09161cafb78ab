"""What became of a response, once its window has closed."""

import polars as pl

from feedback.interactions.acts import GOOD_RATING
from feedback.interactions.numbers import first_of, has_any
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S, OUTCOMES

_OUTCOME = pl.Enum(OUTCOMES)


def decide_outcome() -> pl.Expr:
    """Return the outcome of an interaction, null while its window is open.

    In this order: recovered (failed, but the latest attempt of its chain succeeded), escalated, failed
    (undone, rejected, retried, rephrased or rated under 0.5), corrected (an edit stands and changed
    something), clean_success (at least one good act), unlabelled. A response seen for under 750 ms is
    unlabelled.
    """
    decided = (
        (was_not_seen(), "unlabelled"),
        (_failed() & pl.col("has_recovered"), "recovered"),
        (pl.col("escalated_after_s").is_not_null(), "escalated"),
        (_failed(), "failed"),
        (pl.col("is_edited") & (pl.col("kept_share").fill_null(0) < 1), "corrected"),
        (_has_good_act(), "clean_success"),
    )
    outcome = pl.when(~pl.col("is_final")).then(None)
    for condition, name in decided:
        outcome = outcome.when(condition).then(pl.lit(name, _OUTCOME))
    return outcome.otherwise(pl.lit("unlabelled", _OUTCOME)).alias("outcome")


def was_not_seen() -> pl.Expr:
    """Return whether the response was visible too briefly to be judged."""
    return (pl.col("seen_s") < NOT_SEEN_BELOW_S).fill_null(value=False)


def _failed() -> pl.Expr:
    return (
        pl.col("undone_after_s").is_not_null()
        | pl.col("rejected_after_s").is_not_null()
        | pl.col("retried_after_s").is_not_null()
        | (pl.col("n_rephrasings") > 0)
        | (pl.col("rating") < GOOD_RATING).fill_null(value=False)
    )


def _has_good_act() -> pl.Expr:
    return (
        pl.col("is_accepted")
        | pl.col("is_edited")
        | pl.col("copied_after_s").is_not_null()
        | (pl.col("rating") >= GOOD_RATING).fill_null(value=False)
    )


def judge_chains(judged: pl.DataFrame, *, n_openers: int) -> pl.Series:
    """Return whether the latest attempt inside the window had succeeded when the window ended.

    `judged` has one row per response, in order. Only facts that later events cannot change count: a good act
    that was no slip, and no bad act by then.
    """
    times = judged.select(
        "opener",
        "window_ends_at",
        "last_attempt",
        good_at=pl.min_horizontal("kept_at", "copied_at", "liked_at"),
        bad_at=pl.min_horizontal("undone_at", "rejected_at", "disliked_at", "asked_again_at"),
    )
    is_last = has_any(times["last_attempt"], n_openers).gather(times["opener"])
    good = times.filter(is_last & pl.col("good_at").is_not_null()).sort("good_at", maintain_order=True)
    first = first_of(good["opener"], n_openers).gather(times["last_attempt"])
    came_good = good["good_at"].gather(first) < times["window_ends_at"]
    went_bad = (good["bad_at"].gather(first) < times["window_ends_at"]).fill_null(value=False)
    return (came_good & ~went_bad).fill_null(value=False)
