"""Who uses the features and when: people, some of them far more active than others, and their sessions."""

import numpy as np

from feedback.simulate.catalogue import (
    DAY,
    FEATURES,
    HOUR,
    INDEX_VERSIONS,
    MINI_SHARE,
    PLANS,
    TENANTS,
    Rows,
    attribute,
    draw_from,
)
from feedback.simulate.planted import SEARCH, Schedule, tenant_shares

WEEK = (1.0, 1.05, 1.05, 1.0, 0.9, 0.4, 0.3)
HOURS = (1, 1, 1, 1, 1, 2, 5, 12, 22, 30, 32, 30, 22, 26, 30, 28, 24, 18, 12, 9, 8, 6, 4, 2)
SESSIONS_PER_USER = 6
HEAVY_SHARE = 0.06
ANONYMOUS_SHARE = 0.15
"""share of the people on the free plan who use the product without an account"""
NOT_RECORDED = -1


def draw_sessions(n: int, *, schedule: Schedule, first_weekday: int, rng: np.random.Generator) -> Rows:
    """Return one row per session, in order of its start.

    Parameters
    ----------
    n
        Number of sessions.
    schedule
        When the mix shift starts and the log ends.
    first_weekday
        Day of the week of the start of the log, 0 = Monday.
    rng
        Source of all randomness.
    """
    clock, is_weekend = _draw_starts(n, schedule=schedule, first_weekday=first_weekday, rng=rng)
    tenant = draw_from(tenant_shares(clock, schedule), rng)
    people = _draw_people(max(len(TENANTS), n // SESSIONS_PER_USER), rng)
    user = _choose_users(tenant, people, rng)
    shares = np.where(is_weekend[:, None], attribute(FEATURES, "weekend_share"), attribute(FEATURES, "share"))
    feature = draw_from(shares, rng)
    traits = {name: people[name][user] for name in ("language", "plan", "is_heavy", "activity", "is_anonymous")}
    index = np.array([INDEX_VERSIONS.index(entry.index_version) for entry in TENANTS])[tenant]
    mean_tasks = attribute(FEATURES, "n_tasks")[feature] * (1 + 0.6 * traits["is_heavy"])
    return traits | {
        "session": np.arange(n),
        "clock": clock,
        "user": user,
        "tenant": tenant,
        "feature": feature,
        "model": (rng.random(n) < MINI_SHARE[traits["plan"]]).astype(np.int64),
        "index_version": np.where(feature == SEARCH, index, NOT_RECORDED),
        "n_tasks": np.minimum(rng.geometric(1 / mean_tasks), 30),
    }


def _draw_starts(
    n: int, *, schedule: Schedule, first_weekday: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return when each session starts, ascending, and whether that is at a weekend."""
    n_days = round(schedule.end / DAY)
    weekday = (np.arange(n_days) + first_weekday) % 7
    weights = np.outer(np.array(WEEK)[weekday], HOURS).ravel()
    hour = rng.choice(len(weights), size=n, p=weights / weights.sum())
    clock = np.sort(np.round((hour + rng.random(n)) * HOUR, 3))
    return clock, weekday[np.minimum(clock // DAY, n_days - 1).astype(np.int64)] >= 5


def _draw_people(n: int, rng: np.random.Generator) -> Rows:
    """Return one row per person; every tenant has at least one."""
    tenants = np.arange(len(TENANTS))
    shares = np.array([tenant.share for tenant in TENANTS])
    drawn = rng.choice(tenants, size=n - len(tenants), p=shares / shares.sum())
    tenant = np.concatenate([tenants, drawn])
    activity = rng.lognormal(0, 1.1, n)
    plan = np.array([PLANS.index(entry.plan) for entry in TENANTS])[tenant]
    return {
        "tenant": tenant,
        "language": draw_from(attribute(TENANTS, "languages")[tenant], rng),
        "plan": plan,
        "activity": np.clip(rng.normal(1.0, 0.18, n), 0.4, 1.3),
        "weight": activity,
        "is_heavy": activity >= np.quantile(activity, 1 - HEAVY_SHARE),
        "is_anonymous": (plan == 0) & (rng.random(n) < ANONYMOUS_SHARE),
    }


def _choose_users(tenant: np.ndarray, people: Rows, rng: np.random.Generator) -> np.ndarray:
    """Return the person behind each session, heavy users more often."""
    user = np.empty(len(tenant), dtype=np.int64)
    for number in range(len(TENANTS)):
        rows, staff = np.flatnonzero(tenant == number), np.flatnonzero(people["tenant"] == number)
        weights = people["weight"][staff]
        user[rows] = rng.choice(staff, size=len(rows), p=weights / weights.sum())
    return user
