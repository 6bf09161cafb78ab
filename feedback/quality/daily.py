"""How good the responses are: per day, and per value of every dimension."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar, cast

import polars as pl

from feedback.quality.people import prepare_labels, sum_up_people, values_of
from feedback.quality.rates import estimate_rates
from feedback.quality.tallies import count_outcomes, tally_people
from feedback.schemas import TABLES, empty_table
from feedback.stats import IN_ORDER, mean_of_clusters

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
_GROUP = ["day", "dimension", "value"]
_ESTIMATED = ("rate", "low", "high", "n_effective", "method")
_OF_RATES = (*_GROUP, *_ESTIMATED)
_OF_LABELS = ("interaction_id", "session_id", "user_id", "p_good", "is_automated")


class Days(NamedTuple):
    """What is counted per day: tables `quality`, `tallies` and `outcomes`."""

    quality: pl.DataFrame
    tallies: pl.DataFrame
    outcomes: pl.DataFrame


def derive_quality(
    labels: Frame, *, dimensions: Sequence[str], reviews: pl.DataFrame | None = None, time_zone: str = "UTC"
) -> Frame:
    """Return the quality of each day, for everything and for each value of each dimension (table `quality`).

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions are left out.
    dimensions
        The columns to break it down by. Of each, the 200 most frequent values of a day (on a tie, the first by
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
    known = labels.lazy().collect()
    found = derive_days(known, dimensions=dimensions, reviews=reviews, time_zone=time_zone).quality
    return cast(Frame, found if isinstance(labels, pl.DataFrame) else found.lazy())


def derive_days(
    labels: pl.DataFrame, *, dimensions: Sequence[str], reviews: pl.DataFrame | None = None, time_zone: str = "UTC"
) -> Days:
    """Return all that is counted per day, for everything and for each value of each dimension.

    Parameters are those of `derive_quality`; each table is sorted by its key.
    """
    verdicts = empty_table("reviews") if reviews is None else reviews
    judged = verdicts.filter(pl.col("verdict").is_in(["good", "bad"]))["interaction_id"]
    day = pl.col("shown_at").dt.convert_time_zone(time_zone).dt.date().alias("day")
    is_reviewed = pl.col("interaction_id").is_in(judged.implode())
    prepared = prepare_labels(labels, dimensions, time=day, is_reviewed=is_reviewed, within=day)
    quality, tallies = [], []
    for people in sum_up_people(prepared, dimensions, time="day"):
        quality.append(_sum_up(people))
        tallies.append(tally_people(people))
    rates = _rates(prepared, verdicts, dimensions)
    rated = pl.concat(quality).join(rates, on=_GROUP, how="left")
    return Days(
        _as_declared("quality", rated),
        _as_declared("tallies", pl.concat(tallies)),
        _as_declared("outcomes", count_outcomes(prepared, dimensions)),
    )


def _as_declared(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    table = TABLES[name]
    return frame.select(pl.col(name).cast(dtype) for name, dtype in table.columns.items()).sort(table.order)


def _rates(prepared: pl.DataFrame, verdicts: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """Return one row per day, dimension and value: the rate corrected by reviews, null where none counts."""
    if verdicts.is_empty():
        return empty_table("quality").select(_OF_RATES)
    return pl.concat(
        estimate_rates(prepared.select(*_OF_LABELS, "day", value.alias("value")), verdicts, by=["day", "value"]).select(
            "day", pl.lit(dimension).alias("dimension"), "value", *_ESTIMATED
        )
        for dimension, value in values_of(dimensions).items()
    )


def _sum_up(people: pl.DataFrame) -> pl.DataFrame:
    """Return one row per day, dimension and value: counts, and the mean score with its interval."""
    n_calibrated = pl.col("n_calibrated").sum()
    counts = (
        people.lazy()
        .group_by(_GROUP, maintain_order=True)
        .agg(
            pl.col("n", "n_voted", "n_reviewed").sum(),
            n_users=pl.len(),
            proxy_rate=pl.when(n_calibrated > 0).then(pl.col("total_p_good").sum() / n_calibrated),
        )
    )
    scores = mean_of_clusters(people.lazy().with_columns(n_values="n_scored"), by=_GROUP)
    named = scores.select(*_GROUP, mean_score="mean", score_low="low", score_high="high")
    return counts.join(named, on=_GROUP, how="left").collect(optimizations=IN_ORDER)
