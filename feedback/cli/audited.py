"""What the command line writes into the audit trail: under the name of the account that runs it."""

import getpass
from pathlib import Path

import polars as pl
from rich.console import Console

from feedback.cli.arguments import now
from feedback.cli.words import count
from feedback.errors import FeedbackError
from feedback.pipeline.audit import write_audit
from feedback.schemas.texts import text_columns
from feedback.store import Store

_UNKNOWN = "unknown account"


def account() -> str:
    """Return the name of the account of the operating system that runs the command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return _UNKNOWN


def tell_audit(store: Store, action: str, *, about: str | None = None, note: str | None = None) -> None:
    """Write what was just done into the audit trail; where it cannot be written, say so and go on.

    What was read is out by then: a store that is read-only, or awaits its migration, can be read all the same by
    whoever has the rights to its files.
    """
    if not store.exists():
        return
    try:
        write_audit(store, action=action, by=account(), at=now(), about=about, note=note)
    except (FeedbackError, OSError) as error:
        said = f"not in the audit trail: {error}"
        Console(stderr=True).print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)


def tell_texts(store: Store, frame: pl.DataFrame, what: str, *, to: Path | None = None) -> None:
    """Write down that texts were shown on the terminal, or went to a file or a pipe; nothing for a frame without any.

    Parameters
    ----------
    store
        Where they are from.
    frame
        What was shown or written.
    what
        The table or command.
    to
        The file; null: the terminal or pipe.
    """
    if frame.height and text_columns(frame):
        is_seen = to is None and Console().is_terminal
        where = to or ("the terminal" if is_seen else "a pipe")
        tell_audit(
            store, "looked" if is_seen else "downloaded", note=f"{what}, {count(frame.height, 'row')}, to {where}"
        )
