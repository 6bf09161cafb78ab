"""The commands about incidents, and what they say."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now, settings_here
from feedback.cli.incident_report import say_incident, write_list
from feedback.cli.tables import print_frame, printable
from feedback.cli.words import count
from feedback.errors import SettingsError
from feedback.explore.incidents import (
    detector_evidence,
    incident_alarms,
    incident_latencies,
    incident_steps,
    list_incidents,
)
from feedback.incidents import find_incident, find_targets, take_step
from feedback.incidents.notify import Message, send_message
from feedback.incidents.spans import say_span
from feedback.incidents.states import CLOSED
from feedback.pipeline.broken import check_store_rules
from feedback.store import Store

_EXAMPLE = '[notify]\nurls = ["env:ONCALL_URL"]'
_BROKEN = '[[broken]]\nsegment = "feature = chat_support"\nbelow = 0.7\nowner = "ann"'
_TEST = Message(
    "feedback-test", "feedback: a test message", "If you can read this, incidents reach you.\nKey: feedback-test"
)

_MOST_ALARMS = 15

incidents_app = typer.Typer(
    rich_markup_mode="rich",
    invoke_without_command=True,
    help="What somebody should look at: alarms of one cause, and broken rules. Without a command, the list.",
)
IncidentArgument = Annotated[str, typer.Argument(help="Its id, or the beginning of it.", metavar="ID")]
ByOption = Annotated[
    str | None, typer.Option("--by", envvar="FEEDBACK_USER", help="Who says so; your login by default.")
]
NoteOption = Annotated[str | None, typer.Option("--note", help="What there is to say.")]
AllOption = Annotated[bool, typer.Option("--all", help="Also those resolved or marked as false alarms.")]


@incidents_app.callback()
def show_list_by_default(context: typer.Context, every: AllOption = False, store: StoreOption = DEFAULT_STORE) -> None:
    """Show the list unless a command is named."""
    if context.invoked_subcommand is None:
        show_list(every=every, store=store)


@incidents_app.command("list")
def show_list(every: AllOption = False, store: StoreOption = DEFAULT_STORE) -> None:
    """List incidents, open ones first; in a pipe, one CSV row per incident with every column.

    [dim]feedback incidents --all[/dim]
    """
    console, found = _console(), list_incidents(Store(store).at())
    if not console.is_terminal:
        print_frame(found, console, limit=None)
        return
    n_closed = found.filter(pl.col("state").is_in(CLOSED)).height
    shown = found if every else found.filter(~pl.col("state").is_in(CLOSED))
    if shown.is_empty():
        console.print("No incident is open." + (f" {n_closed:,} are closed: --all" if n_closed else ""))
        return
    print_frame(_filled(write_list(shown)), console, limit=shown.height)
    hidden = f"; {n_closed:,} closed: --all" if n_closed and not every else ""
    console.print(f"more of one: feedback incidents show ID{hidden}", style="dim")


@incidents_app.command("show")
def show_one(incident: IncidentArgument, store: StoreOption = DEFAULT_STORE) -> None:
    """Show one incident: where it stands, its alarms and what happened to it; in a pipe, its steps as CSV.

    [dim]feedback incidents show 4f1c[/dim]
    """
    console, snapshot = _console(), Store(store).at()
    found = find_incident(list_incidents(snapshot), incident)
    steps = incident_steps(snapshot, found["incident_id"])
    if not console.is_terminal:
        print_frame(steps, console, limit=None)
        return
    say_incident(console, found)
    alarms = incident_alarms(snapshot, found["incident_id"])
    console.print(f"\n{count(alarms.height, 'alarm')}", style="bold")
    if alarms.height:
        about = ("segment", "metric", "direction", "onset_at", "detected_at", "rate_before", "rate_after")
        print_frame(alarms.select(about).head(_MOST_ALARMS), console, limit=_MOST_ALARMS)
        if alarms.height > _MOST_ALARMS:
            console.print(f"and {alarms.height - _MOST_ALARMS:,} more: feedback show alarms", style="dim")
    console.print("\nWhat happened", style="bold")
    told = steps.filter(~pl.col("action").is_in(["joined", "linked"])).with_columns(
        pl.col("action").str.replace("_", " ")
    )
    print_frame(_filled(told.select("at", "action", "by", "owner", "note")), console, limit=told.height)


@incidents_app.command("acknowledge")
def acknowledge(
    incident: IncidentArgument, by: ByOption = None, note: NoteOption = None, store: StoreOption = DEFAULT_STORE
) -> None:
    """Say that somebody is looking at it.

    [dim]feedback incidents acknowledge 4f1c --by ann[/dim]
    """
    _take(store, incident, "acknowledged", by=by, note=note)


@incidents_app.command("assign")
def assign(
    incident: IncidentArgument,
    owner: Annotated[str, typer.Argument(help="Whose it is from now on.")],
    by: ByOption = None,
    note: NoteOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say whose it is. Rules of feedback.toml do not change that any more.

    [dim]feedback incidents assign 4f1c ann[/dim]
    """
    _take(store, incident, "assigned", by=by, note=note, owner=owner)


