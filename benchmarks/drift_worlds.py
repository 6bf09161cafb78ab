"""Worlds with known changes, to measure detectors on: single streams, and tables of final labels.

Written before any detector was tuned on them. A *stream* is one segment's values in closing order, with the
position of its change. A *table* has one row per final label, as `watch_segments` takes them, plus `known_at`, the
time at which the behaviour behind the label was seen (a bad one shows itself sooner than a good one).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl

BASES = (0.7, 0.85, 0.95)
DROPS = (0.02, 0.05, 0.1, 0.2)
SHAPES = ("abrupt", "gradual")
N_BEFORE, N_AFTER = 5_000, 10_000
RAMP = 2_000
"""labels over which a gradual change grows in a straight line"""
CONCENTRATION = 4.0
"""of the Beta a soft label is drawn from: mean p, variance p (1 - p) / 5"""
WEEKS_BEFORE = 4
STARTS_AT = datetime(2026, 3, 2, tzinfo=UTC)
"""a Monday"""
WEEK_S, DAY_S, HOUR_S = 7 * 86_400, 86_400, 3_600
WINDOW_S = 1_800
SEASON = 0.04
HARD_TENANT, MIX_FACTOR = 0, 3.0
TENANT_RATES = (0.62, 0.8, 0.85, 0.88, 0.9, 0.93)
TENANT_SHARES = (0.12, 0.28, 0.2, 0.16, 0.14, 0.1)
Shape = Literal["abrupt", "gradual"]
Values = Literal["binary", "soft"]
Array = np.ndarray


@dataclass(frozen=True)
class Stream:
    """One segment: values in [0, 1], those before `change_at` at the base rate."""

    values: Array
    change_at: int


def draw_values(p: Array, kind: Values, rng: np.random.Generator) -> Array:
    """Return one value per mean: 0 or 1, or anything between."""
    if kind == "binary":
        return (rng.random(len(p)) < p).astype(float)
    return rng.beta(CONCENTRATION * p, CONCENTRATION * (1 - p))


def dropping_stream(
    base: float,
    drop: float,
    shape: Shape,
    rng: np.random.Generator,
    *,
    kind: Values = "binary",
    n_before: int = N_BEFORE,
    n_after: int = N_AFTER,
) -> Stream:
    """Return a stream whose mean falls by `drop` points (as a share) from position `n_before` on."""
    since = np.arange(1, n_after + 1)
    depth = np.minimum(since / RAMP, 1.0) if shape == "gradual" else np.ones(n_after)
    means = np.concatenate([np.full(n_before, base), base - drop * depth])
    return Stream(draw_values(means, kind, rng), n_before)


def quiet_stream(base: float, n: int, rng: np.random.Generator, *, kind: Values = "binary") -> Array:
    """Return values that never change their mean."""
    return draw_values(np.full(n, base), kind, rng)


def quiet_segments(
    rng: np.random.Generator, *, n_segments: int = 1_000, labels_a_week: float = 400.0, season: float = 0.0
) -> pl.DataFrame:
    """Return a table in which nothing changes: four weeks to learn from and one to watch.

    Segments differ in rate (about 0.7 to 0.97) and in traffic (a factor of ten between the usual extremes).
    """
    weight = rng.lognormal(0, 0.8, n_segments)
    n = round(n_segments * labels_a_week * (WEEKS_BEFORE + 1))
    segment = rng.choice(n_segments, size=n, p=weight / weight.sum())
    rate = np.clip(rng.beta(17, 3, n_segments), 0.6, 0.97)
    clock = _clock(n, WEEKS_BEFORE + 1, rng)
    p = np.clip(rate[segment] + season * _season(clock), 0.02, 0.98)
    return _table(clock, p, rng, dimension="segment", codes=segment)


def seasonal_labels(rng: np.random.Generator, *, labels_a_week: int = 20_000, season: float = SEASON) -> pl.DataFrame:
    """Return a table of one segment whose rate swings by `season` with the hour of the day and the weekend."""
    n = labels_a_week * (WEEKS_BEFORE + 1)
    clock = _clock(n, WEEKS_BEFORE + 1, rng)
    return _table(clock, 0.85 + season * _season(clock), rng, dimension="feature", codes=np.zeros(n, int))


def mix_shift(rng: np.random.Generator, *, labels_a_week: int = 20_000) -> pl.DataFrame:
    """Return a table in which, half a day into the watched week, the hardest tenant triples its traffic share.

    Every tenant's own rate stays what it was.
    """
    n = labels_a_week * (WEEKS_BEFORE + 1)
    clock = _clock(n, WEEKS_BEFORE + 1, rng)
    shifted = np.array(TENANT_SHARES)
    shifted[HARD_TENANT] *= MIX_FACTOR
    before = rng.choice(len(TENANT_SHARES), size=n, p=TENANT_SHARES)
    after = rng.choice(len(TENANT_SHARES), size=n, p=shifted / shifted.sum())
    tenant = np.where(clock >= WEEKS_BEFORE * WEEK_S + DAY_S / 2, after, before)
    return _table(clock, np.array(TENANT_RATES)[tenant], rng, dimension="tenant", codes=tenant)


def watch_from() -> datetime:
    """Return the start of the watched week."""
    return STARTS_AT + timedelta(weeks=WEEKS_BEFORE)


def _clock(n: int, weeks: int, rng: np.random.Generator) -> Array:
    """Return when responses were shown, in seconds since the start: busy by day, quiet at night and at weekends."""
    hours = np.arange(weeks * 168)
    by_day = 1 + 0.8 * np.sin(2 * np.pi * ((hours % 24) - 8) / 24)
    weight = by_day * np.where(hours % 168 >= 120, 0.4, 1.0)
    hour = rng.choice(len(hours), size=n, p=weight / weight.sum())
    return np.sort((hour + rng.random(n)) * HOUR_S)


def _season(clock: Array) -> Array:
    """Return the season in [-1, 1]: half by the hour of the day, half by weekday or weekend."""
    by_hour = np.sin(2 * np.pi * clock / DAY_S)
    return 0.5 * by_hour + 0.5 * np.where(clock % WEEK_S >= 5 * DAY_S, -1.0, 1.0)


def _table(clock: Array, p: Array, rng: np.random.Generator, *, dimension: str, codes: Array) -> pl.DataFrame:
    """Return one row per label in closing order; good behaviour is known at the end of the window, bad soon."""
    score = (rng.random(len(p)) < p).astype(float)
    soon = rng.exponential(300, len(p)).clip(max=WINDOW_S)
    known = clock + np.where(score == 1, WINDOW_S, soon)
    start = np.datetime64(STARTS_AT.replace(tzinfo=None), "us")
    microseconds = {"shown_at": clock, "final_at": clock + WINDOW_S, "known_at": known}
    times = {name: start + (seconds * 1e6).astype("timedelta64[us]") for name, seconds in microseconds.items()}
    names = np.array([f"{dimension}-{number:04}" for number in range(int(codes.max()) + 1)])
    number = pl.int_range(len(p), eager=True).cast(pl.String).str.zfill(9)
    frame = pl.DataFrame({"interaction_id": "i" + number, **times, "score": score, dimension: names[codes]})
    return frame.with_columns(pl.col("shown_at", "final_at", "known_at").dt.replace_time_zone("UTC")).sort(
        "final_at", "interaction_id"
    )
