"""Interactions, votes and labels: each one there, each once, each by what is known of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl

from feedback.label_model import latest_labels
from feedback.pipeline.horizons import read_horizons
from feedback.pipeline.store_check.rule import Broken, Rule, find_rows, find_strays
from feedback.store.snapshot import Snapshot

_ID = ("interaction_id",)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_RUN_AGAIN = "feedback restate --from DATE labels that day anew; if it stays, restore a backup"


def _responses(snapshot: Snapshot) -> Iterator[Broken]:
    responses = snapshot.table("events").filter(pl.col("kind") == "response")
    interactions = snapshot.table("interactions").filter(_has_events(snapshot))
    yield from find_strays("interactions", interactions, responses, _ID, found="have no response")


def _votes(snapshot: Snapshot) -> Iterator[Broken]:
    interactions, votes = snapshot.table("interactions"), snapshot.table("votes")
    yield from find_strays("votes", votes, interactions, _ID, found="are about no interaction")
    yield from find_strays("votes", interactions, votes, _ID, found="interactions have none")


def _finals(snapshot: Snapshot) -> Iterator[Broken]:
    finals, labels = snapshot.table("interactions").filter("is_final"), snapshot.table("labels")
    yield from find_strays("labels", finals, labels, _ID, found="final interactions have none")
    yield from find_strays("labels", labels, finals, _ID, found="are of no final interaction")


def _open(snapshot: Snapshot) -> Iterator[Broken]:
    waiting = snapshot.table("interactions").filter(~pl.col("is_final"))
    labels = snapshot.table("open_labels")
    yield from find_strays("open_labels", waiting, labels, _ID, found="open interactions have none")
    yield from find_strays("open_labels", labels, waiting, _ID, found="are of no open interaction")


def _in_time(snapshot: Snapshot) -> Iterator[Broken]:
    interactions, watermark = snapshot.table("interactions"), _labelled_up_to(snapshot)
    if watermark is None:
        return
    ends = pl.col("window_ends_at")
    early = interactions.filter(pl.col("is_final") & (ends > watermark))
    yield from find_rows("interactions", early, _ID, found="are final before their window ended")
    late = interactions.filter(~pl.col("is_final") & (ends <= watermark))
    yield from find_rows("interactions", late, _ID, found="are open after their window ended")
    beside = latest_labels(snapshot.table("labels").select("interaction_id", "label_version", "final_at"))
    differ = beside.join(interactions.select("interaction_id", ends), on="interaction_id").filter(
        pl.col("final_at") != ends
    )
    yield from find_rows("labels", differ, _ID, found="have another final_at than the end of their window")


def _labelled_up_to(snapshot: Snapshot):
    labelled = snapshot.table("runs").filter(pl.col("command") == "run").sort("run").tail(1)
    marks = labelled.select("watermark").collect()["watermark"]
    return marks[0] if marks.len() else None


def _versions(snapshot: Snapshot) -> Iterator[Broken]:
    known, on = snapshot.table("label_versions"), ("label_version",)
    for name in ("labels", "open_labels"):
        yield from find_strays(name, snapshot.table(name), known, on, found="versions are not in label_versions")
    current = snapshot.run.label_version if snapshot.run else None
    later = snapshot.table("labels").filter(pl.col("label_version") > pl.lit(current, pl.Int64))
    yield from find_rows("labels", later, (*_ID, "label_version"), found="are of a version that is still to come")


def _evidence(snapshot: Snapshot) -> Iterator[Broken]:
    events = snapshot.table("events").select("session_id", "event_id")
    for name in ("interactions", "labels", "open_labels"):
        there = snapshot.table(name).filter(_has_events(snapshot))
        cited = there.select("session_id", event_id="evidence_event_ids")
        cited = cited.filter(pl.col("event_id").list.len() > 0).explode("event_id")
        yield from find_strays(name, cited, events, ("session_id", "event_id"), found="events cited are not there")


def _has_events(snapshot: Snapshot) -> pl.Expr:
    """Return whether a response was shown since the events are kept of: those of before have aged out."""
    return pl.col("shown_at") >= (read_horizons(snapshot).events or _LONG_AGO)


_READ = ("interactions", "labels", "open_labels")
LABELS = (
    Rule("responses", "every interaction is a stored response", ("interactions", "events", "horizons"), _responses),
    Rule("votes", "every interaction has its row of votes, and no other is there", ("interactions", "votes"), _votes,
         _RUN_AGAIN),
    Rule("final labels", "every final interaction has a label, and no other has", _READ, _finals, _RUN_AGAIN),
    Rule("open labels", "every open interaction has a provisional label, and no other has", _READ, _open,
         "feedback run writes them anew"),
    Rule("windows", "a label is final once the watermark has passed its window", (*_READ, "runs"), _in_time,
         _RUN_AGAIN),
    Rule("label versions", "every label is of a version that is written down", (*_READ, "label_versions", "runs"),
         _versions),
    Rule("evidence", "every event that a label cites is stored", (*_READ, "events", "horizons"), _evidence),
)  # fmt: skip
