"""How good the responses are: per day, and per value of every dimension."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar, cast

import polars as pl

from feedback.quality.rates import estimate_rates
from feedback.schemas import TABLES, empty_table
from feedback.stats import IN_ORDER, mean_of_clusters

EVERYTHING = "all"
NOT_RECORDED = "(not recorded)"
OTHER_VALUES = "(other values)"
MOST_VALUES = 200
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
_GROUP = ["day", "dimension", "value"]
_BY = "by "
_ESTIMATED = ("rate", "low", "high", "n_effective", "method")
_OF_RATES = (*_GROUP, *_ESTIMATED)
_OF_LABELS = ("interaction_id", "session_id", "user_id", "p_good", "is_automated")


def derive_quality(
    labels: Frame, *, dimensions: Sequence[str], reviews: pl.DataFrame | None = None, time_zone: str = "UTC"
) -> Frame:
    """Return the quality of each day, for everything and for each value of each dimension (table `quality`).

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions are left out.
    dimensions
        The columns to break it down by. Of each, the 200 most frequent values (on a tie, the first by
        name) stand for themselves, the rest together as `(other values)`; null is `(not recorded)`.
    reviews
        One row per reviewed response with its current verdict, as `estimate_rates` takes them.
    time_zone
        The zone whose midnights part the days.

    Returns
    -------
    Frame
        One row per day, dimension and value, sorted by them; dimension `all` is everything. `mean_score`
        is over the labels that have a score, its interval clustered by user (by session where no user is
        known), null under five of them. `proxy_rate` is null while nothing is calibrated, `rate` and what belongs to it
        where no review was drawn at random.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> derive_quality(empty_table("labels"), dimensions=["feature"]).is_empty()
    True
    """
    verdicts = empty_table("reviews") if reviews is None else reviews
    judged = verdicts.filter(pl.col("verdict").is_in(["good", "bad"]))["interaction_id"]
    day = pl.col("shown_at").dt.convert_time_zone(time_zone).dt.date().alias("day")
    is_reviewed = pl.col("interaction_id").is_in(judged.implode())
    people = _sum_up(labels.lazy(), dimensions, time=day, is_reviewed=is_reviewed)
    finished = (
        _count(people)
        .join(_score(people), on=_GROUP, how="left")
        .join(_rates(labels.lazy(), verdicts, dimensions, day=day), on=_GROUP, how="left")
        .select(pl.col(name).cast(dtype) for name, dtype in TABLES["quality"].columns.items())
        .sort(_GROUP)
    )
    return cast(Frame, finished.collect(optimizations=IN_ORDER) if isinstance(labels, pl.DataFrame) else finished)


def _rates(labels: pl.LazyFrame, verdicts: pl.DataFrame, dimensions: Sequence[str], *, day: pl.Expr) -> pl.LazyFrame:
    """Return one row per day, dimension and value: the rate corrected by reviews, null where none counts."""
    if verdicts.is_empty():
        return pl.LazyFrame(schema={name: dtype for name, dtype in _quality_types().items() if name in _OF_RATES})
    named = (pl.col(name).alias(_BY + name) for name in dimensions)
    counted = labels.select(*_OF_LABELS, day, *named).collect()
    values = _values(dimensions, prefix=_BY)
    estimates = [
        estimate_rates(counted.select(*_OF_LABELS, "day", value.alias("value")), verdicts, by=["day", "value"]).select(
            "day", pl.lit(dimension).alias("dimension"), "value", *_ESTIMATED
        )
        for dimension, value in values.items()
    ]
    return pl.concat(estimates).lazy()


def compare_periods(
    labels: pl.DataFrame, *, dimensions: Sequence[str], since: datetime, level: float = 0.95
) -> pl.DataFrame:
    """Return how the mean behaviour score of each value of each dimension changed from before a time to after it.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions are left out.
    dimensions
        The columns to break it down by.
    since
        Start of the later period.
    level
        Coverage of the interval of the change.

    Returns
    -------
    pl.DataFrame
        One row per dimension and value with scores in both periods, the greatest drop first: `n_before`,
        `n_after` (labels with a score), `score_before`, `score_after`, `change` and its interval `low`,
        `high`, clustered by user; null under five users on a side. Dimension `all` is everything.

    References
    ----------
    Zou and Donner (2008), Construction of confidence limits about effect measures, Statistics in Medicine 27.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> long_ago = datetime.fromisoformat("2026-01-05T00:00:00+00:00")
    >>> compare_periods(empty_table("labels"), dimensions=["feature"], since=long_ago).columns[:2]
    ['dimension', 'value']
    """
    period = (pl.col("shown_at") >= since).alias("period")
    people = _sum_up(labels.lazy(), dimensions, time=period, is_reviewed=pl.lit(value=False))
    by = ["period", "dimension", "value"]
    n = people.group_by(by).agg(n=pl.col("n_scored").sum())
    periods = mean_of_clusters(people.with_columns(n_values="n_scored"), by=by, level=level).join(n, on=by)
    before, after = periods.filter(~pl.col("period")), periods.filter("period")
    below = ((pl.col("mean_after") - pl.col("low_after")) ** 2 + (pl.col("high") - pl.col("mean")) ** 2).sqrt()
    above = ((pl.col("high_after") - pl.col("mean_after")) ** 2 + (pl.col("mean") - pl.col("low")) ** 2).sqrt()
    change = pl.col("mean_after") - pl.col("mean")
    return (
        before.join(after, on=["dimension", "value"], suffix="_after")
        .select(
            "dimension",
            "value",
            pl.col("n").alias("n_before"),
            "n_after",
            pl.col("mean").alias("score_before"),
            pl.col("mean_after").alias("score_after"),
            change.alias("change"),
            (change - below).alias("low"),
            (change + above).alias("high"),
        )
        .sort("change", "dimension", "value")
        .collect(optimizations=IN_ORDER)
    )


def _sum_up(labels: pl.LazyFrame, dimensions: Sequence[str], *, time: pl.Expr, is_reviewed: pl.Expr) -> pl.LazyFrame:
    """Return one row per time, dimension, value and person; automated sessions left out."""
    # In one order, as the last digit of a sum depends on it.
    counted = (
        labels.filter(~pl.col("is_automated"))
        .sort("interaction_id")
        .select(
            time,
            is_reviewed.alias("is_reviewed"),
            pl.coalesce("user_id", "session_id").alias("person"),
            "score",
            "n_votes",
            "p_good",
            # Behind a prefix a dimension may have any name, also one of those above.
            *(pl.col(dimension).alias(_BY + dimension) for dimension in dimensions),
        )
    )
    values = _values(dimensions, prefix=_BY)
    when = time.meta.output_name()
    return pl.concat(_per_person(counted, dimension, value, time=when) for dimension, value in values.items())


def _values(dimensions: Sequence[str], *, prefix: str) -> dict[str, pl.Expr]:
    """Return the value of each dimension, `all` first."""
    return {EVERYTHING: pl.lit(EVERYTHING)} | {name: _frequent_values(prefix + name) for name in dimensions}


def _frequent_values(column: str) -> pl.Expr:
    value = pl.col(column).fill_null(NOT_RECORDED)
    # Both in order of appearance, so that they belong together.
    name, n = value.unique(maintain_order=True), value.unique_counts()
    frequent = name.sort_by(n, name, descending=[True, False]).head(MOST_VALUES)
    return pl.when(value.is_in(frequent.implode())).then(value).otherwise(pl.lit(OTHER_VALUES))


def _per_person(labels: pl.LazyFrame, dimension: str, value: pl.Expr, *, time: str) -> pl.LazyFrame:
    """Return one row per time, value and person: their labels, votes and score."""
    return (
        labels.with_columns(dimension=pl.lit(dimension), value=value)
        .group_by(time, "dimension", "value", "person", maintain_order=True)
        .agg(
            n=pl.len(),
            n_voted=(pl.col("n_votes") > 0).sum(),
            n_scored=pl.col("score").count(),
            n_reviewed=pl.col("is_reviewed").sum(),
            total=pl.col("score").sum(),
            n_calibrated=pl.col("p_good").count(),
            total_p_good=pl.col("p_good").sum(),
        )
    )


def _count(people: pl.LazyFrame) -> pl.LazyFrame:
    n_calibrated = pl.col("n_calibrated").sum()
    return people.group_by(_GROUP, maintain_order=True).agg(
        pl.col("n", "n_voted", "n_reviewed").sum(),
        n_users=pl.len(),
        proxy_rate=pl.when(n_calibrated > 0).then(pl.col("total_p_good").sum() / n_calibrated),
    )


def _score(people: pl.LazyFrame) -> pl.LazyFrame:
    scores = mean_of_clusters(people.with_columns(n_values="n_scored"), by=_GROUP)
    return scores.select(*_GROUP, mean_score="mean", score_low="low", score_high="high")


def _quality_types() -> dict[str, pl.DataType]:
    return TABLES["quality"].columns
