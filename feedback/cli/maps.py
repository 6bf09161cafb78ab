"""`feedback map`: mappings for logs of any shape."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from feedback.cli.words import count
from feedback.errors import UnknownNameError
from feedback.sources.mapping_file import bundled_maps, read_mapping
from feedback.sources.suggest import suggest_mapping

map_app = typer.Typer(
    no_args_is_help=True,
    help="Say how a log of your own becomes events: a TOML file of field paths and event names.",
)


@map_app.command("suggest")
def suggest_command(
    file: Annotated[Path, typer.Argument(help="A JSON Lines, CSV or Parquet file.", metavar="FILE")],
    out: Annotated[Path | None, typer.Option(help="Write the mapping to FILE.toml instead.")] = None,
) -> None:
    """Propose a mapping from the first 1,000 records of a file, with the reason beside every line.

    It is a beginning: look at every line, then try it with [bold]feedback ingest --dry-run --map[/bold].

    [dim]feedback map suggest track.jsonl --out track.toml[/dim]
    """
    suggested = suggest_mapping(file)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if out is None:
        console.print(suggested)
    else:
        out.write_text(suggested + "\n", encoding="utf-8")
        console.print(f"A mapping to look at is in {out}; try it: feedback ingest --dry-run --map {out} {file}")


@map_app.command("list")
def list_command() -> None:
    """List the ready-made mappings, to be used by name or as a beginning of your own.

    [dim]feedback ingest --map segment track.jsonl.gz[/dim]
    """
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, file in bundled_maps().items():
        about = file.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        console.print(f"{name:<12} {count(len(read_mapping(name).rules), 'event')}  {about}")


@map_app.command("show")
def show_command(name: Annotated[str, typer.Argument(help="A ready-made mapping.", metavar="NAME")]) -> None:
    """Print a ready-made mapping, to be changed.

    [dim]feedback map show segment > mine.toml[/dim]
    """
    maps = bundled_maps()
    if name not in maps:
        raise UnknownNameError(f"there is no ready-made mapping {name!r}; there are {', '.join(maps)}")
    Console(highlight=False, markup=False, soft_wrap=True).print(maps[name].read_text(encoding="utf-8"), end="")
