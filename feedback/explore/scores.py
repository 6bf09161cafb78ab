"""How good the responses are, and what changed."""

import polars as pl

from feedback.explore.labels import final_labels, value_of
from feedback.explore.periods import Period
from feedback.quality.daily import EVERYTHING, compare_periods
from feedback.schemas import TABLES
from feedback.schemas.behaviour import OUTCOMES
from feedback.stats import mean_of_clusters
from feedback.store.snapshot import Snapshot

_PERIODS = ("now", "before")


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
        clustered by user, null where either has under five people; `direction`: worse,
        better, unclear (the interval holds zero) or unknown. Sorted by `change_high`: first what got worse
        by the most that is beyond doubt. Automated sessions are left out.

    Raises
    ------
    UnknownNameError
        When there is no such dimension.
    """
    labels = _labels_of_both(snapshot, period, dimension)
    people = _people(labels, period)
    change = compare_periods(labels, dimensions=["value"], since=period.starts_at).filter(dimension="value")
    return (
        _totals(people)
        .join(_interval(people), on="value", how="left")
        .collect()
        .join(change.select("value", "change", change_low="low", change_high="high"), on="value", how="left")
        .with_columns(direction=_direction())
        .sort("change_high", "change", "n", "value", descending=[False, False, True, False], nulls_last=True)
    )


def count_outcomes(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    """Return what became of the interactions of a period: one row per outcome, with `n` and `share`.

    Sorted from good to bad. Automated sessions are left out.
    """
    return (
        final_labels(snapshot)
        .filter(period.holds("shown_at"), ~pl.col("is_automated"), pl.col("outcome").is_not_null())
        .group_by("outcome")
        .agg(n=pl.len().cast(pl.Int64))
        .with_columns(share=pl.col("n") / pl.col("n").sum(), place=_place_of_outcome())
        .sort("place")
        .collect()
    )


def count_open(snapshot: Snapshot) -> int:
    """Return how many interactions can still be judged by behaviour."""
    return snapshot.table("open_labels").select(pl.len()).collect().item()


def _labels_of_both(snapshot: Snapshot, period: Period, dimension: str) -> pl.DataFrame:
    """Return the labels of the period and of the one before it, with the `value` they count under."""
    labels = final_labels(snapshot).filter(~pl.col("is_automated"))
    value = value_of(snapshot, dimension, labels.collect_schema().names())
    is_in_either = period.holds("shown_at") | period.before().holds("shown_at")
    return labels.filter(is_in_either).select(*TABLES["labels"].columns, value=value).collect()


def _people(labels: pl.DataFrame, period: Period) -> pl.LazyFrame:
    """Return one row per value and person, for both periods: labels, those with a vote, with a score, its sum."""
    score, has_vote = pl.col("score"), pl.col("n_votes") > 0
    spans = {"now": period.holds("shown_at"), "before": ~period.holds("shown_at")}
    columns = [
        column.alias(f"{what}_{name}")
        for name, span in spans.items()
        for what, column in {
            "n": span.sum().cast(pl.Int64),
            "voted": (span & has_vote).sum().cast(pl.Int64),
            "scored": score.filter(span).count().cast(pl.Int64),
            "total": score.filter(span).sum(),
        }.items()
    ]
    return labels.lazy().group_by("value", person=pl.coalesce("user_id", "session_id")).agg(columns)


def _totals(people: pl.LazyFrame) -> pl.LazyFrame:
    columns = [f"{what}_{name}" for what in ("n", "voted", "scored", "total") for name in _PERIODS]
    return (
        people.group_by("value")
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


def _interval(people: pl.LazyFrame) -> pl.LazyFrame:
    clusters = people.select("value", total="total_now", n_values="scored_now")
    return mean_of_clusters(clusters, by=["value"]).select("value", score_low="low", score_high="high")


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


def _place_of_outcome() -> pl.Expr:
    from_good = ("clean_success", "corrected", "unlabelled", "recovered", "failed", "escalated")
    places = {outcome: from_good.index(outcome) for outcome in OUTCOMES}
    return pl.col("outcome").replace_strict(places, return_dtype=pl.Int64)
