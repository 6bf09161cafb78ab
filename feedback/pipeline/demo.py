"""The bundled log: where it is, and a store filled from it to try things on."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

from feedback.pipeline.incidents import open_incidents
from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.label import run_labels
from feedback.settings import Settings
from feedback.store import Store

_DAY_AFTER = datetime(2026, 10, 5, 12, tzinfo=UTC)


def bundled_file(name: Literal["events", "truth", "incidents"]) -> Path:
    """Return a file of the bundled log: inside an installed package, else beside it in a checkout.

    `events` is the log; `truth` says of every response whether it was good, `incidents` what was planted. No command
    reads the latter two: they are there to check with.

    Examples
    --------
    >>> bundled_file("truth").name
    'truth.parquet'
    """
    package = Path(__file__).parents[1]
    installed = package / "data" / f"{name}.parquet"
    return installed if installed.exists() else package.parent / "data" / f"{name}.parquet"


def demo_clock() -> datetime:
    """Return the time that is now in the bundled log: noon of the day after its last event.

    A clock for examples, which then say the same whenever they are run.

    Examples
    --------
    >>> demo_clock().isoformat()
    '2026-10-05T12:00:00+00:00'
    """
    return _DAY_AFTER


def load_demo(
    folder: str | Path | None = None,
    *,
    settings: Settings | None = None,
    clock: Callable[[], datetime] = demo_clock,
) -> Store:
    """Return a store in which the bundled log is labelled, as `feedback demo` leaves it. Takes some seconds.

    Parameters
    ----------
    folder
        Where to; a temporary folder of its own when null. One that holds the demo already is brought up to date.
    settings
        What a `feedback.toml` would say: windows, rules, what is watched.
    clock
        Says what time it is.

    Raises
    ------
    StoreLockedError
        When another process is writing there.

    Examples
    --------
    >>> store = load_demo("demo-store")  # doctest: +SKIP
    >>> store.table("labels").collect().height  # doctest: +SKIP
    29267
    """
    store = Store(Path(folder) if folder is not None else Path(mkdtemp(prefix="feedback-demo-")) / "store")
    ingest_logs(store, [bundled_file("events")], clock=clock, settings=settings, source="demo")
    run_labels(store, clock=clock, watermark="end", settings=settings)
    open_incidents(store, settings or Settings(), clock=clock)
    return store
