"""The commands that begin a folder of one's own, and that find people in a store of pseudonyms."""

import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, settings_here
from feedback.cli.tables import printable
from feedback.pipeline.beginning import KEY_FILE, begin_folder
from feedback.pipeline.pseudonyms import stored_id
from feedback.store import Store


def init_command(
    folder: Annotated[Path, typer.Argument(help="Folder to begin in.", metavar="FOLDER")] = Path(),
) -> None:
    """Write a feedback.toml that says what every setting does, and a key for pseudonyms. Overwrites nothing.

    With it, ids of people are stored as keyed hashes ([bold]\\[privacy][/bold]). All other settings are at their
    defaults, as comments.

    [dim]feedback init[/dim]
    """
    begun = begin_folder(folder, key=secrets.token_hex(32))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    key = folder / KEY_FILE
    lines = {str(begun.settings): "the settings, each with what it does"}
    lines[str(key)] = "the key for pseudonyms, for your eyes only" if begun.key else "was there already, and is used"
    if begun.ignored:
        lines[str(folder / ".gitignore")] = f"leaves out {' and '.join(begun.ignored)}"
    width = max(map(len, lines))
    for name, what in lines.items():
        console.print(f"{printable(name, widest=200):{width}}  {what}")
    if not begun.is_in_git:
        console.print(f"This is no work tree of git. Where it becomes one, keep {KEY_FILE} out of it.")
    console.print("\nWithout the key nobody can be found by the id of the log, not even to be forgotten.")
    console.print("Keep a copy of it apart from the store and its backups.")
    console.print(f"\nThen, in {'this folder' if folder == Path() else printable(str(folder), widest=200)}:\n")
    steps = {
        "feedback ingest LOGS --dry-run": "what would become of your logs",
        "feedback ingest LOGS": "read them",
        "feedback run": "label what was read",
        "feedback app": "look at it",
    }
    for command, what in steps.items():
        console.print(f"  {command:32}{what}")


def pseudonym_command(
    user: Annotated[str, typer.Argument(help="Id of a person, as in the log.", metavar="USER")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Print the id under which a person is stored. Needs the key of the pseudonyms.

    [dim]feedback show labels --where "user_id = '$(feedback pseudonym ann@example.org)'"[/dim]
    """
    typer.echo(stored_id(Store(store), settings_here(), user))
