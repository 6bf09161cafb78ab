"""How good the responses are: per day, and per value of every dimension."""

from collections.abc import Sequence
from typing import TypeVar, cast

import polars as pl

from feedback.schemas import TABLES
from feedback.stats import mean_of_clusters

EVERYTHING = "all"
NOT_RECORDED = "(not recorded)"
OTHER_VALUES = "(other values)"
MOST_VALUES = 200
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
_GROUP = ["day", "dimension", "value"]


def derive_quality(
    labels: Frame, *, dimensions: Sequence[str], reviewed: Sequence[str] = (), time_zone: str = "UTC"
) -> Frame:
    """Return the quality of each day, for everything and for each value of each dimension (table `quality`).

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions are left out.
    dimensions
        The columns to break it down by. Of each, the 200 most frequent values stand for themselves, the
        rest together as `(other values)`; null is `(not recorded)`.
    reviewed
        Ids of the interactions that have a verdict.
    time_zone
        The zone whose midnights part the days.

    Returns
    -------
    Frame
        One row per day, dimension and value, sorted by them; dimension `all` is everything. `mean_score`
        is over the voted, its interval clustered by user (by session where no user is known), null under
        five of them. `proxy_rate` is null while nothing is calibrated, `rate` without reviews.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> derive_quality(empty_table("labels"), dimensions=["feature"]).is_empty()
    True
    """
    counted = (
        labels.lazy()
        .filter(~pl.col("is_automated"))
        .with_columns(
            day=pl.col("shown_at").dt.convert_time_zone(time_zone).dt.date(),
            person=pl.coalesce("user_id", "session_id"),
            is_reviewed=pl.col("interaction_id").is_in(pl.Series(reviewed, dtype=pl.String).implode()),
        )
    )
    groups = [_per_person(counted, EVERYTHING, pl.lit(EVERYTHING))]
    groups += [_per_person(counted, dimension, _frequent_values(dimension)) for dimension in dimensions]
    people = pl.concat(groups)
    finished = (
        _count(people)
        .join(_score(people), on=_GROUP, how="left")
        .with_columns(pl.lit(None, dtype).alias(name) for name, dtype in _not_yet_known().items())
        .select(pl.col(name).cast(dtype) for name, dtype in TABLES["quality"].columns.items())
        .sort(_GROUP)
    )
    return cast(Frame, finished.collect() if isinstance(labels, pl.DataFrame) else finished)


def _frequent_values(dimension: str) -> pl.Expr:
    value = pl.col(dimension).fill_null(NOT_RECORDED)
    rank = value.count().over(value)
    kept = value.unique_counts().sort(descending=True).slice(MOST_VALUES - 1, 1).first().fill_null(0)
    return pl.when(rank >= kept).then(value).otherwise(pl.lit(OTHER_VALUES))


def _per_person(labels: pl.LazyFrame, dimension: str, value: pl.Expr) -> pl.LazyFrame:
    """Return one row per day, value and person: their labels, votes and score."""
    return (
        labels.with_columns(dimension=pl.lit(dimension), value=value)
        .group_by(*_GROUP, "person")
        .agg(
            n=pl.len(),
            n_voted=pl.col("score").count(),
            n_reviewed=pl.col("is_reviewed").sum(),
            total=pl.col("score").sum(),
            n_calibrated=pl.col("p_good").count(),
            total_p_good=pl.col("p_good").sum(),
        )
    )


def _count(people: pl.LazyFrame) -> pl.LazyFrame:
    n_calibrated = pl.col("n_calibrated").sum()
    return people.group_by(_GROUP).agg(
        pl.col("n", "n_voted", "n_reviewed").sum(),
        n_users=pl.len(),
        proxy_rate=pl.when(n_calibrated > 0).then(pl.col("total_p_good").sum() / n_calibrated),
    )


def _score(people: pl.LazyFrame) -> pl.LazyFrame:
    scores = mean_of_clusters(people.with_columns(n_values="n_voted"), by=_GROUP)
    return scores.select(*_GROUP, mean_score="mean", score_low="low", score_high="high")


def _not_yet_known() -> dict[str, type[pl.DataType]]:
    return {"rate": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n_effective": pl.Float64, "method": pl.String}
