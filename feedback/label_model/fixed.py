"""The first label model: fixed weights. It ranks, and says nothing about probabilities."""

from collections.abc import Mapping
from typing import TypeVar, cast

import numpy as np
import polars as pl

FIXED_WEIGHTS = "fixed weights"
_MOST_KEYS = 2**62
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
    cast_votes = votes.lazy().select("interaction_id", *names).collect(engine="in-memory")
    # A million interactions share a few thousand patterns of votes: each is worked out once.
    number, first_rows = _number_patterns(cast_votes.select(names))
    amounts = cast_votes[first_rows].lazy().select(_amount_to(names, weights)).collect()
    scored = cast_votes.select("interaction_id").with_columns(amounts.select(pl.all().gather(number)))
    return cast(Frame, scored if isinstance(votes, pl.DataFrame) else scored.lazy())


def _number_patterns(votes: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return for every row the number of its pattern of votes, and for every pattern a row that has it."""
    key, n_keys = np.zeros(votes.height, dtype=np.int64), 1
    for column in votes.iter_columns():
        codes, n_codes = _number_values(column)
        if n_keys * n_codes > _MOST_KEYS:
            key, n_keys = _close_ranks(key)
        key, n_keys = key * n_codes + codes, n_keys * n_codes
    number, n_patterns = _close_ranks(key)
    first_rows = np.zeros(n_patterns, dtype=np.uint32)
    first_rows[number[::-1]] = np.arange(len(number), dtype=np.uint32)[::-1]
    return pl.Series(number.astype(np.uint32)), pl.Series(first_rows)


def _number_values(votes: pl.Series) -> tuple[np.ndarray, int]:
    """Return 0 for every abstention and 1, 2 ... for the votes by value, and how many numbers that makes."""
    places = votes.is_not_null().arg_true()
    cast_votes = votes.gather(places)
    values = cast_votes.unique().sort()
    numbers = np.zeros(len(votes), dtype=np.int64)
    numbers[places.to_numpy()] = np.searchsorted(values.to_numpy(), cast_votes.to_numpy()) + 1
    return numbers, len(values) + 1


def _close_ranks(keys: np.ndarray) -> tuple[np.ndarray, int]:
    known = pl.Series(keys).unique().sort().to_numpy()
    return np.searchsorted(known, keys), len(known)


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