@incidents_app.command("note")
def note_down(
    incident: IncidentArgument,
    note: Annotated[str, typer.Argument(help="What there is to say.")],
    by: ByOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write something down.

    [dim]feedback incidents note 4f1c "prompt v15 quotes the old policy"[/dim]
    """
    _take(store, incident, "noted", by=by, note=note)


@incidents_app.command("resolve")
def resolve(
    incident: IncidentArgument, by: ByOption = None, note: NoteOption = None, store: StoreOption = DEFAULT_STORE
) -> None:
    """Say that it was real and is over.

    [dim]feedback incidents resolve 4f1c --note "rolled back"[/dim]
    """
    _take(store, incident, "resolved", by=by, note=note)


@incidents_app.command("false-alarm")
def false_alarm(
    incident: IncidentArgument, by: ByOption = None, note: NoteOption = None, store: StoreOption = DEFAULT_STORE
) -> None:
    """Say that nothing was wrong. Kept as evidence about the detector: feedback incidents detector.

    [dim]feedback incidents false-alarm 4f1c --note "one tester"[/dim]
    """
    _take(store, incident, "false_alarm", by=by, note=note)


@incidents_app.command("reopen")
def reopen(
    incident: IncidentArgument, by: ByOption = None, note: NoteOption = None, store: StoreOption = DEFAULT_STORE
) -> None:
    """Open one again that was resolved or marked as a false alarm.

    [dim]feedback incidents reopen 4f1c --note "it came back"[/dim]
    """
    _take(store, incident, "reopened", by=by, note=note)


@incidents_app.command("latencies")
def show_latencies(store: StoreOption = DEFAULT_STORE) -> None:
    """Say how long it took to detect, report, acknowledge and decide; in a pipe as CSV, in seconds.

    [dim]feedback incidents latencies[/dim]
    """
    console, found = _console(), incident_latencies(Store(store).at())
    if not console.is_terminal:
        print_frame(found, console, limit=None)
        return
    spans = [pl.Series(name.removesuffix("_s"), [say_span(value) for value in found[name]], dtype=pl.String)
             for name in ("median_s", "p90_s", "longest_s")]  # fmt: skip
    print_frame(found.select("latency", "n", *spans), console, limit=None)
    console.print(
        "detection: from the onset to the alarm, in event time; report: to the run that said so; acknowledgement and "
        "decision: from there", style="dim"
    )  # fmt: skip


@incidents_app.command("detector")
def show_detector(store: StoreOption = DEFAULT_STORE) -> None:
    """Put what people found out beside the false-alarm budget that was stated; in a pipe as CSV.

    [dim]feedback incidents detector[/dim]
    """
    console, found = _console(), detector_evidence(Store(store).at())
    if console.is_terminal and found.is_empty():
        console.print("No alarm was raised yet.")
        return
    print_frame(found, console, limit=None)
    if console.is_terminal:
        console.print("n_false_alarms_raised: alarms of incidents marked as false alarms", style="dim")


@incidents_app.command("broken")
def show_broken(store: StoreOption = DEFAULT_STORE) -> None:
    """Check what feedback.toml calls broken against the latest complete days; in a pipe as CSV.

    status: broken when the whole interval is beyond what is allowed, met when it is within, else unknown.

    [dim]feedback incidents broken[/dim]
    """
    settings = settings_here()
    if not any(rule.is_checked for rule in settings.broken):
        raise SettingsError(f"feedback.toml does not say what is broken; write for instance\n{_BROKEN}")
    found = check_store_rules(Store(store).at(), settings)
    order = ("rule", "status", "rate", "low", "high", "n", "starts_at", "ends_at", "metric", "segment")
    print_frame(found.select(order), _console(), limit=None)


@incidents_app.command("test-notify")
def test_notify() -> None:
    """Send a test message to every URL that feedback.toml names, and say which got it.

    [dim]feedback incidents test-notify[/dim]
    """
    urls = settings_here().notify.urls
    if not urls:
        raise SettingsError(f"feedback.toml names nobody to notify; write for instance\n{_EXAMPLE}")
    targets = find_targets(urls, os.environ)
    failed = []
    for place, target in enumerate(targets, start=1):
        is_sent = send_message(target, _TEST)
        failed += [] if is_sent else [str(place)]
        _console().print(f"url {place} of {len(targets)}: {'sent' if is_sent else 'failed'}")
    if failed:
        raise SettingsError(f"the message did not get through to url {', '.join(failed)} of [notify]")


def _take(
    store: Path, written: str, action: str, *, by: str | None, note: str | None, owner: str | None = None
) -> None:
    target = Store(store)
    incident = find_incident(list_incidents(target.at()), written)
    step = take_step(incident, action, by=by or getpass.getuser(), at=now(), owner=owner, note=note)
    target.append("incident_events", step)
    after = find_incident(list_incidents(target.at()), incident["incident_id"])
    whose = f", owner {printable(after['owner'])}" if after["owner"] else ""
    _console().print(f"{after['incident_id']} is {after['state'].replace('_', ' ')}{whose}.")


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the columns that hold nothing."""
    return frame.select(name for name in frame.columns if frame[name].count())


def _console() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True)
