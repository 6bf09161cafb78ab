"""Which response an act is about."""

import polars as pl

from feedback.interactions.responses import within_reach
from feedback.interactions.timeline import KIND

_ASKS_AGAIN = ("rephrase", "retry")
_NOT_ACTS = ("request", "response")


def attribute_acts(timeline: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per act that counts: it is about a response and lies inside its window.

    An act that names a response is about that one, or about none when its part has no such response. An act
    that names none, and every rephrase or retry, is about the latest earlier response of its part. Either
    lies at most 200 turns back. Columns: the act's `pos`,
    `event_id`, `kind`, `occurred_at`, `text`, `value`, `part`, and `nth`, `shown_at`,
    `window_ends_at` of the response.
    """
    answered = pl.when("is_response").then("interaction_id")
    about_last = (
        pl.col("interaction_id").is_null()
        | pl.col("kind").is_in(list(_ASKS_AGAIN))
        | (answered.gather(pl.col("last_response")) == pl.col("interaction_id"))
    )
    acts = timeline.with_columns(about_last=about_last.fill_null(value=False)).filter(
        ~pl.col("kind").is_in(list(_NOT_ACTS))
    )
    known = responses.select("nth", "pos", "part", "interaction_id", "shown_at", "window_ends_at", response_turn="turn")
    by_place = acts.filter("about_last").join(known, left_on="last_response", right_on="pos", suffix="_response")
    by_name = acts.filter(~pl.col("about_last")).join(known, on=["part", "interaction_id"], suffix="_response")
    columns = (
        "pos", "event_id", "kind", "occurred_at", "text", "value", "part", "nth", "shown_at", "window_ends_at",
        "turn", "response_turn",
    )  # fmt: skip
    return (
        pl.concat([by_place.select(columns), by_name.select(columns)])
        .filter(_inside_window(), within_reach("turn", "response_turn"))
        .drop("turn", "response_turn")
    )


def _inside_window() -> pl.Expr:
    return pl.col("occurred_at").is_between("shown_at", "window_ends_at", closed="left")


def seconds(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    """Return the seconds from one time to another."""
    return (later - earlier).dt.total_microseconds() / 1e6


def of_kind(*kinds: str) -> pl.Expr:
    """Return whether the act is of one of these kinds."""
    return pl.col("kind").is_in(pl.Series(list(kinds), dtype=KIND).implode())
