"""How what an alarm is about went, day by day: from what is counted per day where that tells, else from labels."""

import polars as pl

from feedback.drift.online import share_of_surprise
from feedback.drift.volume import VOLUME
from feedback.drift.watched import EVENTS, OF_EVENTS, OF_OUTCOMES, OF_VOTES, OTHER_VALUES, SURPRISE, VOTED
from feedback.explore.sample import sample_labels
from feedback.quality.people import EVERYTHING
from feedback.segments.trend import daily_trend
from feedback.stats import IN_ORDER, mean_of_clusters
from feedback.store.snapshot import Snapshot

# Of so many labels those of some people show a day as well as all of them.
ENOUGH = 20_000
_SUMS = {"score": ("total", "n_scored"), "p_good": ("total_p_good", "n_calibrated"), VOTED: ("n_scored", "n")}
_KEPT = ("interaction_id", "session_id", "user_id", "shown_at", "is_automated")


def counted_trend(snapshot: Snapshot, values: dict[str, str], metric: str) -> pl.DataFrame | None:
    """Return the days of a segment as `daily_trend`; null where they are not counted per day.

    They are for everything and for one value of one dimension, of scores, probabilities, votes and the traffic.
    """
    if len(values) > 1 or OTHER_VALUES in values.values() or metric not in {VOLUME, *_SUMS}:
        return None
    ((dimension, value),) = values.items() if values else [(EVERYTHING, EVERYTHING)]
    of_segment = pl.col("dimension") == dimension, pl.col("value") == value
    days = snapshot.table("quality").filter(*of_segment).select("day", "n", "n_users").sort("day").collect()
    groups = snapshot.table("tallies").filter(*of_segment).collect()
    if groups.is_empty():
        return None
    unknown = pl.lit(None, pl.Float64)
    if metric == VOLUME:
        return days.with_columns(rate=pl.col("n").cast(pl.Float64), low=unknown, high=unknown)
    total, n = _SUMS[metric]
    clusters = groups.lazy().select("day", total=pl.col(total).cast(pl.Float64), n_values=n)
    means = mean_of_clusters(clusters, by=["day"]).collect(optimizations=IN_ORDER)
    known = days.drop("n").join(groups.group_by("day").agg(n=pl.col(n).sum()), on="day", maintain_order="left")
    told = known.join(means, on="day", maintain_order="left")
    return told.select(
        "day", "n", "n_users", rate="mean", low="low", high="high", is_after_onset=pl.lit(None, pl.Boolean)
    )


def labels_trend(
    snapshot: Snapshot, labels: pl.LazyFrame, condition: pl.Expr, metric: str, *, time_zone: str
) -> pl.DataFrame:
    """Return the days of a segment as `daily_trend`, from its labels, or those of some people where they are many."""
    sample = sample_labels(snapshot)
    some = sample.labels.filter(condition) if sample.one_in > 1 else sample.labels.clear()
    chosen = some.lazy() if some.height >= ENOUGH else labels.filter(condition)
    return daily_trend(_with_value(snapshot, chosen, metric), value="value", time_zone=time_zone)


def _with_value(snapshot: Snapshot, labels: pl.LazyFrame, metric: str) -> pl.LazyFrame:
    if metric.startswith(OF_VOTES):
        return _beside(snapshot, labels, "votes", pl.col(metric.removeprefix(OF_VOTES)).is_not_null())
    if metric.startswith(OF_EVENTS):
        return _beside(snapshot, labels, "interactions", pl.col(EVENTS[metric.removeprefix(OF_EVENTS)]).is_not_null())
    if metric == SURPRISE:
        return _beside(snapshot, labels, "surprises", share_of_surprise())
    if metric.startswith(OF_OUTCOMES):
        return labels.select(*_KEPT, value=pl.col("outcome") == metric.removeprefix(OF_OUTCOMES))
    if metric == VOTED:
        return labels.select(*_KEPT, value=pl.col("score").is_not_null())
    return labels.select(*_KEPT, value=pl.coalesce(list(dict.fromkeys((metric, "score")))))


def _beside(snapshot: Snapshot, labels: pl.LazyFrame, table: str, value: pl.Expr) -> pl.LazyFrame:
    """Return the labels with a value that another table has; of that only their rows are kept in memory."""
    known = labels.select(_KEPT).collect()
    told = snapshot.table(table).select("interaction_id", value=value)
    told = told.join(known.select("interaction_id").lazy(), on="interaction_id", how="semi").collect()
    return known.join(told, on="interaction_id", how="left").lazy()
