"""Telling people of incidents: what was not told yet follows from the steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from feedback.incidents import (
    Target,
    compose_message,
    find_targets,
    fold_incidents,
    make_steps,
    message_key,
    send_message,
)
from feedback.incidents.notify import is_due
from feedback.incidents.states import OPEN
from feedback.incidents.steps import US
from feedback.settings import Notify
from feedback.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class NotifySummary:
    """What became of messages: sent now, failed now, and waiting for their next attempt."""

    n_sent: int = 0
    n_failed: int = 0
    n_waiting: int = 0


def notify_incidents(store: Store, notify: Notify, *, clock: Clock, environment: Mapping[str, str]) -> NotifySummary:
    """Return how many messages were sent: one for each incident and URL, at least once.

    What is still to be sent follows from the steps: an incident that is open, was detected no longer than `max_age`
    before it was opened, and has no step `notified` for that URL. The step is taken after the message went through, so
    a process killed in between sends it again, with the same key. What failed is tried again by a later call, after
    one minute, two, four ... up to six hours.

    Raises
    ------
    SettingsError
        When a URL is no good, or names a variable that is not set.
    """
    snapshot = store.at()
    targets = find_targets(notify.urls, environment)
    steps = snapshot.table("incident_events").collect()
    if not targets or steps.is_empty():
        return NotifySummary()
    worth_telling = _worth_telling(fold_incidents(steps), notify.max_age)
    outcomes = [
        _deliver(store, incident, target, steps, clock)
        for incident in worth_telling.iter_rows(named=True)
        for target in targets
    ]
    return NotifySummary(outcomes.count("sent"), outcomes.count("failed"), outcomes.count("waiting"))


def _worth_telling(incidents: pl.DataFrame, max_age: timedelta) -> pl.DataFrame:
    is_recent = pl.col("opened_at") - pl.col("detected_at") <= max_age
    return incidents.filter(pl.col("state").is_in(OPEN), is_recent).sort("opened_at", "incident_id")


def _deliver(store: Store, incident: dict, target: Target, steps: pl.DataFrame, clock: Clock) -> str:
    """Return what became of a message to one URL: sent, failed, waiting; or done, earlier."""
    key = message_key(incident["incident_id"])
    about = steps.filter(pl.col("key") == key, pl.col("target") == target.name)
    if not about.filter(action="notified").is_empty():
        return "done"
    if not is_due(about.filter(action="not_notified")["at"].to_list(), clock=clock()):
        return "waiting"
    is_sent = send_message(target, compose_message(incident))
    row = {"incident_id": incident["incident_id"], "by": US, "at": clock(), "key": key, "target": target.name}
    store.append("incident_events", make_steps([{**row, "action": "notified" if is_sent else "not_notified"}]))
    return "sent" if is_sent else "failed"
