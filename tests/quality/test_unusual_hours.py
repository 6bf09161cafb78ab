"""Hours with far more or fewer events than usual."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from feedback.quality import find_unusual_hours
from feedback.schemas import empty_table

START = datetime(2026, 1, 5, tzinfo=UTC)


def health(counts: list[int]) -> pl.DataFrame:
    hours = [START + timedelta(hours=n) for n in range(len(counts))]
    return pl.DataFrame({"hour": hours, "n_events": counts}, schema_overrides={"hour": pl.Datetime("us", "UTC")})


def by_hour_of_the_week(seed: int, *, weeks: int = 4) -> list[int]:
    hours = np.arange(24 * 7 * weeks)
    mean = 200 + 150 * np.sin(hours * 2 * np.pi / 24) - 120 * (hours // 24 % 7 >= 5)
    return np.random.default_rng(seed).poisson(np.maximum(mean, 5)).tolist()


def test_seasons_and_chance_are_no_news():
    listed = [find_unusual_hours(health(by_hour_of_the_week(seed))).height > 0 for seed in range(40)]
    assert sum(listed) <= 6


@pytest.mark.parametrize("seed", range(5))
def test_an_outage_and_a_flood_are_found(seed: int):
    counts = by_hour_of_the_week(seed)
    counts[270] = 0
    counts[500] = 3000
    found = find_unusual_hours(health(counts))
    assert {START + timedelta(hours=270), START + timedelta(hours=500)} <= set(found["hour"])


def test_an_hour_without_any_row_counts_as_empty():
    table = health(by_hour_of_the_week(1)).filter(pl.col("hour") != START + timedelta(hours=270))
    assert find_unusual_hours(table).row(-1)[:2] == (START + timedelta(hours=270), 0)


def test_a_week_is_needed():
    assert find_unusual_hours(health([5] * 50 + [5000])).is_empty()
    assert find_unusual_hours(empty_table("data_health")).is_empty()
