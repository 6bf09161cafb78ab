"""Where each incident stands: a fold over its steps."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from feedback.errors import SettingsError, UnknownNameError, name_some
from feedback.incidents.steps import US, make_steps
from feedback.schemas.human import INCIDENT_ACTIONS

OPEN, CLOSED = ("open", "acknowledged"), ("resolved", "false_alarm")
_STATE_AFTER = {
    "opened": "open", "acknowledged": "acknowledged", "resolved": "resolved", "false_alarm": "false_alarm",
    "reopened": "open",
}  # fmt: skip
_FROM = {
    "acknowledged": ("open",),
    "resolved": OPEN,
    "false_alarm": (*OPEN, "resolved"),
    "reopened": CLOSED,
    "assigned": (*OPEN, *CLOSED),
    "noted": (*OPEN, *CLOSED),
}
_KEPT = ("segment", "metric", "kind", "onset_at", "severity", "runbook", "rule")
# One run takes many steps at the same time: the order in which it took alarms in.
_WITHIN_A_RUN = ("detected_at", "alarm_id")
LATENCIES = ("detection_s", "report_s", "acknowledgement_s", "decision_s")


def fold_incidents(steps: pl.DataFrame) -> pl.DataFrame:
    """Return where each incident stands: one row per incident, open ones first, the latest detected first.

    Steps count in order of time, whatever order they come in; one that comes twice counts once.

    Parameters
    ----------
    steps
        Table `incident_events`.

    Returns
    -------
    pl.DataFrame
        - `incident_id`; `state`: open, acknowledged, resolved or false_alarm
        - `kind`, `segment`, `metric`, `onset_at` of what explains it now; `owner`, `severity`, `runbook`, `rule`; null
          where nobody said
        - `n_alarms`, `n_notes`; `note`, the latest one
        - `detected_at`, of the first alarm, in event time; `opened_at`, when a run reported it; `acknowledged_at`,
          `acknowledged_by` of the first acknowledgement; `decided_at`, `decided_by`, null until it is resolved or
          marked a false alarm; `changed_at`, of the latest step
        - latencies in seconds, null where an end is unknown: `detection_s` from onset to detection, `report_s` from
          detection to the run that reported it (long for a log read later), `acknowledgement_s` and `decision_s` from
          that report. `detection_s` is null too where the onset is now dated after the detection.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> steps = make_steps([{"incident_id": "i1", "action": "opened", "by": "feedback", "at": at, "segment": "all"}])
    >>> fold_incidents(steps).select("incident_id", "state", "segment").row(0)
    ('i1', 'open', 'all')
    """
    said = pl.col("action")
    state = said.replace_strict(_STATE_AFTER, default=None, return_dtype=pl.String).drop_nulls().last()
    owner = pl.col("owner")
    first_ack = said == "acknowledged"
    decision = said.is_in(CLOSED)
    folded = (
        order_steps(steps)
        .lazy()
        .group_by("incident_id", maintain_order=True)
        .agg(
            state.alias("state"),
            *(pl.col(name).drop_nulls().last() for name in _KEPT),
            # Whom a person named stays the owner, whatever a rule says of alarms that join later.
            pl.coalesce(owner.filter(pl.col("by") != US).drop_nulls().last(), owner.drop_nulls().last()).alias("owner"),
            pl.col("alarm_id").drop_nulls().n_unique().cast(pl.Int64).alias("n_alarms"),
            pl.col("note").count().cast(pl.Int64).alias("n_notes"),
            pl.col("note").drop_nulls().last(),
            pl.col("detected_at").min(),
            pl.col("at").filter(said == "opened").first().alias("opened_at"),
            pl.col("at").filter(first_ack).first().alias("acknowledged_at"),
            pl.col("by").filter(first_ack).first().alias("acknowledged_by"),
            pl.col("at").filter(decision).last().alias("decided_at"),
            pl.col("by").filter(decision).last().alias("decided_by"),
            pl.col("at").max().alias("changed_at"),
        )
        .with_columns(pl.when(pl.col("state").is_in(CLOSED)).then(pl.col("decided_at", "decided_by")))
        .with_columns(
            _span("onset_at", "detected_at").alias("detection_s"),
            _span("detected_at", "opened_at").alias("report_s"),
            _span("opened_at", "acknowledged_at").alias("acknowledgement_s"),
            _span("opened_at", "decided_at").alias("decision_s"),
        )
    )
    is_closed = pl.col("state").is_in(CLOSED)
    latest = pl.coalesce("detected_at", "opened_at")
    return folded.sort(is_closed, latest, "incident_id", descending=[False, True, False]).collect()


def order_steps(steps: pl.DataFrame) -> pl.DataFrame:
    """Return the steps in the order in which they were taken, each once.

    One run takes many at the same time: alarms in the order of their detection, what opens before what joins.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> rows = [{"incident_id": "i1", "action": name, "by": "feedback", "at": at} for name in ("joined", "opened")]
    >>> order_steps(make_steps([*rows, *rows]))["action"].to_list()
    ['opened', 'joined']
    """
    rank = pl.col("action").replace_strict(
        {name: place for place, name in enumerate(INCIDENT_ACTIONS)}, return_dtype=pl.Int64
    )
    in_order = steps.sort("at", rank, *_WITHIN_A_RUN, "incident_event_id")
    return in_order.unique("incident_event_id", keep="first", maintain_order=True)


def find_incident(incidents: pl.DataFrame, written: str) -> dict:
    """Return the incident whose id begins as written.

    Raises
    ------
    UnknownNameError
        When there is none, or more than one.

    Examples
    --------
    >>> find_incident(pl.DataFrame({"incident_id": ["4f1c09ab72de"]}), "4f1c")
    {'incident_id': '4f1c09ab72de'}
    """
    found = incidents.filter(pl.col("incident_id").str.starts_with(written))
    if found.height != 1 or not written:
        ids = (found if found.height else incidents)["incident_id"]
        what = "no incident" if found.is_empty() else f"{found.height} incidents"
        raise UnknownNameError(
            f"there is {what} whose id begins with {written!r}; there are {name_some(ids) or 'none'}"
        )
    return found.row(0, named=True)


def steps_after(state: str) -> list[str]:
    """Return what a person can do to an incident in a state.

    Examples
    --------
    >>> steps_after("false_alarm")
    ['reopened', 'assigned', 'noted']
    """
    return [name for name, states in _FROM.items() if state in states]


def take_step(
    incident: Mapping, action: str, *, by: str, at: datetime, owner: str | None = None, note: str | None = None
) -> pl.DataFrame:
    """Return the step a person takes, as one row of `incident_events`.

    Parameters
    ----------
    incident
        Its row of `fold_incidents`.
    action
        `acknowledged`, `assigned` (names the owner), `noted` (says something), `resolved`, `false_alarm` or `reopened`.
        Open incidents can be acknowledged, resolved or marked a false alarm, resolved ones still be marked a false
        alarm, closed ones reopened.
    by, at
        Who, and when.
    owner, note
        Whose it is from now on; a remark.

    Raises
    ------
    SettingsError
        When the incident is in a state that this does not follow, or who, owner or note are missing.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> take_step({"incident_id": "i1", "state": "resolved"}, "acknowledged", by="ann", at=at)
    Traceback (most recent call last):
    feedback.errors.SettingsError: incident i1 is resolved; what can follow is false_alarm, reopened, assigned or noted
    """
    if action not in _FROM:
        raise SettingsError(f"there is no step {action!r}; there are {', '.join(_FROM)}")
    state = incident["state"]
    if state not in _FROM[action]:
        possible = steps_after(state)
        raise SettingsError(
            f"incident {incident['incident_id']} is {state.replace('_', ' ')}; what can follow is "
            f"{', '.join(possible[:-1])} or {possible[-1]}"
        )
    _require(by=by, **({"owner": owner} if action == "assigned" else {"note": note} if action == "noted" else {}))
    row = {"incident_id": incident["incident_id"], "action": action, "by": by, "at": at, "owner": owner, "note": note}
    return make_steps([row])


def summarise_latencies(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return how long it took to detect, report, acknowledge and decide: one row per latency.

    `latency`, `n` incidents of which it is known, `median_s`, `p90_s` and `longest_s`; null without any.

    Parameters
    ----------
    incidents
        As `fold_incidents` gives them.

    Examples
    --------
    >>> known = pl.DataFrame({"detection_s": [60.0, 120.0], "report_s": None, "acknowledgement_s": None,
    ...                       "decision_s": None}, schema=dict.fromkeys(LATENCIES, pl.Float64))
    >>> summarise_latencies(known).row(0)
    ('detection', 2, 90.0, 120.0, 120.0)
    """
    return pl.concat(
        incidents.select(
            pl.lit(name.removesuffix("_s")).alias("latency"),
            pl.col(name).count().cast(pl.Int64).alias("n"),
            pl.col(name).median().alias("median_s"),
            pl.col(name).quantile(0.9, interpolation="higher").alias("p90_s"),
            pl.col(name).max().alias("longest_s"),
        )
        for name in LATENCIES
    )


def _span(start: str, end: str) -> pl.Expr:
    seconds = (pl.col(end) - pl.col(start)).dt.total_microseconds() / 1e6
    return pl.when(seconds >= 0).then(seconds)


def _require(**said: str | None) -> None:
    missing = [name for name, value in said.items() if not (value or "").strip()]
    if missing:
        raise SettingsError(f"{name_some(missing)} is missing: say who it is, or what there is to say")
