"""What the user wrote, as what the library takes."""

import os
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from feedback.engines import Engine, LocalEngine, SparkEngine
from feedback.errors import SettingsError
from feedback.labelling import load_functions
from feedback.settings import SETTINGS_FILE, Settings, check_time_zone, read_settings
from feedback.settings.retention import read_age
from feedback.store import Store

StoreOption = Annotated[
    Path, typer.Option("--store", envvar="FEEDBACK_STORE", help="Folder of the store.", show_default=True)
]
DEFAULT_STORE = Path("feedback-store")
EngineName = Literal["local", "spark"]


def now() -> datetime:
    """Return the time. Only the command line looks at the clock."""
    return datetime.now(UTC)


def settings_here(*, time_zone: str | None = None) -> Settings:
    """Return what `feedback.toml` in this folder says, with labelling functions of one's own registered.

    The key of pseudonyms in the environment variable FEEDBACK_KEY comes before the file that is named.

    Raises
    ------
    SettingsError
        When the file, the time zone or a labelling function file is no good.
    """
    settings = read_settings(Path(SETTINGS_FILE))
    settings = replace(settings, privacy=replace(settings.privacy, key=os.environ.get("FEEDBACK_KEY") or None))
    load_functions(settings.labelling_functions)
    return settings if time_zone is None else replace(settings, time_zone=check_time_zone(time_zone))


def keep_for(settings: Settings, *, text: str | None, events: str | None) -> Settings:
    """Return the settings with texts and events kept for as long as was written; null leaves it as it is.

    Raises
    ------
    SettingsError
        When one is no span of at least a day.
    """
    given = {name: read_age(f"--retain-{name}", span) for name, span in (("text", text), ("events", events)) if span}
    return replace(settings, retention=replace(settings.retention, **given))


def find_engine(name: EngineName, store: Store) -> Engine:
    """Return where to label, as the user named it.

    Raises
    ------
    MissingExtraError
        When Spark is asked for and not installed.
    """
    scratch = store.path / ".scratch"
    return SparkEngine(scratch) if name == "spark" else LocalEngine(scratch)


def split_names(written: str | None) -> list[str]:
    """Return names written with commas between them; none when nothing was written.

    Examples
    --------
    >>> split_names("intent, language"), split_names(None)
    (['intent', 'language'], [])
    """
    return [name.strip() for name in (written or "").split(",") if name.strip()]


def parse_watermark(written: str | None) -> datetime | Literal["end"] | None:
    """Return the watermark: a time with its zone, `end`, or null when none was given.

    Raises
    ------
    SettingsError
        When it is no time, or a time without a zone.

    Examples
    --------
    >>> parse_watermark("2026-10-04T12:00Z")
    datetime.datetime(2026, 10, 4, 12, 0, tzinfo=datetime.timezone.utc)
    """
    if written is None or written == "end":
        return written
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise SettingsError(f"the watermark {written!r} is no time; write 2026-10-04T12:00Z, or end") from error
    if at.tzinfo is None:
        raise SettingsError(f"the watermark {written!r} names no time zone; write 2026-10-04T12:00Z")
    return at


def check_port(port: int) -> None:
    """Make sure that the app can listen on a port of this machine.

    Raises
    ------
    SettingsError
        When something listens there already.
    """
    with socket.socket() as tried:
        if tried.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(f"port {port} is taken, perhaps by an app that is still open; name another: --port")
