"""Final labels in a few lines."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2026, 1, 5, tzinfo=UTC)
"""a Monday"""


def labels_of(scores, *, minutes: float = 5.0, **columns) -> pl.DataFrame:
    """Return one label per score, one every few minutes from START on."""
    n = len(scores)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{number:06}" for number in range(n)],
            "final_at": [START + timedelta(minutes=minutes * number) for number in range(n)],
            "score": pl.Series(scores, dtype=pl.Float64),
            **columns,
        }
    )


def falling_scores(n: int, *, at: int, before: float = 0.9, after: float = 0.6, seed: int = 0) -> np.ndarray:
    """Return zeros and ones whose mean falls at a position."""
    means = np.where(np.arange(n) < at, before, after)
    return (np.random.default_rng(seed).random(n) < means).astype(float)


def after_days(days: float) -> datetime:
    return START + timedelta(days=days)
