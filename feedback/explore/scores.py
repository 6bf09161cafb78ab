"""How good the responses are, and what changed."""

import polars as pl

from feedback.explore.periods import Period
from feedback.explore.tallied import read_counted
from feedback.quality.changes import compare_clusters
from feedback.quality.people import EVERYTHING
from feedback.schemas.behaviour import OUTCOMES
from feedback.stats import IN_ORDER, mean_of_clusters
from feedback.store.snapshot import Snapshot

_PERIODS = ("now", "before")
_SUMS = {"n": "n", "voted": "n_voted", "scored": "n_scored", "total": "total"}


def list_dimensions(snapshot: Snapshot) -> list[str]:
    """Return the names of the dimensions that table `quality` breaks down by, `feature` first."""
    names = snapshot.table("quality").select(pl.col("dimension").unique()).collect()["dimension"]
    return sorted((name for name in names if name != EVERYTHING), key=lambda name: (name != "feature", name))


def list_values(snapshot: Snapshot, dimension: str) -> list[str]:
    """Return the values of a dimension as table `quality` names them, the most frequent first."""
    values = snapshot.table("quality").filter(pl.col("dimension") == dimension).group_by("value").agg(pl.col("n").sum())
    return values.sort("n", "value", descending=[True, False]).collect()["value"].to_list()


def daily_scores(snapshot: Snapshot, period: Period, *, dimension: str = EVERYTHING) -> pl.DataFrame:
    """Return the behaviour score of every day and value, also of days on which nothing happened since the first label.

    Parameters
    ----------
    snapshot
        The tables.
    period
        Which days.
    dimension
        What to break it down by; everything together by default.

    Returns
    -------
    pl.DataFrame
        One row per value and day, sorted by them: `value`, `day`, `n`, `n_voted`, `voted_share`, `mean_score`,
        `score_low`, `score_high` (95 % interval, null under five people). Scores and share are null without labels.
    """
    quality = snapshot.table("quality")
    first = quality.select(pl.col("day").min()).collect().item() or period.first
    found = (
        quality.filter(pl.col("dimension") == dimension, pl.col("day").is_between(period.first, period.last))
        .select("value", "day", "n", "n_voted", "mean_score", "score_low", "score_high")
        .collect()
    )
    days = pl.DataFrame({"day": pl.date_range(max(first, period.first), period.last, eager=True)})
    return (
        found.select(pl.col("value").unique())
        .join(days, how="cross")
        .join(found, on=["value", "day"], how="left")
        .with_columns(pl.col("n", "n_voted").fill_null(0))
        .with_columns(voted_share=_share(pl.col("n_voted"), pl.col("n")))
        .select("value", "day", "n", "n_voted", "voted_share", "mean_score", "score_low", "score_high")
        .sort("value", "day")
    )


def compare_values(snapshot: Snapshot, period: Period, *, dimension: str = EVERYTHING) -> pl.DataFrame:
    """Return each value of a dimension now and in the equally long period before, the surest drop first.

    Parameters
    ----------
    snapshot
        The tables.
    period
        Which days are now.
    dimension
        What to break it down by; everything together by default.

    Returns
    -------
    pl.DataFrame
        One row per value: `n`, `n_voted`, `voted_share`, `score`, `score_low`, `score_high`; the same for
        `_before` without an interval; `change` with `change_low` and `change_high`, 95 % each on its own,
        clustered by groups of people, null where either has under five; `direction`: worse,
        better, unclear (the interval holds zero) or unknown. Sorted by `change_high`: first what got worse
        by the most that is beyond doubt. Automated sessions are left out.

    Raises
    ------
    UnknownNameError
        When there is no such dimension.
    """
    groups = _groups_of_both(snapshot, period, dimension)
    change = compare_clusters(_by_period(groups)).select("value", "change", change_low="low", change_high="high")
    return (
        _totals(groups)
        .join(_interval(groups), on="value", how="left")
        .join(change, on="value", how="left")
        .with_columns(direction=_direction())
        .sort("change_high", "change", "n", "value", descending=[False, False, True, False], nulls_last=True)
    )


def count_outcomes(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return what became of the interactions of a period: one row per outcome, with `n` and `share`.

    Sorted from good to bad. Automated sessions are left out.
    """
    counted = read_counted(snapshot, "outcomes", period).group_by("outcome").agg(pl.col("n").sum())
    return counted.with_columns(share=pl.col("n") / pl.col("n").sum(), place=place_of_outcome()).sort("place")


def count_open(snapshot: Snapshot) -> int:
    """Return how many interactions can still be judged by behaviour."""
    return snapshot.table("open_labels").select(pl.len()).collect().item()


def _groups_of_both(snapshot: Snapshot, period: Period, dimension: str) -> pl.DataFrame:
    """Return one row per value and group of people: their labels now and before, with a vote, a score, its sum."""
    both = Period(period.before().first, period.last, period.time_zone)
    is_now = pl.col("day") >= period.first
    columns = [
        pl.col(column).filter(is_now if when == "now" else ~is_now).sum().alias(f"{what}_{when}")
        for when in _PERIODS
        for what, column in _SUMS.items()
    ]
    counted = read_counted(snapshot, "tallies", both, dimension=dimension)
    return counted.group_by("value", "people", maintain_order=True).agg(columns)


def _by_period(groups: pl.DataFrame) -> pl.DataFrame:
    """Return the groups as `compare_clusters` takes them; those without a label of a period are no part of it."""
    periods = [
        groups.filter(pl.col(f"n_{when}") > 0).select(
            "value", period=pl.lit(when == "now"), dimension=pl.lit(EVERYTHING),
            n_scored=f"scored_{when}", total=f"total_{when}",
        )
        for when in _PERIODS
    ]  # fmt: skip
    return pl.concat(periods)


def _totals(groups: pl.DataFrame) -> pl.DataFrame:
    columns = [f"{what}_{when}" for what in _SUMS for when in _PERIODS]
    return (
        groups.group_by("value")
        .agg(pl.col(columns).sum())
        .select(
            "value",
            n="n_now",
            n_voted="voted_now",
            voted_share=_share(pl.col("voted_now"), pl.col("n_now")),
            score=_share(pl.col("total_now"), pl.col("scored_now")),
            n_before="n_before",
            n_voted_before="voted_before",
            voted_share_before=_share(pl.col("voted_before"), pl.col("n_before")),
            score_before=_share(pl.col("total_before"), pl.col("scored_before")),
        )
    )


def _interval(groups: pl.DataFrame) -> pl.DataFrame:
    clusters = groups.lazy().select("value", total="total_now", n_values="scored_now")
    means = mean_of_clusters(clusters, by=["value"]).collect(optimizations=IN_ORDER)
    return means.select("value", score_low="low", score_high="high")


def _direction() -> pl.Expr:
    return (
        pl.when(pl.col("change_high") < 0)
        .then(pl.lit("worse"))
        .when(pl.col("change_low") > 0)
        .then(pl.lit("better"))
        .when(pl.col("change_low").is_not_null())
        .then(pl.lit("unclear"))
        .otherwise(pl.lit("unknown"))
    )


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)


def place_of_outcome() -> pl.Expr:
    """Return the position of each `outcome` from good to bad."""
    from_good = ("clean_success", "corrected", "unlabelled", "recovered", "failed", "escalated")
    places = {outcome: from_good.index(outcome) for outcome in OUTCOMES}
    return pl.col("outcome").replace_strict(places, return_dtype=pl.Int64)
