"""How events travel: most arrive within seconds, some minutes or hours late, some twice."""

import numpy as np
import polars as pl

LATE_SHARE = 0.015
"""arrive 1 to 50 minutes late, within the hour that is allowed"""
VERY_LATE_SHARE = 0.0015
"""arrive 2 to 30 hours late: after what they concern is final"""
DUPLICATE_SHARE = 0.008
CONFLICT_SHARE = 0.1
"""share of the second copies whose value differs from the first"""


def deliver_events(events: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the events with `received_at` after `occurred_at`, and second copies of a few, in order of time and id."""
    first = events.with_columns(_arrival("occurred_at", _draw_delays(events.height, rng)))
    copies = first.filter(pl.Series(rng.random(first.height) < DUPLICATE_SHARE))
    differs = pl.Series(rng.random(copies.height) < CONFLICT_SHARE) & (copies["kind"] == "view")
    second = copies.with_columns(
        _arrival("received_at", np.round(rng.lognormal(3.5, 1.0, copies.height) + 1, 3)),
        pl.when(differs).then(pl.col("value") + 250).otherwise("value").alias("value"),
    )
    ordered = pl.concat([first, second]).sort("occurred_at", "event_id", "received_at")
    ahead = ("event_id", "occurred_at", "received_at")
    return ordered.select(*ahead, pl.exclude(*ahead))


def _draw_delays(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return seconds from happening to arriving."""
    draw = rng.random(n)
    delay = rng.lognormal(0.5, 0.6, n)
    minutes, hours = rng.uniform(60, 3_000, n), rng.uniform(2, 30, n) * 3_600
    delay = np.where(draw < LATE_SHARE, minutes, delay)
    return np.round(np.where(draw > 1 - VERY_LATE_SHARE, hours, delay), 1)


def _arrival(since: str, seconds: np.ndarray) -> pl.Expr:
    milliseconds = pl.lit(pl.Series(np.round(seconds * 1000).astype(np.int64)))
    return (pl.col(since) + pl.duration(milliseconds=milliseconds, time_unit="us")).alias("received_at")
