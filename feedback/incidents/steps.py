"""The steps in the life of an incident, as rows of `incident_events`."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

import polars as pl

from feedback.schemas import TABLES

US = "feedback"
"""who took a step that a run took"""
_OUR_CONTENT = ("incident_id", "action", "alarm_id", "label_version", "key", "target")


def make_steps(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Return steps as rows of `incident_events`, each with the id that its content gives it.

    What a run does has the same id whenever it is done: its time is no part of it, but for `not_notified`, each of
    which is an attempt of its own. What a person does is another step at another time.

    Parameters
    ----------
    rows
        Columns of `incident_events` without the id; those not named are null.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> steps = make_steps([{"incident_id": "i1", "action": "noted", "by": "ann", "at": at, "note": "looking"}] * 2)
    >>> steps["incident_event_id"].n_unique()
    1
    """
    found = [{**row, "incident_event_id": _identify(row)} for row in rows]
    return pl.DataFrame(found, schema=TABLES["incident_events"].columns)


def only_new(steps: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the steps that are not among those known, each once.

    Examples
    --------
    >>> steps = make_steps([{"incident_id": "i1", "action": "opened", "by": "feedback"}])
    >>> only_new(steps, steps).height
    0
    """
    key = "incident_event_id"
    return steps.unique(key, keep="first", maintain_order=True).join(known.select(key), on=key, how="anti")


def message_key(incident_id: str) -> str:
    """Return the key of the message that an incident was opened: the same however often it is sent.

    Examples
    --------
    >>> message_key("4f1c09ab72de")
    'feedback-4f1c09ab72de-opened'
    """
    return f"feedback-{incident_id}-opened"


def _identify(row: Mapping[str, object]) -> str:
    is_ours = row["by"] == US and row["action"] != "not_notified"
    content = {name: row.get(name) for name in _OUR_CONTENT} if is_ours else {**row}
    said = {name: value for name, value in content.items() if value is not None}
    return sha256(json.dumps(said, sort_keys=True, default=_write_time).encode()).hexdigest()[:32]


def _write_time(value: datetime) -> str:
    return value.isoformat(timespec="microseconds")
