"""The pass rate of an evaluation beside the rate at which production succeeds."""

import numpy as np
import polars as pl

from feedback.golden.coverage import EVERYTHING, NOT_RECORDED
from feedback.stats import wilson_interval

_RATES = ("proxy_rate", "rate", "rate_low", "rate_high", "n_reviewed")
_COLUMNS = (
    "segment", "n_examples", "pass_rate", "pass_low", "pass_high", "n_traffic", "weighted_pass_rate", "weighted_low",
    "weighted_high", *_RATES, "gap",
)  # fmt: skip


def latest_run(results: pl.DataFrame, examples: pl.DataFrame) -> dict | None:
    """Return which evaluation of these examples ran last: `eval_run`, `model`, `evaluated_at`; null when none."""
    known = results.join(examples.select("example_id"), on="example_id", how="semi")
    last = known.sort("evaluated_at", "eval_run").tail(1).select("eval_run", "model", "evaluated_at")
    return last.row(0, named=True) if last.height else None


def compare_with_production(
    results: pl.DataFrame, examples: pl.DataFrame, traffic: pl.DataFrame, rates: pl.DataFrame
) -> pl.DataFrame:
    """Return how often examples passed beside how often people got a good response, on the traffic the examples cover.

    Parameters
    ----------
    results
        One evaluation: `example_id`, `passed`. Repetitions of an example count together, as their mean.
    examples
        Those in the golden set: `example_id`, `segment`.
    traffic
        One row per current interaction: `example_id`, the nearest one within reach, null where there is none.
    rates
        The success rate of the covered traffic, of `all` and per segment: `segment`, `proxy_rate`, `rate`, `low`,
        `high`, `n_reviewed`, as `estimate_rates` gives them.

    Returns
    -------
    pl.DataFrame
        `all` first, then most examples first: `segment`; `n_examples` that were evaluated, `pass_rate` with `pass_low`
        and `pass_high`; `n_traffic` covered by these, `weighted_pass_rate` in which each example counts as much
        as the traffic nearest to it, with its interval (Wilson's, at Kish's effective number); `proxy_rate`, `rate`,
        `rate_low`, `rate_high`, `n_reviewed`; `gap`, weighted pass rate less rate, null without reviews.
        Intervals cover 95 %.
    """
    segment = pl.col("segment").fill_null(NOT_RECORDED)
    known = (
        results.filter(pl.col("passed").is_not_null())
        .group_by("example_id")
        .agg(passed=pl.col("passed").cast(pl.Float64).mean())
    )
    near = traffic.drop_nulls("example_id").group_by("example_id").agg(n_near=pl.len().cast(pl.Int64))
    items = examples.select("example_id", segment).join(known, on="example_id").join(near, on="example_id", how="left")
    counted = items.with_columns(pl.col("n_near").fill_null(0)).sort("example_id")
    both = pl.concat([counted, counted.with_columns(segment=pl.lit(EVERYTHING))])
    weights = pl.col("n_near")
    groups = both.group_by("segment").agg(
        n_examples=pl.len().cast(pl.Int64),
        pass_rate=pl.col("passed").mean(),
        n_traffic=weights.sum(),
        weighted_pass_rate=pl.when(weights.sum() > 0).then((weights * pl.col("passed")).sum() / weights.sum()),
        size=weights.cast(pl.Float64).sum() ** 2 / (weights.cast(pl.Float64) ** 2).sum(),
    )
    found = groups.with_columns(
        *_interval(groups["pass_rate"], groups["n_examples"], "pass"),
        *_interval(groups["weighted_pass_rate"], groups["size"], "weighted"),
    )
    renamed = rates.rename({"low": "rate_low", "high": "rate_high"}).select("segment", *_RATES)
    joined = found.join(renamed, on="segment", how="left").with_columns(
        gap=pl.col("weighted_pass_rate") - pl.col("rate"), is_part=pl.col("segment") != EVERYTHING
    )
    return joined.sort("is_part", "n_examples", "segment", descending=[False, True, False]).select(_COLUMNS)


def _interval(rates: pl.Series, sizes: pl.Series, prefix: str) -> list[pl.Series]:
    """Return the ends of Wilson's interval of each share, null where there is none."""
    known = rates.cast(pl.Float64).fill_null(np.nan).to_numpy()
    n = sizes.cast(pl.Float64).fill_nan(0).fill_null(0).to_numpy()
    ends = zip((f"{prefix}_low", f"{prefix}_high"), wilson_interval(known, n), strict=True)
    return [pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in ends]
