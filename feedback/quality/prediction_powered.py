"""From labels and answers to one rate per group: gathers the numbers `stats` computes with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.quality.countable import prefixed
from feedback.stats import (
    MIN_CLUSTERS,
    ClusterSums,
    MeasuredItems,
    Numbers,
    add_up,
    discount_of_clusters,
    fit_lines,
    fit_shifts,
    from_log_odds,
    influence,
    kish_size,
    log_odds,
    tuned_weight,
    variance,
    wilson_interval,
)

ENOUGH_REVIEWS = 30
METHODS = ("prediction-powered", "weighted (under 30 effective reviews)", "weighted (no p_good)", "no reviews")
_EVERYTHING = "everything"
_SUMS = {
    "n": pl.len(),
    "predicted": pl.col("m").sum(),
    "drawn": pl.col("weight").sum(),
    "measured": (pl.col("weight") * pl.col("counts")).sum(),
    "good": (pl.col("weight") * pl.col("counts") * pl.col("y")).sum(),
    "drawn_predicted": (pl.col("weight") * pl.col("m")).sum(),
}


class Predictions(NamedTuple):
    """Labels with their prediction, and the measured ones with what is expected of them in their group."""

    labels: pl.DataFrame
    measured: pl.DataFrame


def rates_of_groups(
    items: pl.DataFrame, answers: pl.DataFrame, by: Sequence[str], tuned_within: Sequence[str], *, level: float
) -> pl.DataFrame:
    """Return one row per group, sorted: the columns of `by` behind their prefix, and those of a rate.

    Parameters
    ----------
    items
        From `countable_labels` or `countable_sessions`: one row per item.
    answers
        From `answers_for_rates`: one row per item.
    by, tuned_within, level
        As in `estimate_rates`.
    """
    keys = [*prefixed(by), _EVERYTHING]
    items = items.with_columns(pl.lit(value=True).alias(_EVERYTHING))
    groups = _pool(_group(items, keys), [*prefixed(tuned_within), "is_calibrated"])
    known = groups.select(*keys, "group", "pool", "proxy_rate")
    joined = (
        items.join(known, on=keys, nulls_equal=True, maintain_order="left")
        .join(answers, on="item", how="left", maintain_order="left")
        .select("group", "pool", "person", **_prepared())
    )
    counts = joined.group_by("group", maintain_order=True).agg(
        n_reviewed=(pl.col("counts") == 1).sum().cast(pl.Int64),
        n_unanswered=pl.col("is_unanswered").sum().cast(pl.Int64),
    )
    groups = groups.join(counts, on="group", how="left", maintain_order="left")
    return groups.with_columns(_estimate(_predict(joined, groups), groups, level))


def _group(items: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return one row per group: how many items, their mean `p`, and the position of the group."""
    groups = items.group_by(keys, maintain_order=True).agg(n=pl.len().cast(pl.Int64), proxy_rate=pl.col("p").mean())
    return groups.sort(keys).with_row_index("group").with_columns(is_calibrated=pl.col("proxy_rate").is_not_null())


def _pool(groups: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the groups with the position of the pool each is tuned in; without `p` there is nothing to share."""
    pools = groups.select(keys).unique(maintain_order=True).with_row_index("pool")
    return groups.join(pools, on=keys, nulls_equal=True, maintain_order="left")


def _prepared() -> dict[str, pl.Expr]:
    """Return the columns to compute with: a missing `p` says as much as the mean of its group."""
    is_answered = pl.col("y").is_not_null() | ~pl.col("is_usable")
    return {
        "p": pl.coalesce("p", "proxy_rate", 0.5),
        "weight": pl.when(is_answered).then("weight").fill_null(0.0),
        "counts": pl.col("y").is_not_null().cast(pl.Float64),
        "y": pl.col("y").fill_null(0.0),
        "is_unanswered": pl.col("weight").is_not_null() & ~is_answered.fill_null(value=False),
    }


def _predict(joined: pl.DataFrame, groups: pl.DataFrame) -> Predictions:
    """Return the items with `m`, the prediction after a line fitted to the answers of the pool."""
    x = log_odds(joined["p"].to_numpy())
    pool, is_counted = joined["pool"].to_numpy(), joined["counts"].to_numpy() == 1
    y, group = joined["y"].to_numpy()[is_counted], joined["group"].to_numpy()[is_counted]
    level, slope = fit_lines(x[is_counted], y, pool[is_counted], len(groups))
    fitted = level[pool] + slope[pool] * x
    shift = fit_shifts(fitted[is_counted], y, group, len(groups))
    labels = joined.with_columns(m=pl.Series(from_log_odds(fitted)), fitted=pl.Series(fitted))
    measured = labels.filter(pl.col("weight") > 0)
    shifted = measured["fitted"].to_numpy() + shift[measured["group"].to_numpy()]
    return Predictions(labels, measured.with_columns(expected=pl.Series(from_log_odds(shifted))))


def _estimate(found: Predictions, groups: pl.DataFrame, level: float) -> list[pl.Series]:
    """Return the columns `rate`, `low`, `high`, `n_effective` and `method` of the groups."""
    n_groups, calibrated = len(groups), groups["is_calibrated"].to_numpy()
    people = found.labels.group_by("group", "person", maintain_order=True).agg(**_SUMS).with_row_index("cluster")
    measured = found.measured.join(people.select("group", "person", "cluster"), on=("group", "person"))
    sums = ClusterSums(people["group"].to_numpy(), *(people[name].to_numpy().astype(float) for name in _SUMS))
    items = MeasuredItems(
        *(measured[name].to_numpy() for name in ("group", "cluster", "weight", "counts", "y", "m", "expected"))
    )
    size = kish_size(items.weight * items.counts, items.group, n_groups)
    means = influence(sums, n_groups)
    powered = calibrated & (size >= ENOUGH_REVIEWS)
    tuned = np.where(powered, tuned_weight(means, sums.group, groups["pool"].to_numpy(), size), 0)
    spread, of_one = variance(means, sums, items, tuned)
    n_effective = _discounted(of_one / np.where(spread > 0, spread, 1), sums, size, level)
    rate = np.clip(means.rate - tuned * np.nan_to_num(means.gap), 0, 1)
    low, high = wilson_interval(rate, n_effective, level=level)
    method = np.select([size == 0, ~calibrated, ~powered], [METHODS[3], METHODS[2], METHODS[1]], METHODS[0])
    numbers = {"rate": rate, "low": low, "high": high, "n_effective": n_effective}
    known = (pl.Series(name, np.where(size > 0, values, np.nan)).fill_nan(None) for name, values in numbers.items())
    return [*known, pl.Series("method", method.tolist(), dtype=pl.String)]


def _discounted(n_effective: Numbers, sums: ClusterSums, size: Numbers, level: float) -> Numbers:
    """Return the effective number of reviews, less where they come from few people.

    Under five, how much people differ cannot be told: then all answers of a person count as one.
    """
    n_people = add_up((sums.measured > 0).astype(float), sums.group, len(size))
    effective_people = kish_size(sums.measured, sums.group, len(size))
    discounted = n_effective * discount_of_clusters(effective_people, size, level=level)
    return np.where(n_people < MIN_CLUSTERS, np.minimum(n_effective, effective_people), discounted)
