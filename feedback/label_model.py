"""Votes to labels: how the votes of the labelling functions are combined.

The first label model has fixed weights. It ranks; it does not say how probable it is that a response was
good, so `p_good` stays null until people have reviewed some.
"""

from collections.abc import Mapping
from typing import TypeVar, cast

import polars as pl

from feedback.schemas import TABLES

FIRST_LABEL_VERSION = 1
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
    leanings = [_leaning(name, weights[name]) for name in names]
    strength = [leaning.abs() for leaning in leanings]
    total, for_good = pl.sum_horizontal(leanings), pl.sum_horizontal(leaning.clip(0) for leaning in leanings)
    weight = pl.sum_horizontal(strength)
    n_votes = pl.sum_horizontal(pl.col(name).is_not_null() for name in names).cast(pl.Int64)
    weaker = pl.min_horizontal(for_good, weight - for_good)
    voted = n_votes > 0
    return votes.select(
        "interaction_id",
        pl.when(voted).then(1 / (1 + (-total).exp())).alias("score"),
        n_votes.alias("n_votes"),
        # Dividing by nothing but half votes would be dividing by zero.
        pl.when(voted).then(pl.when(weight > 0).then(weaker / weight).otherwise(0.0).clip(0, 0.5)).alias("conflict"),
        _strongest(names, strength).alias("reason"),
    )


def derive_labels(interactions: Frame, votes: Frame, weights: Mapping[str, float], *, label_version: int) -> Frame:
    """Return one label per interaction, final and open ones, with `is_final` (tables `labels`, `open_labels`).

    Parameters
    ----------
    interactions, votes
        The tables of that name, one row per interaction each.
    weights
        The weight of each labelling function, in log-odds.
    label_version
        The label version to mark them with.

    Returns
    -------
    Frame
        The columns of table `labels`, `is_final`, and the dimensions and measures of the interactions,
        sorted by `final_at` and `interaction_id`. `p_good` is null: nothing has calibrated it.
    """
    declared = TABLES["labels"].columns
    ours = {*TABLES["interactions"].columns, *declared}
    further = sorted(name for name in interactions.lazy().collect_schema() if name not in ours)
    no_events = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)))
    labelled = interactions.lazy().join(score_votes(votes.lazy(), weights), on="interaction_id", how="left")
    finished = (
        labelled.with_columns(
            label_version=pl.lit(label_version, pl.Int64),
            p_good=pl.lit(None, pl.Float64),
            final_at=pl.col("window_ends_at"),
            evidence_event_ids=pl.when(pl.col("n_votes") > 0).then("evidence_event_ids").otherwise(no_events),
        )
        .select(*(pl.col(name).cast(dtype) for name, dtype in declared.items()), "is_final", *further)
        .sort("final_at", "interaction_id")
    )
    return cast(Frame, finished.collect() if isinstance(interactions, pl.DataFrame) else finished)


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
