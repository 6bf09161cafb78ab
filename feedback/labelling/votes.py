"""Casting the votes of labelling functions."""

from collections.abc import Iterable
from typing import TypeVar, cast

import polars as pl

from feedback.errors import SchemaError, name_some
from feedback.labelling.functions import LabellingFunction, registered_functions
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S

NEITHER = 0.5
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def cast_votes(interactions: Frame, functions: Iterable[LabellingFunction] | None = None) -> Frame:
    """Return what every labelling function says of every interaction (table `votes`).

    Parameters
    ----------
    interactions
        Table `interactions`, one row per response.
    functions
        The labelling functions to ask; all registered ones by default.

    Returns
    -------
    Frame
        One row per interaction, in the given order: `interaction_id` and one column per function. A
        function that decides votes 1 (good) or 0 (bad) as Int8, one that measures a share in [0, 1] as
        Float32. Null: it abstains. A response seen for under 750 ms gets no vote, and while the window
        is open nothing votes good.

    Raises
    ------
    SchemaError
        When a function needs a column that the interactions do not have.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> cast_votes(empty_table("interactions")).columns[:3]
    ['interaction_id', 'accepted_and_kept', 'accepted_and_moved_on']
    """
    chosen = registered_functions() if functions is None else tuple(functions)
    _check_columns(chosen, interactions.lazy().collect_schema().names())
    was_seen = (pl.col("seen_s") >= NOT_SEEN_BELOW_S).fill_null(value=True)
    votes = interactions.lazy().select("interaction_id", *(_vote_where(function, was_seen) for function in chosen))
    # Asked for lazily, what several functions share, such as the text in lower case, is worked out once.
    return cast(Frame, votes.collect(engine="in-memory") if isinstance(interactions, pl.DataFrame) else votes)


def _vote_where(function: LabellingFunction, was_seen: pl.Expr) -> pl.Expr:
    return (
        pl.when(was_seen & (pl.col("is_final") | _may_vote_early(function))).then(function.vote()).alias(function.name)
    )


def _may_vote_early(function: LabellingFunction) -> pl.Expr:
    """Return whether it may vote while the window is open: only for bad, which a grade can fail to be."""
    if function.polarity == "good":
        return pl.lit(value=False)
    return function.vote() < NEITHER if function.is_graded else pl.lit(value=True)


def _check_columns(functions: tuple[LabellingFunction, ...], columns: list[str]) -> None:
    for function in functions:
        missing = sorted(set(function.expression.meta.root_names()) - set(columns))
        if missing:
            raise SchemaError(
                f"labelling function {function.name} reads {name_some(missing)}, which interactions do not have"
            )
