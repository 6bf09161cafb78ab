"""What there is to say of incidents on a terminal."""

import os

import polars as pl
from rich.console import Console

from feedback.cli.arguments import now
from feedback.cli.tables import printable
from feedback.cli.words import count, moment
from feedback.errors import SettingsError
from feedback.incidents.notify import KIND_WORDS
from feedback.incidents.spans import say_span
from feedback.pipeline.incidents import open_incidents
from feedback.pipeline.telling import notify_incidents
from feedback.settings import Settings
from feedback.store import Store


def report_incidents(store: Store, settings: Settings) -> None:
    """Open incidents for what the latest run found, tell people, and print what came of it; nothing when nothing did.

    A rule or URL of feedback.toml that is no good is one line: the labels are written, and the next run tries again.
    """
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for act in (_open, _tell):
        try:
            said = act(store, settings)
        except SettingsError as error:
            said = f"feedback: {error}"
        if said:
            console.print(said)


def _open(store: Store, settings: Settings) -> str | None:
    made = open_incidents(store, settings, clock=now)
    if not made.opened and not made.n_joined:
        return None
    joined = f", {count(made.n_joined, 'alarm')} joined one" if made.n_joined else ""
    return f"{count(len(made.opened), 'incident')} opened{joined}: feedback incidents"


def _tell(store: Store, settings: Settings) -> str | None:
    told = notify_incidents(store, settings.notify, clock=now, environment=os.environ)
    if not told.n_sent and not told.n_failed:
        return None
    failed = f", {told.n_failed:,} failed: a later run tries again" if told.n_failed else ""
    return f"{count(told.n_sent, 'message')} about incidents sent{failed}"


def write_list(found: pl.DataFrame) -> pl.DataFrame:
    """Return the list as people read it."""
    return found.select(
        id=pl.col("incident_id"),
        state=pl.col("state").str.replace("_", " "),
        severity=pl.col("severity"),
        owner=pl.col("owner"),
        segment=pl.col("segment"),
        what=pl.col("kind").replace_strict(KIND_WORDS, default="something changed", return_dtype=pl.String),
        metric=pl.col("metric"),
        since=pl.col("onset_at"),
        detected=pl.col("detected_at"),
        alarms=pl.col("n_alarms"),
    )


def say_incident(console: Console, found: dict) -> None:
    """Print where one incident stands: a row of `fold_incidents`."""
    facts = {
        "incident": found["incident_id"],
        "state": found["state"].replace("_", " "),
        "what": KIND_WORDS.get(found["kind"] or "", "something changed"),
        "segment": found["segment"],
        "metric": found["metric"],
        "severity": found["severity"],
        "owner": found["owner"],
        "runbook": found["runbook"],
        "rule": found["rule"],
        "since about": found["onset_at"] and moment(found["onset_at"]),
        "detected": moment(found["detected_at"]) + _after("onset", found["detection_s"]),
        "reported": moment(found["opened_at"]) + _after("detection", found["report_s"]),
        "acknowledged": found["acknowledged_at"]
        and f"{moment(found['acknowledged_at'])} by {found['acknowledged_by']}"
        + _after("report", found["acknowledgement_s"]),
        "decided": found["decided_at"]
        and f"{moment(found['decided_at'])} by {found['decided_by']}" + _after("report", found["decision_s"]),
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        if value:
            console.print(f"{name:{width}}  {printable(value, widest=200)}")


def _after(what: str, seconds: float | None) -> str:
    return "" if seconds is None else f", {say_span(seconds)} after the {what}"
