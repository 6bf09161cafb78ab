"""The command that answers an access request."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now, settings_here
from feedback.cli.audited import tell_audit
from feedback.cli.progress import steps
from feedback.cli.tables import print_frame
from feedback.cli.words import count
from feedback.errors import StoreError
from feedback.pipeline.access import Format, Held, check_vacant, find_held, write_held
from feedback.pipeline.forget.belongings import Who
from feedback.pipeline.pseudonyms import stored_id
from feedback.store import Store


def access_command(
    out: Annotated[Path, typer.Argument(help="New folder, or FILE.zip, to write.", metavar="OUT")],
    user: Annotated[
        list[str] | None, typer.Option("--user", help="Id of the person, as logged or as stored; repeat for several.")
    ] = None,
    session: Annotated[list[str] | None, typer.Option("--session", help="A session of theirs; repeat.")] = None,
    as_format: Annotated[Format, typer.Option("--format", help="Files of JSON lines or CSV.")] = "jsonl",
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write all that the store holds about a person: a file per table, and index.md, which says what they are.

    Where ids are stored as pseudonyms, the id of the log is found with the key. That it was handed over is written
    into the audit trail.

    [dim]feedback access --user u0042 u0042.zip[/dim]
    """
    check_vacant(out)
    target = Store(store)
    if not target.exists():
        raise StoreError(f"there is no store at {store}")
    with steps("Looking", 1) as advance:
        advance("every table")
        stored = tuple(stored_id(target, settings_here(), one) for one in user or ())
        held = find_held(target.at(), Who(users=stored, sessions=tuple(session or ())))
    if held.n_rows:
        write_held(held, out, as_format=as_format, clock=now())
    _tell(target, held)
    _say(held, out)


def _tell(store: Store, held: Held) -> None:
    """Write it down, under the ids that are in the store: of somebody unknown to it none is to be left there."""
    if not held.n_rows:
        tell_audit(store, "accessed", note="nothing held")
        return
    for about in (*held.who.users, *held.who.sessions):
        tell_audit(store, "accessed", about=about, note=_count_held(held))


def _say(held: Held, out: Path) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not held.n_rows:
        console.print("The store holds nothing about them; nothing was written.")
        return
    rows = [rows.height for rows in held.tables.values()]
    print_frame(pl.DataFrame({"table": list(held.tables), "rows": rows}), console, limit=len(rows))
    where = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    where.print(f"{_count_held(held)} in {out}; index.md says what they are")


def _count_held(held: Held) -> str:
    return f"{count(held.n_rows, 'row')} of {count(len(held.tables), 'table')}"
