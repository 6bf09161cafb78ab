"""Which reviews may say something about a rate, and how much each counts."""

from typing import Literal

import polars as pl

from feedback.errors import SchemaError
from feedback.quality.countable import require

_OPTIONAL = {"score": pl.Float64, "draw_id": pl.String, "level": pl.String}
_GRADE = {"good": 1.0, "bad": 0.0}


def answers_for_rates(
    reviews: pl.DataFrame | pl.LazyFrame, *, level: Literal["response", "session"] = "response"
) -> pl.DataFrame:
    """Return what was answered about the items drawn at random with a known probability: one row per item.

    Those are the items of stream `rate`, and of any other stream where the probability is under 1: a pick with
    probability 1 stands for nothing but itself, and of an import without one nobody knows what it stands for.

    Parameters
    ----------
    reviews
        One row per item, or several when several draws or reviewers had it: the id of the response or session,
        `verdict` (null: drawn, never reviewed), `stream`, `inclusion_probability`; `score`, `draw_id`,
        `level` where they are known.
    level
        Whether about responses or about whole sessions.

    Returns
    -------
    pl.DataFrame
        `item` · `weight`, one over the probability that any of the draws took it, 1 - prod(1 - p) over its
        draws · `y`, the mean of the scores, else of good = 1 and bad = 0; null when nobody could say ·
        `is_usable`, false for an item that all found unusable.

    Raises
    ------
    SchemaError
        When a column is missing, or a probability is not in (0, 1].

    Examples
    --------
    >>> reviews = pl.DataFrame({"interaction_id": ["i1", "i1", "i2", "i3"], "verdict": ["good", "good", "bad", "bad"],
    ...                         "stream": ["rate", "rate", "mining", "mining"],
    ...                         "inclusion_probability": [0.5, 0.2, 0.25, 1.0], "draw_id": ["a", "b", "c", "c"]})
    >>> answers_for_rates(reviews).select("item", pl.col("weight").round(3), "y").rows()
    [('i1', 1.667, 1.0), ('i2', 4.0, 0.0)]
    """
    item = "interaction_id" if level == "response" else "session_id"
    present = require(reviews, (item, "verdict", "stream", "inclusion_probability"), what="reviews")
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in present]
    p = pl.col("inclusion_probability")
    drawn = (
        reviews.lazy()
        .with_columns(absent)
        .filter(pl.col("level").fill_null("response") == level, p.is_not_null(), (pl.col("stream") == "rate") | (p < 1))
        .rename({item: "item"})
        .drop_nulls("item")
        .select("item", "verdict", "draw_id", p.alias("p"), y=_grade())
        .collect()
    )
    _check_probabilities(drawn)
    return _weights(drawn, has_draws="draw_id" in present).join(_verdicts(drawn), on="item").sort("item")


def _grade() -> pl.Expr:
    graded = pl.col("verdict").replace_strict(_GRADE, default=None, return_dtype=pl.Float64)
    return pl.when(pl.col("verdict").is_in(list(_GRADE))).then(pl.coalesce("score", graded))


def _weights(drawn: pl.DataFrame, *, has_draws: bool) -> pl.DataFrame:
    draws = drawn.unique(("item", "draw_id"), keep="first", maintain_order=True) if has_draws else drawn
    alone = pl.when(pl.len() == 1).then(pl.col("p").first()).otherwise(1 - (1 - pl.col("p")).product())
    return draws.group_by("item", maintain_order=True).agg(weight=1 / alone)


def _verdicts(drawn: pl.DataFrame) -> pl.DataFrame:
    is_unusable = (pl.col("verdict") == "unusable").fill_null(value=False)
    return drawn.group_by("item", maintain_order=True).agg(pl.col("y").mean(), is_usable=~is_unusable.all())


def _check_probabilities(drawn: pl.DataFrame) -> None:
    n_wrong = drawn.filter(~pl.col("p").is_between(0, 1, closed="right")).height
    if n_wrong:
        raise SchemaError(f"an inclusion probability lies above 0 and up to 1; {n_wrong} reviews have another")
