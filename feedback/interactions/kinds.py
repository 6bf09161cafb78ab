"""The kind of an event as a small number, and questions about it."""

import polars as pl

from feedback.schemas.behaviour import KINDS

KIND = pl.Enum(KINDS)


def of_kind(*kinds: str) -> pl.Expr:
    """Return whether the event is of one of these kinds."""
    return pl.any_horizontal(pl.col("kind") == pl.lit(kind, KIND) for kind in kinds)


def seconds(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    """Return the seconds from one time to another."""
    return (later - earlier).dt.total_microseconds() * 1e-6
