"""What became of a response, once its window has closed."""

import polars as pl

from feedback.interactions.acts import GOOD_RATING
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S


def decide_outcome() -> pl.Expr:
    """Return the outcome of an interaction, null while its window is open.

    In this order: recovered (failed, but the latest attempt of its chain succeeded), escalated, failed
    (undone, rejected, retried, rephrased or rated under 0.5), corrected (an edit stands and changed
    something), clean_success (at least one good act), unlabelled. A response seen for under 750 ms is
    unlabelled.
    """
    return (
        pl.when(~pl.col("is_final"))
        .then(None)
        .when(was_not_seen())
        .then(pl.lit("unlabelled"))
        .when(_failed() & pl.col("has_recovered"))
        .then(pl.lit("recovered"))
        .when(pl.col("escalated_after_s").is_not_null())
        .then(pl.lit("escalated"))
        .when(_failed())
        .then(pl.lit("failed"))
        .when(pl.col("is_edited") & (pl.col("kept_share").fill_null(0) < 1))
        .then(pl.lit("corrected"))
        .when(_has_good_act())
        .then(pl.lit("clean_success"))
        .otherwise(pl.lit("unlabelled"))
        .alias("outcome")
    )


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


def judge_chains(interactions: pl.LazyFrame) -> pl.LazyFrame:
    """Add `has_recovered`: whether the latest attempt inside the window had succeeded when the window ended.

    Only facts that later events cannot change count: a good act that was no slip, and no bad act by then.
    """
    judged = interactions.with_columns(
        good_at=pl.min_horizontal("kept_at", "copied_at", "liked_at"),
        bad_at=pl.min_horizontal("undone_at", "rejected_at", "disliked_at", "asked_again_at"),
    )
    attempts = (
        judged.filter(pl.col("good_at").is_not_null() & pl.col("turn").is_not_null())
        .sort("good_at", "nth")
        .unique(["part", "turn"], keep="first", maintain_order=True)
        .select("part", last_attempt_turn="turn", attempt_good_at="good_at", attempt_bad_at="bad_at")
    )
    came_good = pl.col("attempt_good_at") < pl.col("window_ends_at")
    went_bad = (pl.col("attempt_bad_at") < pl.col("window_ends_at")).fill_null(value=False)
    return judged.join(attempts, on=["part", "last_attempt_turn"], how="left").with_columns(
        has_recovered=(came_good & ~went_bad).fill_null(value=False)
    )
