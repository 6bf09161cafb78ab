"""What somebody should look at: the incidents of a store, one of them up close, and what they say about alarms."""

import polars as pl

from feedback.explore.sentences import order_incidents
from feedback.incidents.evidence import judge_detector
from feedback.incidents.states import fold_incidents, order_steps, summarise_latencies
from feedback.store.snapshot import Snapshot


def list_incidents(snapshot: Snapshot) -> pl.DataFrame:
    """Return where each incident stands, open ones first, the gravest first, then the latest (`fold_incidents`).

    Examples
    --------
    >>> from feedback.store import Store
    >>> list_incidents(Store("no/such/folder").at()).height
    0
    """
    return order_incidents(fold_incidents(snapshot.table("incident_events").collect()))


def incident_steps(snapshot: Snapshot, incident_id: str) -> pl.DataFrame:
    """Return what happened to an incident, in order (table `incident_events`); a step taken twice is one row."""
    steps = snapshot.table("incident_events").filter(pl.col("incident_id") == incident_id)
    return order_steps(steps.collect())


def tell_steps(snapshot: Snapshot, incident_id: str) -> pl.DataFrame:
    """Return what happened to an incident in words, the latest first; alarms that joined in one run are one row.

    One row per step or run: `at`, `action`, `by`, and `said`: the note, whom it was assigned to, or how many alarms.
    """
    steps = incident_steps(snapshot, incident_id)
    joined = pl.col("action").is_in(["joined", "linked"])
    grouped = (
        steps.filter(joined)
        .group_by("at", maintain_order=True)
        .agg(action=pl.lit("joined"), by=pl.col("by").first(), said=pl.format("{} alarms", pl.len()))
    )
    owner = pl.when(pl.col("action") == "assigned").then(pl.format("to {}", "owner"))
    told = steps.filter(~joined).select("at", "action", "by", said=pl.coalesce(owner, "note"))
    return pl.concat([grouped, told]).sort("at", descending=True, maintain_order=True)


def incident_alarms(snapshot: Snapshot, incident_id: str) -> pl.DataFrame:
    """Return the alarms of an incident, the earliest first (table `alarms`).

    Of an alarm that a replay raised again the row of the latest label version.
    """
    key = ["alarm_id", "label_version"]
    placed = incident_steps(snapshot, incident_id).drop_nulls("alarm_id").select(key).unique()
    found = snapshot.table("alarms").join(placed.lazy(), on=key, how="semi").sort("label_version")
    latest = found.unique("alarm_id", keep="last", maintain_order=True)
    return latest.sort("detected_at", "alarm_id").collect()


def incident_latencies(snapshot: Snapshot) -> pl.DataFrame:
    """Return how long it took to detect, report, acknowledge and decide, as `summarise_latencies`."""
    return summarise_latencies(list_incidents(snapshot))


def detector_evidence(snapshot: Snapshot) -> pl.DataFrame:
    """Return the stated budget against what people said, as `judge_detector`."""
    steps = snapshot.table("incident_events").collect()
    return judge_detector(snapshot.table("alarms").collect(), steps, fold_incidents(steps))
