"""The command that says what got worse, compared with whatever one chooses."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, settings_here
from feedback.cli.progress import steps
from feedback.cli.tables import print_frame, printable
from feedback.cli.views import pick_columns
from feedback.cli.words import count
from feedback.errors import InputError, SettingsError, name_some
from feedback.explore.comparisons import Calendar, Comparison, releases
from feedback.explore.degraded import Found, Split, find_segments, split_between
from feedback.explore.traffic import Traffic
from feedback.segments.find import MIN_N
from feedback.settings import parse_span
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_SHOWN = ("segment", "lost_successes", "rate_before", "rate_after", "shrunk_change", "shrunk_low", "shrunk_high",
          "n_after", "q_value")  # fmt: skip
_PARTS = ("segment", "share_before", "share_after", "rate_before", "rate_after", "change", "mix", "mix_low", "mix_high",
          "within", "within_low", "within_high")  # fmt: skip


def degraded_command(
    days: Annotated[int, typer.Option(min=1, help="Length of the later window: the latest complete days.")] = 7,
    same_hours: Annotated[
        str | None, typer.Option(help="Instead the latest 24h, say, against the same hours last week.", metavar="SPAN")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Against these days, both included.", metavar="FIRST..LAST")
    ] = None,
    since_release: Annotated[
        str | None,
        typer.Option(help="Days after a version was first seen against those before.", metavar="COLUMN=VERSION"),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Against the labels in this file, or those of the interaction_ids in it.", metavar="FILE"),
    ] = None,
    mix: Annotated[
        str | None, typer.Option(help="Instead say how much of the change is another mix of this.", metavar="DIMENSION")
    ] = None,
    columns: Annotated[str | None, typer.Option(help="Columns to show, comma-separated.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say what got worse, where, and by how much: the latest week against the week before, or against what you choose.

    Of all combinations of up to three conditions, those whose drop neither chance nor a changed mix explains, most
    lost successes first. In a pipe, one CSV row per segment, as [bold]feedback show segments[/bold], which shows
    what each run finds by itself.

    [dim]feedback degraded --baseline 2026-09-07..2026-09-13[/dim]
    [dim]feedback degraded --since-release prompt_version=chat-v15 --days 3[/dim]
    [dim]feedback degraded --same-hours 24h[/dim]
    [dim]feedback degraded --against golden.parquet --mix tenant[/dim]
    """
    settings, snapshot = settings_here(), Store(store).at()
    calendar = Calendar(max(settings.observation_window.values()), settings.time_zone)
    comparison = read_comparison(
        snapshot, days=days, same_hours=same_hours, baseline=baseline, since_release=since_release, against=against
    )
    with steps("Comparing", 1) as advance:
        advance("labels of both windows")
        found = split_between(snapshot, comparison, mix, calendar) if mix else None
        segments = None if mix else find_segments(snapshot, comparison, calendar)
    if found is not None:
        _say_parts(found, columns)
    elif segments is not None:
        _say_segments(segments, columns)


def read_comparison(
    snapshot: Snapshot,
    *,
    days: int,
    same_hours: str | None,
    baseline: str | None,
    since_release: str | None,
    against: Path | None,
) -> Comparison:
    """Return what is compared with what, as the user wrote it.

    Raises
    ------
    SettingsError
        When more than one is named, or one means nothing; for a release that says which there are.
    InputError
        When the file is not there.
    """
    if sum(one is not None for one in (same_hours, baseline, since_release, against)) > 1:
        raise SettingsError("choose one of --same-hours, --baseline, --since-release and --against")
    length = timedelta(days=days)
    if same_hours is not None:
        return Comparison("same hours last week", parse_span(same_hours))
    if baseline is not None:
        return Comparison("pinned baseline", length, baseline=parse_days(baseline))
    if since_release is not None:
        return Comparison("release", length, release=_read_release(snapshot, since_release))
    if against is not None:
        return Comparison("golden traffic", length, traffic=_read_file(against))
    return Comparison(length=length)


def parse_days(written: str) -> tuple[date, date]:
    """Return the first and the last of some days.

    Raises
    ------
    SettingsError
        When they are written otherwise.

    Examples
    --------
    >>> parse_days("2026-09-07..2026-09-13")
    (datetime.date(2026, 9, 7), datetime.date(2026, 9, 13))
    """
    first, _, last = written.partition("..")
    try:
        return date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError as error:
        raise SettingsError(f"{written!r} are no days; write for instance 2026-09-07..2026-09-13") from error


def _read_release(snapshot: Snapshot, written: str) -> tuple[str, str]:
    column, _, value = (part.strip() for part in written.partition("="))
    if column not in snapshot.table("labels").collect_schema().names() or not value:
        known = [f"{one}={other}" for one, other, _ in releases(snapshot).iter_rows()]
        raise SettingsError(f"{written!r} is no COLUMN=VERSION; released while the log ran: {_name(known)}")
    return column, value


def _name(known: list[str]) -> str:
    return name_some(known, most=20) or "none"


def _read_file(file: Path) -> Traffic:
    try:
        return Traffic(file.name, file.read_bytes())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error


def _say_segments(found: Found, columns: str | None) -> None:
    console = _console()
    if console.is_terminal:
        console.print(f"{found.words}: {count(found.n_after, 'label')} against {found.n_before:,}")
    if found.segments.height or not console.is_terminal:
        _print(found.segments, _SHOWN, columns, console)
    if not console.is_terminal:
        return
    if found.segments.height:
        console.print("shrunk_change: after less before at an equal mix, drawn towards the others; 95 %", style="dim")
    elif min(found.n_before, found.n_after) < MIN_N:
        console.print(f"too few labels to tell: it takes {MIN_N} in either window")
    else:
        console.print("nothing got worse by more than chance and a changed mix explain")


def _say_parts(split: Split, columns: str | None) -> None:
    console, found = _console(), split.parts
    if console.is_terminal:
        console.print(split.words)
    _print(found, _PARTS, columns, console)
    if console.is_terminal and found.height:
        console.print(
            "mix: because it became more or less frequent; within: because it got better or worse", style="dim"
        )
        console.print(_name_parts(found.row(0, named=True)))
        for words in found["words"].drop_nulls():
            console.print(printable(words, widest=200))


def _name_parts(everything: dict) -> str:
    """Return in words how much of the change is mix and how much quality."""
    change, mix, within = (
        f"{everything[part]:+.3f} ({everything[f'{part}_low']:+.3f} to {everything[f'{part}_high']:+.3f})"
        if everything[f"{part}_low"] is not None
        else f"{everything[part]:+.3f}"
        for part in ("change", "mix", "within")
    )
    return f"the mean moved by {change}; of that {mix} is only another mix, {within} is quality"


def _print(frame: pl.DataFrame, shown: Sequence[str], columns: str | None, console: Console) -> None:
    """Print the columns named, else on a terminal those shown, and in a pipe all."""
    usual = frame.select(shown) if console.is_terminal else frame
    chosen = usual if columns is None else pick_columns(frame, columns)
    print_frame(chosen, console, limit=max(chosen.height, 1))


def _console() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True)
