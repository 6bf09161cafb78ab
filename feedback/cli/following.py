"""`feedback run --follow`: files are read and labelled as they arrive."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from feedback.cli.arguments import now
from feedback.cli.incident_report import report_incidents
from feedback.cli.tables import printable
from feedback.cli.words import count, moment
from feedback.errors import InputError, StoreLockedError
from feedback.pipeline import ingest_logs, watch_files
from feedback.pipeline.label import RunSummary
from feedback.settings import Settings
from feedback.store import Store


def follow(
    store: Store, logs: list[Path], *, every_s: float, settings: Settings, label: Callable[[], RunSummary]
) -> None:
    """Read and label what arrives in these files and folders, until the user ends it; a line for each batch."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"Following {', '.join(printable(str(path), widest=200) for path in logs)} (Ctrl-C ends it)")
    waiting: list[Path] = []

    def wait() -> bool:
        time.sleep(every_s)
        return True

    try:
        for files in watch_files(logs, wait=wait):
            waiting += files
            if waiting and _take_in(store, waiting, settings, label, console):
                waiting = []
    except KeyboardInterrupt:
        console.print("Stopped. The store is complete up to the last line above.")


def _take_in(
    store: Store, files: list[Path], settings: Settings, label: Callable[[], RunSummary], console: Console
) -> bool:
    """Return whether the files were read and labelled, or are no good; false while another process writes."""
    try:
        read = ingest_logs(store, files, clock=now, settings=settings)
        made = label()
    except StoreLockedError as error:
        console.print(f"feedback: {error}; trying again")
        return False
    except InputError as error:
        console.print(f"feedback: {error}")
        return True
    console.print(
        f"{moment(now())}: {count(read.n_files, 'file')}, {read.n_new:,} new events, {read.n_quarantined:,} unusable;"
        f" {made.n_new_final:,} new final labels, {made.n_open:,} open, {made.n_late:,} late events"
    )
    for cause in read.unreadable:
        console.print(f"feedback: {printable(cause, widest=200)}")
    report_incidents(store, settings)
    return True
