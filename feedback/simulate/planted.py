"""What goes wrong in the simulated world, when, and how each incident bends quality, traffic or signals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.simulate.catalogue import (
    FEATURES,
    INDEX_VERSIONS,
    INTENTS,
    LANGUAGES,
    PROMPT_VERSIONS,
    TENANTS,
    Rows,
    position,
)

PROMPT_DROP = -3.2
INDEX_DROP = -1.9
"""log-odds lost by the end of the log; it grows in a straight line from the onset"""
MIX_FACTOR = 3.6
"""weight of the hard tenant afterwards; triples its share"""
COPY_FACTOR = 0.5

CHAT, SEARCH = position(FEATURES, "chat_support"), position(FEATURES, "search_answers")
HARD_TENANT = position(TENANTS, "harbor-labs")
OLD_INDEX = INDEX_VERSIONS.index("idx-2026-03")

_INCIDENT_SCHEMA = {
    "incident_id": pl.String,
    "kind": pl.String,
    "starts_at": pl.Datetime("us", "UTC"),
    "ends_at": pl.Datetime("us", "UTC"),
    "segment": pl.String,
    "dimension_1": pl.String,
    "value_1": pl.String,
    "dimension_2": pl.String,
    "value_2": pl.String,
    "description": pl.String,
    "changes_quality": pl.Boolean,
}


class _Incident(NamedTuple):
    incident_id: str
    kind: str
    segment: dict[str, str]
    description: str
    changes_quality: bool


_INCIDENTS = (
    _Incident(
        "prompt-change",
        "prompt_change",
        {"intent": "refund", "language": "de"},
        "Prompt chat-v15 replaces chat-v14. Its German refund passage quotes the old 14-day policy.",
        changes_quality=True,
    ),
    _Incident(
        "ageing-index",
        "ageing_index",
        {"index_version": "idx-2026-03"},
        "The old search index is no longer refreshed. Its answers get a little worse every day.",
        changes_quality=True,
    ),
    _Incident(
        "mix-shift",
        "mix_shift",
        {"tenant": "harbor-labs"},
        "The tenant with the hardest questions rolls out to all its staff. Its share of the traffic triples;"
        " the answers it gets, and those everybody else gets, are as good as before.",
        changes_quality=False,
    ),
    _Incident(
        "moved-button",
        "moved_button",
        {"feature": "chat_support"},
        "The copy button of the chat moves into a menu. People copy half as often; the answers are as good as before.",
        changes_quality=False,
    ),
)
INCIDENT_IDS = tuple(incident.incident_id for incident in _INCIDENTS)


@dataclass(frozen=True)
class Schedule:
    """When things happen, in seconds since the start of the log."""

    prompt_change: float
    ageing_index: float
    mix_shift: float
    moved_button: float
    search_prompt: float
    """a new search prompt that changes nothing: a false lead"""
    end: float


def plan_incidents(days: int) -> Schedule:
    """Return when each incident starts: fixed days and hours of a 28-day log, scaled to `days`.

    Examples
    --------
    >>> plan_incidents(28).moved_button / 86400
    8.375
    >>> plan_incidents(14).end / 86400
    14.0
    """
    day = days / 28 * 86_400
    return Schedule(
        prompt_change=round(18.375 * day),
        ageing_index=round(14 * day),
        mix_shift=round(11.25 * day),
        moved_button=round(8.375 * day),
        search_prompt=round(17.625 * day),
        end=float(days * 86_400),
    )


def is_german_refund(rows: Rows) -> np.ndarray:
    """Return which rows lie in the segment the prompt change hurts."""
    return (rows["intent"] == position(INTENTS, "refund")) & (rows["language"] == LANGUAGES.index("de"))


def prompt_version(rows: Rows, schedule: Schedule) -> np.ndarray:
    """Return the prompt version in force for each row's feature and time."""
    chat = (rows["feature"] == CHAT) & (rows["clock"] >= schedule.prompt_change)
    search = (rows["feature"] == SEARCH) & (rows["clock"] >= schedule.search_prompt)
    versions = np.where(chat, PROMPT_VERSIONS.index("chat-v15"), rows["feature"])
    return np.where(search, PROMPT_VERSIONS.index("search-v8"), versions)


def lost_log_odds(rows: Rows, schedule: Schedule) -> np.ndarray:
    """Return what the incidents take from (never give to) the log-odds of a good response."""
    hurt = is_german_refund(rows) & (rows["clock"] >= schedule.prompt_change)
    age = (rows["clock"] - schedule.ageing_index) / (schedule.end - schedule.ageing_index)
    aged = (rows["index_version"] == OLD_INDEX) * np.clip(age, 0, 1)
    return PROMPT_DROP * hurt + INDEX_DROP * aged


def copy_factor(rows: Rows, schedule: Schedule) -> np.ndarray:
    """Return by how much the moved button changes the probability of a copy."""
    moved = (rows["feature"] == CHAT) & (rows["clock"] >= schedule.moved_button)
    return np.where(moved, COPY_FACTOR, 1.0)


def tenant_shares(clock: np.ndarray, schedule: Schedule) -> np.ndarray:
    """Return one row of tenant weights per time, in the order of `TENANTS`."""
    shares = np.tile([tenant.share for tenant in TENANTS], (len(clock), 1))
    shares[clock >= schedule.mix_shift, HARD_TENANT] *= MIX_FACTOR
    return shares


def incident_of(rows: Rows, schedule: Schedule) -> np.ndarray:
    """Return the position in `INCIDENT_IDS` of the incident each row is under, -1 where there is none.

    Where two overlap, the one that changes quality is named.
    """
    clock = rows["clock"]
    return np.select(
        [
            is_german_refund(rows) & (clock >= schedule.prompt_change),
            (rows["index_version"] == OLD_INDEX) & (clock >= schedule.ageing_index),
            (rows["feature"] == CHAT) & (clock >= schedule.moved_button),
            (rows["tenant"] == HARD_TENANT) & (clock >= schedule.mix_shift),
        ],
        [0, 1, 3, 2],
        default=-1,
    )


def incident_table(schedule: Schedule, starts_at: datetime) -> pl.DataFrame:
    """Return one row per planted incident, in order of onset; `ends_at` is null while it goes on."""
    rows = [_incident_row(incident, schedule, starts_at) for incident in _INCIDENTS]
    return pl.DataFrame(rows, schema=_INCIDENT_SCHEMA).sort("starts_at")


def _incident_row(incident: _Incident, schedule: Schedule, starts_at: datetime) -> dict:
    """Return the row of one incident; the second dimension is null where the segment has one only."""
    first, second, *_ = [*incident.segment.items(), (None, None)]
    return {
        "incident_id": incident.incident_id,
        "kind": incident.kind,
        "starts_at": starts_at + timedelta(seconds=getattr(schedule, incident.kind)),
        "ends_at": None,
        "segment": " & ".join(f"{dimension} = {value}" for dimension, value in incident.segment.items()),
        "dimension_1": first[0],
        "value_1": first[1],
        "dimension_2": second[0],
        "value_2": second[1],
        "description": incident.description,
        "changes_quality": incident.changes_quality,
    }
