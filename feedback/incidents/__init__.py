"""Incidents: alarms of one cause, and broken rules, that somebody owns.

`overlap` measures how far segments overlap, `likeness` compares alarms, `grouping` makes one incident of alarms of one
cause; `rules` checks what `feedback.toml` calls broken and says whose an incident is. `steps` are what happens to an
incident, `states` folds them into where it stands, `evidence` into what they say about the detector. `notify` tells
people, `spans` says how long things took.
"""

from feedback.incidents.evidence import judge_detector
from feedback.incidents.grouping import group_alarms, incident_identity
from feedback.incidents.notify import Target, compose_message, find_targets, send_message
from feedback.incidents.overlap import measure_overlaps
from feedback.incidents.rules import check_rules, route_incident
from feedback.incidents.states import find_incident, fold_incidents, summarise_latencies, take_step
from feedback.incidents.steps import make_steps, message_key, only_new

__all__ = [
    "Target",
    "check_rules",
    "compose_message",
    "find_incident",
    "find_targets",
    "fold_incidents",
    "group_alarms",
    "incident_identity",
    "judge_detector",
    "make_steps",
    "measure_overlaps",
    "message_key",
    "only_new",
    "route_incident",
    "send_message",
    "summarise_latencies",
    "take_step",
]
