"""After a run: alarms and broken rules become incidents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from feedback.incidents import (
    fold_incidents,
    group_alarms,
    make_steps,
    measure_overlaps,
    only_new,
    route_incident,
)
from feedback.incidents.likeness import GOES_ON, NEAR
from feedback.incidents.states import OPEN
from feedback.incidents.steps import US
from feedback.label_model import latest_labels
from feedback.pipeline.broken import SEVERITY, break_rules
from feedback.pipeline.dimensions import known_columns
from feedback.settings import Broken, Settings
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
MOST_LABELS = 500_000
"""labels that segments are compared on; of more, those of some interactions only, the same in every run"""
_ALARM = ["alarm_id", "label_version"]


@dataclass(frozen=True)
class IncidentSummary:
    """What became of what a run found: incidents opened, alarms that joined one, alarms of a replay linked to one."""

    opened: tuple[str, ...] = ()
    n_joined: int = 0
    n_linked: int = 0


def open_incidents(store: Store, settings: Settings, *, clock: Clock) -> IncidentSummary:
    """Return what became of the alarms of the latest run: each is in an incident now, as are broken rules.

    To be called after a run, fit or restatement has committed. What it does depends on the store alone, and a second
    call does nothing: what a killed process left undone is done by the next. Alarms that a replay raised again open
    nothing; those of the same segment and metric as an open incident are linked to it.

    Raises
    ------
    SettingsError
        When a rule is about something the labels do not have. Alarms are taken care of all the same.
    """
    snapshot = store.at()
    version = snapshot.run.label_version if snapshot.run else None
    if version is None:
        return IncidentSummary()
    now, known = clock(), snapshot.table("incident_events").collect()
    alarms = snapshot.table("alarms").collect()
    fresh = alarms.filter(label_version=version).join(known.drop_nulls("alarm_id"), on=_ALARM, how="anti")
    linked = _link(fresh.filter("is_replayed"), alarms, known)
    grouped = _group(snapshot, fresh.filter(~pl.col("is_replayed")), alarms, known)
    steps = [*_linking(linked), *_opening(grouped, settings.broken)]
    taken = _append(store, [{**step, "by": US, "at": now} for step in steps], known)
    broken = _append(store, [{**step, "by": US, "at": now} for step in break_rules(snapshot, settings, known)], known)
    every = pl.concat([taken, broken])
    return IncidentSummary(
        tuple(every.filter(action="opened")["incident_id"]),
        every.filter(action="joined").height,
        every.filter(action="linked").height,
    )


def _append(store: Store, rows: Sequence[dict], known: pl.DataFrame) -> pl.DataFrame:
    steps = only_new(make_steps(rows), known)
    if steps.height:
        store.append("incident_events", steps)
    return steps


def _link(replayed: pl.DataFrame, alarms: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the alarms of a replay that are about the segment and metric of an open incident, with its id.

    Where several are, the one whose alarm began nearest.
    """
    is_open = fold_incidents(known).filter(pl.col("state").is_in(OPEN)).select("incident_id")
    about = ["segment", "metric", "direction"]
    members = _members(alarms, known).join(is_open, on="incident_id").select(*about, "incident_id", began="onset_at")
    apart = (pl.col("onset_at") - pl.col("began")).abs()
    return (
        replayed.join(members, on=about)
        .sort(apart, "incident_id")
        .unique(_ALARM, keep="first", maintain_order=True)
        .sort("detected_at", "alarm_id")
    )


def _linking(linked: pl.DataFrame) -> list[dict]:
    return [{**row, "action": "linked"} for row in linked.select(*_ALARM, "incident_id").iter_rows(named=True)]


def _group(snapshot: Snapshot, fresh: pl.DataFrame, alarms: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the incident of each new alarm, as `group_alarms`."""
    if fresh.is_empty():
        return group_alarms(fresh, pl.DataFrame())
    began = pl.coalesce("onset_at", "detected_at")
    reach = pl.lit(fresh.select(began.min()).item()) - (GOES_ON + NEAR)
    folded = fold_incidents(known)
    closed = folded.select("incident_id", closed_at="decided_at")
    members = _members(alarms, known).filter(began >= reach).join(closed, on="incident_id")
    every = pl.concat([members.select(fresh.columns), fresh])
    overlaps = measure_overlaps(every, _labels_since(snapshot, every), every["segment"])
    return group_alarms(fresh, overlaps, known=members)


def _members(alarms: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the alarms that are in an incident, with its id."""
    placed = known.drop_nulls("alarm_id").sort("at", "incident_event_id").unique(
        _ALARM, keep="first", maintain_order=True
    )  # fmt: skip
    return alarms.join(placed.select(*_ALARM, "incident_id"), on=_ALARM)


def _labels_since(snapshot: Snapshot, alarms: pl.DataFrame) -> pl.DataFrame:
    """Return the labels in force that the alarms are about, with the dimensions their segments name."""
    labels = snapshot.table("labels")
    named = [name for name in known_columns(snapshot, labels, role="dimension")
             if alarms["segment"].str.contains(f"{name} = ", literal=True).any()]  # fmt: skip
    onset = alarms["onset_at"].min()
    near = labels.filter(
        pl.col("shown_at") >= pl.lit(onset, pl.Datetime("us", "UTC")), pl.col("final_at") <= alarms["detected_at"].max()
    )
    one_in = -(-near.select(pl.len()).collect().item() // MOST_LABELS) or 1
    chosen = near.filter(pl.col("interaction_id").hash(seed=0) % one_in == 0)
    columns = ("interaction_id", "label_version", "shown_at", "final_at")
    return latest_labels(chosen.select(*columns, *named)).collect()


def _opening(grouped: pl.DataFrame, rules: Sequence[Broken]) -> list[dict]:
    """Return the steps that put alarms into incidents."""
    steps = []
    for row in grouped.iter_rows(named=True):
        is_first = row.pop("is_first")
        steps.append({**row, "action": "opened" if is_first else "joined", **_owned(row, rules)})
    return steps


def _owned(row: Mapping, rules: Sequence[Broken]) -> dict:
    """Return whose an incident is by the rules, and how bad; a step changes nothing that no rule says."""
    rule = route_incident(rules, row["segment"], row["metric"])
    said = {name: getattr(rule, name) for name in ("owner", "runbook")} if rule else {}
    severity = (rule.severity if rule else None) or SEVERITY.get(row["kind"] or "", "medium")
    return {**said, "severity": severity, "rule": rule.name if rule else None}
