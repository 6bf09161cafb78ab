"""The commands."""

import os
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from feedback.cli.access import access_command
from feedback.cli.arguments import (
    DEFAULT_STORE,
    EngineName,
    StoreOption,
    check_port,
    find_engine,
    keep_for,
    now,
    parse_watermark,
    settings_here,
)
from feedback.cli.audited import tell_audit, tell_texts
from feedback.cli.candidates import candidates_app
from feedback.cli.comparing import compare_command, disparity_command
from feedback.cli.degraded import degraded_command
from feedback.cli.drift import drift_app
from feedback.cli.export import EXPORT_HELP, export_command
from feedback.cli.failures import Failure, say_failure
from feedback.cli.following import follow
from feedback.cli.forgetting import forget_command
from feedback.cli.golden import golden_app
from feedback.cli.incident_report import report_incidents
from feedback.cli.incidents import incidents_app
from feedback.cli.ingesting import ingest_command
from feedback.cli.init import init_command, pseudonym_command
from feedback.cli.maps import map_app
from feedback.cli.progress import labelling, steps
from feedback.cli.receive import receive_command
from feedback.cli.report import Health, say_changes, say_fitted, say_ingested, say_labelled, say_restated, say_status
from feedback.cli.reviews import reviews_app
from feedback.cli.store import store_app
from feedback.cli.tables import print_frame, write_frame
from feedback.cli.views import (
    LABEL_FUNCTIONS,
    filter_rows,
    pick_columns,
    pivot_scores,
    read_view,
    report_by_segment,
)
from feedback.cli.words import count
from feedback.errors import SettingsError
from feedback.explore import describe_columns, summarise_arrival, unusual_hours
from feedback.pages.launch import streamlit_arguments
from feedback.pipeline import (
    FIT_STEPS,
    RESTATE_STEPS,
    RunSummary,
    fit_labels,
    ingest_logs,
    restate_labels,
    run_labels,
    summarise_changes,
    summarise_store,
)
from feedback.pipeline.demo import bundled_file
from feedback.pipeline.label import STEPS
from feedback.settings import Settings
from feedback.simulate import simulate_traffic, write_simulation
from feedback.store import Store


class _OneLineErrors(TyperGroup):
    """Turns an error a user can act on into one line and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Failure as error:
            said = f"feedback: {say_failure(error)}"
            Console(stderr=True).print(said, style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from error


app = typer.Typer(
    cls=_OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Turn what people do with an AI feature into ground truth.\n\n"
    "Start with [bold]feedback demo[/bold]. With logs of your own: [bold]feedback init[/bold], then "
    "[bold]feedback ingest LOGS[/bold], [bold]feedback run[/bold] and [bold]feedback app[/bold].",
)


def main() -> None:
    """Run the command line."""
    app()


def _say_version(is_asked: bool) -> None:
    if is_asked:
        Console(highlight=False).print(f"feedback {metadata.version('feedback')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Take what goes before a command."""


