"""The commands about reviews, and what they say."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now, settings_here, split_names
from feedback.cli.audited import tell_texts
from feedback.cli.progress import steps
from feedback.cli.tables import check_writable, print_frame, printable, write_frame
from feedback.cli.words import count
from feedback.errors import InputError
from feedback.explore import reviews_to_go
from feedback.pipeline.draws import draw_reviews
from feedback.pipeline.reviews import (
    ReviewAgreement,
    ReviewSummary,
    export_stored_reviews,
    import_reviews,
    measure_store_agreement,
)
from feedback.store import Store

MOST_FAULTS = 20

reviews_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="What people judged: draw, needed, import, export, agreement."
)


@reviews_app.command("draw")
def draw_file(
    out: Annotated[Path, typer.Option(help="FILE.csv, .parquet or .jsonl to fill in.")],
    k: Annotated[int, typer.Option("--k", min=1, help="How many responses to draw.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Same labels and seed, same draw.")] = 0,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Draw responses at random for people to judge, into a file to fill in.

    Write good, bad, unsure or unusable into the column verdict and a name into reviewer, then import the file.
    The chance each response had is part of the draw: that is what makes a rate out of few reviews honest.

    [dim]feedback reviews draw --k 200 --seed 7 --out to-review.csv[/dim]
    """
    check_writable(out)
    drawn = draw_reviews(Store(store), k=k, seed=seed, clock=now)
    write_frame(drawn, out)
    tell_texts(Store(store), drawn, "reviews draw", to=out)
    _console(stderr=True).print(
        f"{count(drawn.height, 'response')} to review in {out}; then: feedback reviews import {out}"
    )


@reviews_app.command("needed")
def show_needed(
    within: Annotated[float, typer.Option(min=0.5, max=49, help="Points to either side of the rate.")] = 5,
    by: Annotated[str | None, typer.Option("--by", help="Apart by the values of this dimension, e.g. intent.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say how many more reviews pin a rate down to so many points; in a pipe, one CSV row per value.

    As if they were drawn like those there are: with feedback reviews draw.

    [dim]feedback reviews needed --within 4 --by feature[/dim]
    """
    found = reviews_to_go(Store(store).at(), half_width=within / 100, **({"dimension": by} if by else {}))
    say_needed(found, within)


@reviews_app.command("import")
def import_files(
    paths: Annotated[
        list[Path], typer.Argument(help="CSV, JSON Lines or Parquet files of reviews.", metavar="FILE...")
    ],
    store: StoreOption = DEFAULT_STORE,
    reviewer: Annotated[str | None, typer.Option(help="Who judged rows that do not say so.")] = None,
    log_format: Annotated[
        str, typer.Option("--format", help="parquet, csv or jsonl; auto tells by the ending.")
    ] = "auto",
    timezone: Annotated[str | None, typer.Option(help="Zone of times that name none, e.g. Europe/Berlin.")] = None,
) -> None:
    """Read reviews into the store. Doing it again with the same files changes nothing.

    A row names an item (interaction_id or session_id) and says good, bad, unsure or unusable (verdict) or how good
    it is from 0 to 1 (score). Rows that cannot be used are listed and left out.

    [dim]feedback reviews import verdicts.csv --reviewer ann[/dim]
    """
    settings = settings_here(time_zone=timezone)
    with steps("Reading", len(paths)) as advance:
        summary = import_reviews(
            Store(store),
            paths,
            clock=now,
            reviewer=reviewer,
            settings=settings,
            format=log_format,
            on_file=lambda file: advance(file.name),
        )
    say_imported(summary)
    if summary.unreadable:
        raise InputError(f"{count(len(summary.unreadable), 'file')} could not be read: {'; '.join(summary.unreadable)}")
    if summary.n_faulty and summary.n_faulty == summary.n_rows:
        raise InputError("no row could be used; nothing was stored")


@reviews_app.command("export")
def export_file(
    out: Annotated[Path, typer.Argument(help="FILE.parquet, .csv or .jsonl to write.", metavar="FILE")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write all reviews to a file that imports back to the same reviews.

    A verdict changed in that file supersedes the old one when the file is imported.

    [dim]feedback reviews export reviews.csv[/dim]
    """
    exported = export_stored_reviews(Store(store))
    write_frame(exported, out)
    tell_texts(Store(store), exported, "reviews export", to=out)
    _console(stderr=True).print(f"{count(exported.height, 'review')} in {out}")


@reviews_app.command("agreement")
def show_agreement(
    store: StoreOption = DEFAULT_STORE,
    by: Annotated[str | None, typer.Option("--by", help="Apart by these, comma-separated, e.g. feature.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the interval.")] = 0,
) -> None:
    """Say how far reviewers agree on items that several of them judged; in a pipe, one CSV row per group.

    [dim]feedback reviews agreement --by feature[/dim]
    """
    say_agreement(measure_store_agreement(Store(store), by=split_names(by), seed=seed))


def say_imported(summary: ReviewSummary) -> None:
    """Print what became of the rows that were read, and what is wrong with those that were left out."""
    console = _console()
    console.print(
        f"Read {count(summary.n_rows, 'row')} from {count(summary.n_files, 'file')}: {summary.n_new:,} new, "
        f"{summary.n_duplicates:,} seen before, {summary.n_faulty:,} left out."
    )
    for file, row, _, reason in summary.faults.head(MOST_FAULTS).iter_rows():
        console.print(f"  {printable(Path(file).name)}, row {row}: {printable(reason, widest=200)}")
    if summary.faults.height > MOST_FAULTS:
        console.print(f"  and {summary.faults.height - MOST_FAULTS:,} more")
    if summary.n_naive_times:
        console.print(
            f"{count(summary.n_naive_times, 'time')} named no zone and were read in the declared one (--timezone)."
        )


def say_needed(found: pl.DataFrame, within: float) -> None:
    """Print how many more reviews each value wants, and on a terminal what that means."""
    console = _console()
    if console.is_terminal and found.is_empty():
        console.print("Nothing is labelled yet; then: feedback run")
        return
    points = (100 * pl.col("half_width_now")).round(1).alias("points_now")
    print_frame(found.with_columns(points).drop("half_width_now"), console, limit=None)
    if console.is_terminal:
        console.print(f"n_more: reviews to go for ±{within:g} points (95 % interval); points_now: ± points now")


def say_agreement(found: ReviewAgreement) -> None:
    """Print the agreement per group, and on a terminal also per pair of reviewers."""
    console = _console()
    if console.is_terminal and found.groups.is_empty():
        console.print("No item was judged by two reviewers yet.")
        return
    print_frame(found.groups, console, limit=found.groups.height)
    if console.is_terminal:
        console.print("alpha: Krippendorff's, 1 is perfect agreement and 0 chance; low, high: its 95 % interval\n")
        print_frame(found.pairs, console, limit=found.pairs.height)


def _console(*, stderr: bool = False) -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True, stderr=stderr)
