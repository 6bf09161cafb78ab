"""The first label model: fixed weights. It ranks, and says nothing about probabilities."""

from collections.abc import Mapping
from typing import TypeVar, cast

import polars as pl

FIXED_WEIGHTS = "fixed weights"
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def score_votes(votes: Frame, weights: Mapping[str, float]) -> Frame:
    """Return one row per interaction with what its votes amount to.

    The score is 1 / (1 + exp(-sum of weight x (2 vote - 1))): it rises with every vote, half a vote
    changes nothing, and the grade of a graded vote counts.

    Parameters
    ----------
    votes
        Table `votes`, one row per interaction.
    weights
        The weight of each column of votes, in log-odds.

    Returns
    -------
    Frame
        `interaction_id`, `score` (in (0, 1); null when nothing voted), `n_votes`, `conflict` (share of the
        weight on the weaker side, in [0, 0.5]; null when nothing voted) and `reason` (the function whose
        vote weighs most; the first in order on a tie).

    Examples
    --------
    >>> votes = pl.DataFrame({"interaction_id": ["i1", "i2"], "copied": [1, None], "rejected": [0, None]})
    >>> scored = score_votes(votes, {"copied": 1.0, "rejected": 2.0})
    >>> scored.with_columns(pl.col("score", "conflict").round(2)).rows()
    [('i1', 0.27, 2, 0.33, 'rejected'), ('i2', None, 0, None, None)]
    """
    names = [name for name in votes.lazy().collect_schema().names() if name in weights]
    if not names:
        return votes.select("interaction_id", *_nothing_voted())
    # A million interactions share a few thousand patterns of votes: each is worked out once.
    amounts = votes.lazy().select(names).unique().select(*names, *_amount_to(names, weights))
    scored = (
        votes.lazy()
        .join(amounts, on=names, how="left", nulls_equal=True, maintain_order="left")
        .select("interaction_id", "score", "n_votes", "conflict", "reason")
    )
    return cast(Frame, scored.collect() if isinstance(votes, pl.DataFrame) else scored)


def _amount_to(names: list[str], weights: Mapping[str, float]) -> list[pl.Expr]:
    """Return score, number, conflict and reason of a pattern of votes."""
    leanings = [_leaning(name, weights[name]) for name in names]
    strength = [leaning.abs() for leaning in leanings]
    total, for_good = pl.sum_horizontal(leanings), pl.sum_horizontal(leaning.clip(0) for leaning in leanings)
    weight = pl.sum_horizontal(strength)
    n_votes = pl.sum_horizontal(pl.col(name).is_not_null() for name in names).cast(pl.Int64)
    weaker = pl.min_horizontal(for_good, weight - for_good)
    voted = n_votes > 0
    return [
        pl.when(voted).then(1 / (1 + (-total).exp())).alias("score"),
        n_votes.alias("n_votes"),
        # Dividing by nothing but half votes would be dividing by zero.
        pl.when(voted).then(pl.when(weight > 0).then(weaker / weight).otherwise(0.0).clip(0, 0.5)).alias("conflict"),
        _strongest(names, strength).alias("reason"),
    ]


def _leaning(name: str, weight: float) -> pl.Expr:
    """Return the vote as log-odds for good (negative: for bad); an abstention is zero."""
    return ((2 * pl.col(name).cast(pl.Float64) - 1) * weight).fill_null(0)


def _strongest(names: list[str], strength: list[pl.Expr]) -> pl.Expr:
    voted = [pl.when(pl.col(name).is_not_null()).then(by) for name, by in zip(names, strength, strict=True)]
    most = pl.max_horizontal(voted)
    return pl.coalesce(pl.when(by == most).then(pl.lit(name)) for name, by in zip(names, voted, strict=True))


def _nothing_voted() -> list[pl.Expr]:
    return [
        pl.lit(None, pl.Float64).alias("score"),
        pl.lit(0, pl.Int64).alias("n_votes"),
        pl.lit(None, pl.Float64).alias("conflict"),
        pl.lit(None, pl.String).alias("reason"),
    ]