def run(
    logs: Annotated[
        list[Path] | None,
        typer.Argument(help="With --follow: files, globs or folders to read from.", metavar="[LOGS...]"),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    watermark: Annotated[
        str | None,
        typer.Option(
            help="'end' closes a complete log; a time such as 2026-10-04T12:00Z says up to when it is complete."
        ),
    ] = None,
    follow_logs: Annotated[
        bool, typer.Option("--follow", help="Go on: read and label files as they arrive in LOGS.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.1, help="With --follow: seconds between two looks.")] = 5,
    engine: Annotated[EngineName, typer.Option(help="Where to label: in this process, or on Spark.")] = "local",
    retain_text: Annotated[
        str | None, typer.Option(help="Age at which texts go, e.g. 90d; instead of [retention] in feedback.toml.")
    ] = None,
    retain_events: Annotated[
        str | None, typer.Option(help="Age at which events go, e.g. 400d; instead of [retention] in feedback.toml.")
    ] = None,
) -> None:
    """Label what was ingested: interactions, votes, labels, data health and daily quality.

    A label becomes final when the watermark passes the end of its observation window, and never changes then.
    Only sessions with something new are looked at.

    Nothing is deleted unless told so: texts and events older than --retain-text and --retain-events go, labels and
    what is counted from them stay.

    [dim]feedback run --watermark end[/dim]
    [dim]feedback run --retain-text 90d --retain-events 400d[/dim]
    [dim]feedback run --follow incoming/[/dim]
    """
    settings, target = keep_for(settings_here(), text=retain_text, events=retain_events), Store(store)
    if bool(logs) != follow_logs:
        raise SettingsError("give --follow and the folders to follow together: feedback run --follow incoming/")
    chosen = find_engine(engine, target)

    def label() -> RunSummary:
        with labelling(len(STEPS)) as shown:
            made = run_labels(
                target, clock=now, settings=settings, watermark=parse_watermark(watermark), engine=chosen,
                on_step=shown.advance, on_progress=shown.count_events,
            )  # fmt: skip
            if target.is_upkeep_due(clock=now()):
                shown.advance("upkeep")
                target.tidy(clock=now())
        return made

    if logs:
        follow(target, logs, every_s=every, settings=settings, label=label)
    else:
        say_labelled(label())
        report_incidents(target, settings)


def restate(
    since: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to label anew.", show_default=False)
    ],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Label the past anew from a day on, so that events that came late count too.

    Writes a new label version and says how many labels changed and why; the old labels are kept.

    [dim]feedback restate --from 2026-10-01[/dim]
    """
    settings = settings_here()
    with labelling(len(RESTATE_STEPS)) as shown:
        summary = restate_labels(
            Store(store), since=since.date(), clock=now, settings=settings,
            on_step=shown.advance, on_progress=shown.count_events,
        )  # fmt: skip
    tell_audit(Store(store), "restated", note=f"from {since:%Y-%m-%d}")
    say_restated(summary)
    report_incidents(Store(store), settings)


def fit(
    store: StoreOption = DEFAULT_STORE,
    seed: Annotated[int, typer.Option(min=0, help="Same reviews and seed, same label model.")] = 0,
) -> None:
    """Fit the label model to the reviews there are, and label everything anew by it.

    Needs 30 reviewed responses before labels carry a probability (p_good). Draw them with
    [bold]feedback reviews draw[/bold], bring verdicts back with [bold]feedback reviews import[/bold]. Later runs
    apply the fitted model.

    [dim]feedback fit[/dim]
    """
    settings = settings_here()
    with steps("Fitting", len(FIT_STEPS)) as advance:
        summary = fit_labels(Store(store), clock=now, settings=settings, seed=seed, on_step=advance)
    say_fitted(summary)
    report_incidents(Store(store), settings)


def status(store: StoreOption = DEFAULT_STORE) -> None:
    """Say what is stored, how fresh and how healthy it is, and what could not be used."""
    snapshot = Store(store).at()
    unusual = unusual_hours(snapshot, time_zone=settings_here().time_zone)
    health = Health(summarise_arrival(snapshot), unusual, describe_columns(snapshot))
    say_status(summarise_store(Store(store)), health, store)


def show(
    table: Annotated[str, typer.Argument(help="Name of a table, or label-functions.", metavar="TABLE")],
    store: StoreOption = DEFAULT_STORE,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="A dimension. quality: mean score per day, a column per value; label-functions: apart by value.",
        ),
    ] = None,
    where: Annotated[str | None, typer.Option(help="A condition in SQL, e.g. \"dimension = 'intent'\".")] = None,
    columns: Annotated[str | None, typer.Option(help="Columns to show, comma-separated.")] = None,
    limit: Annotated[int | None, typer.Option(help="Most rows to show.", min=1)] = None,
    out: Annotated[Path | None, typer.Option(help="Write all rows to FILE.parquet, .csv or .jsonl instead.")] = None,
) -> None:
    """Show a table: on a terminal its first rows, in a pipe all rows as CSV.

    [dim]feedback show quality --by intent[/dim]
    [dim]feedback show labels --where "score < 0.2" --out worst.csv[/dim]
    """
    if table == LABEL_FUNCTIONS:
        settings_here()  # registers the functions that feedback.toml names
    if by is not None and table == LABEL_FUNCTIONS:
        frame = report_by_segment(Store(store), by)
    else:
        frame = read_view(table, Store(store))
        frame = frame if by is None else pivot_scores(frame, table, by)
    if where is not None:
        frame = filter_rows(frame, where)
    if columns is not None:
        frame = pick_columns(frame, columns)
    if out is not None:
        write_frame(frame, out)
        tell_texts(Store(store), frame, f"show {table}", to=out)
        Console(stderr=True).print(f"{count(frame.height, 'row')} in {out}", markup=False, highlight=False)
    else:
        print_frame(frame, Console(highlight=False), limit=limit)
        tell_texts(Store(store), frame.head(limit or frame.height), f"show {table}")


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write events, truth and incidents to.", metavar="OUT")],
    days: Annotated[int, typer.Option(min=1, help="Length of the log.")] = 28,
    sessions: Annotated[int, typer.Option(min=1, help="Number of sessions; each has about eight events.")] = 3_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same log.")] = 0,
) -> None:
    """Make a log whose truth is known: traffic with planted incidents.

    Writes events.parquet, truth.parquet (was each response good?) and incidents.parquet (what was planted).
    """
    with steps("Simulating", 1) as advance:
        advance("traffic")
        simulation = simulate_traffic(days=days, sessions=sessions, seed=seed)
        write_simulation(simulation, out)
    console = Console(highlight=False)
    console.print(
        f"{count(simulation.events.height, 'event')} of {count(simulation.truth.height, 'interaction')} and "
        f"{count(simulation.incidents.height, 'planted incident')} in {out}", markup=False
    )  # fmt: skip


def open_app(
    store: StoreOption = DEFAULT_STORE,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
) -> None:
    """Open the app in the browser. It listens on this machine only."""
    check_port(port)
    arguments = streamlit_arguments(store, port)
    sys.stdout.flush()
    # In place of this process, so that whoever stops it stops the app.
    os.execv(arguments[0], arguments)  # noqa: S606 - our own arguments, no shell


def demo(
    store: StoreOption = DEFAULT_STORE,
    with_app: Annotated[bool, typer.Option("--app/--no-app", help="Open the app afterwards.")] = True,
    port: Annotated[int, typer.Option(help="Port of the app.")] = 8501,
) -> None:
    """Label the bundled log, say what it shows, and open the app. Needs nothing and takes seconds.

    The log is simulated: four AI features of an invented company over 28 days, with incidents planted in it.
    """
    if with_app:
        check_port(port)
    target = Store(store)
    last = target.last_run()
    if last and set(last.sources) - {"demo"}:
        raise SettingsError(f"{store} holds other logs; name another folder for the demo with --store")
    with steps("Labelling the bundled log", 1 + len(STEPS)) as advance:
        ingested = ingest_logs(
            target, [bundled_file("events")], clock=now, source="demo", on_file=lambda file: advance(file.name)
        )
        labelled = run_labels(target, clock=now, watermark="end", on_step=advance)
    say_ingested(ingested)
    say_labelled(labelled)
    report_incidents(target, Settings())
    say_changes(summarise_changes(target))
    console = Console(highlight=False, soft_wrap=True)
    console.print("\nLook further:  feedback show quality --by intent   feedback show labels   feedback app")
    if with_app:
        console.print(f"Opening the app on http://localhost:{port} (Ctrl-C ends it)", markup=False)
        open_app(store=store, port=port)


for _panel, _commands in {
    "Begin": {"demo": demo, "init": init_command, "app": open_app},
    "Read logs": {"ingest": ingest_command, "map": map_app, "receive": receive_command, "simulate": simulate},
    "Label": {"run": run, "status": status, "show": show, "fit": fit, "restate": restate},
    "Watch": {
        "incidents": incidents_app, "degraded": degraded_command, "compare": compare_command,
        "disparity": disparity_command, "drift": drift_app,
    },
    "Curate": {"reviews": reviews_app, "candidates": candidates_app, "golden": golden_app, "export": export_command},
    "Look after": {
        "access": access_command, "forget": forget_command, "pseudonym": pseudonym_command, "store": store_app,
    },
}.items():  # fmt: skip
    for _name, _does in _commands.items():
        if isinstance(_does, typer.Typer):
            app.add_typer(_does, name=_name, rich_help_panel=_panel)
        else:
            app.command(_name, rich_help_panel=_panel, help=EXPORT_HELP if _name == "export" else None)(_does)
