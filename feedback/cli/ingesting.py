"""`feedback ingest`: logs into the store, or a look at what would become of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now, settings_here
from feedback.cli.preview_report import say_preview
from feedback.cli.progress import reading
from feedback.cli.report import say_ingested
from feedback.cli.words import count
from feedback.errors import InputError, SettingsError
from feedback.pipeline import ingest_logs
from feedback.pipeline.preview import preview_logs
from feedback.sources import FORMATS, Format, ReadingTerms, find_logs, is_url
from feedback.sources.mapping import mapping_format
from feedback.sources.mapping_file import read_mapping
from feedback.store import Store


def ingest_command(
    paths: Annotated[
        list[str], typer.Argument(help="Files, globs, folders or addresses (s3://...) of logs.", metavar="PATH...")
    ],
    store: StoreOption = DEFAULT_STORE,
    log_format: Annotated[
        str, typer.Option("--format", help=f"{', '.join(FORMATS)}; auto tells by ending and content.")
    ] = "auto",
    mapping: Annotated[
        str | None,
        typer.Option("--map", help="FILE.toml that says how records become events, or the name of a ready-made one."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of the rows; writes nothing.")
    ] = False,
    timezone: Annotated[str | None, typer.Option(help="Zone of times that name none, e.g. Europe/Berlin.")] = None,
    source: Annotated[str, typer.Option(help="Who sends these events. The watermark waits for the slowest.")] = "log",
    any_size: Annotated[
        bool, typer.Option("--any-size", help="Also read packed files that unpack to over 200 times their size.")
    ] = False,
) -> None:
    """Read logs into the store. Doing it again with the same files changes nothing.

    Which format a file is of is told from its ending and its content; a log of your own shape needs a mapping
    ([bold]feedback map suggest FILE[/bold]). Rows that cannot be used are kept in the table [bold]quarantine[/bold]
    with file, row and reason: read = new + seen before + quarantined.

    [dim]feedback ingest events.parquet 'logs/*.jsonl.gz' more-logs/[/dim]
    [dim]feedback ingest --dry-run --map segment s3://bucket/track/2026-02-03.jsonl.gz[/dim]
    """
    chosen = _choose(log_format, mapping)
    settings = settings_here(time_zone=timezone)
    if dry_run:
        with _terms(paths, any_size=any_size) as (terms, _):
            preview = preview_logs(paths, clock=now, settings=settings, format=chosen, terms=terms)
        say_preview(preview)
        return
    with _terms(paths, any_size=any_size) as (terms, on_file):
        summary = ingest_logs(
            Store(store),
            paths,
            clock=now,
            settings=settings,
            format=chosen,
            source=source,
            on_file=on_file,
            terms=terms,
        )
    say_ingested(summary)
    if summary.unreadable:
        raise InputError(f"{count(len(summary.unreadable), 'file')} could not be read: {'; '.join(summary.unreadable)}")


def _choose(log_format: str, mapping: str | None) -> str | Format:
    if mapping is None:
        return log_format
    if log_format != "auto":
        raise SettingsError("give --map or --format, not both; a mapping says itself how its files are laid out")
    return mapping_format(read_mapping(mapping))


@contextmanager
def _terms(paths: list[str], *, any_size: bool) -> Iterator[tuple]:
    """Return the terms of reading and what to call with each file, with a bar of the bytes read on a terminal."""
    local = [log for log in find_logs(paths) if not is_url(log)]
    with reading(sum(Path(log).stat().st_size for log in local)) as shown:
        yield ReadingTerms(shown.at_byte, may_unpack_to_any_size=any_size), shown.begin
