"""The commands that look after a store: check, back up, restore, compact, migrate."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.padding import Padding

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now
from feedback.cli.audited import tell_audit
from feedback.cli.progress import steps
from feedback.cli.tables import print_frame
from feedback.cli.words import count, moment
from feedback.errors import StoreError
from feedback.pipeline.store_check import STEPS, StoreReport, check_store
from feedback.schemas import TABLES
from feedback.store import Store
from feedback.store.backup import back_up
from feedback.store.finding import Finding
from feedback.store.migrations import migrate_store
from feedback.store.restore import restore_store
from feedback.store.sizes import measure_tables

store_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Look after the store: check, backup, restore, compact, migrate.",
)
_MIB = 2**20


@store_app.command("check")
def check_command(
    store: StoreOption = DEFAULT_STORE,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON, for another program.")] = False,
) -> None:
    """Say whether the store is sound: every file, key, count and reference. Reads all of it, changes nothing.

    Exit code 1 when something is wrong. A note ([dim]note[/dim]) is worth knowing and nothing to worry about.

    [dim]feedback store check[/dim]
    """
    report = _check(store)
    if as_json:
        _say_json(report)
    else:
        say_report(report)
    if not report.is_sound:
        raise typer.Exit(1)


@store_app.command("backup")
def backup_command(
    out: Annotated[Path, typer.Argument(help="Folder, or a file that ends in .tar.", metavar="OUT")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Copy the store to a folder or file, and read the copy again to see that it is the same.

    Others may run, label and review meanwhile: the copy is the store as it was when copying began. A folder that
    holds an earlier backup of this store gets only what is new.

    [dim]feedback store backup /backups/feedback[/dim]
    [dim]feedback store backup feedback-2026-10-04.tar[/dim]
    """
    with steps("Copying", 0) as advance:
        made = back_up(Store(store).path, out, clock=now(), on_file=advance)
    tell_audit(Store(store), "backed_up", note=f"run {made.run}, to {out}")
    kept = f"; {made.n_kept:,} were there already" if made.n_kept else ""
    _console().print(f"run {made.run} in {out}: {count(made.n_files, 'file')}, {_mib(made.n_bytes)}, verified{kept}")


@store_app.command("restore")
def restore_command(
    backup: Annotated[Path, typer.Argument(help="What feedback store backup wrote.", metavar="BACKUP")],
    store: StoreOption = DEFAULT_STORE,
    replace: Annotated[bool, typer.Option("--replace", help="Give up the store that is there.")] = False,
) -> None:
    """Make the store from a backup again, and check it.

    Every file is compared with its checksum before anything is put in place. A store that is there is only
    given up with [bold]--replace[/bold], and stays as it is when the backup is damaged.

    [dim]feedback store restore /backups/feedback --replace[/dim]
    """
    with steps("Copying", 0) as advance:
        done = restore_store(backup, Store(store).path, clock=now(), replace=replace, on_file=advance)
    _console().print(
        f"run {done.run}, backed up {moment(done.taken_at)}, is in {store}: {count(done.n_files, 'file')}, "
        f"{_mib(done.n_bytes)}"
    )
    tell_audit(Store(store), "restored", note=f"run {done.run}, backed up {moment(done.taken_at)}, from {backup}")
    report = _check(store)
    say_report(report)
    if not report.is_sound:
        raise typer.Exit(1)


@store_app.command("compact")
def compact_command(
    store: StoreOption = DEFAULT_STORE,
    keep_days: Annotated[
        float, typer.Option("--keep-days", min=0, help="For how long older snapshots stay readable; 0: not at all.")
    ] = 7,
) -> None:
    """Turn many small files into few, and take away what no snapshot of the last days needs.

    feedback run does so once a day. In a pipe, one CSV row per table, before and after. What has aged out is in older
    snapshots until they go: --keep-days 0 takes them away at once, also from under somebody who is reading one.

    [dim]feedback store compact --keep-days 1[/dim]
    """
    target = Store(store)
    if not target.exists():
        raise StoreError(f"there is no store at {store}")
    before = measure_tables(target.at())
    with steps("Compacting", len(TABLES)) as advance:
        target.tidy(clock=now(), keep=timedelta(days=keep_days), on_step=advance)
    say_compacted(before, measure_tables(target.at()))


@store_app.command("migrate")
def migrate_command(
    store: StoreOption = DEFAULT_STORE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Bring a store that an older version of feedback wrote up to date. There is no way back: back it up first.

    [dim]feedback store migrate --dry-run[/dim]
    """
    with steps("Migrating", 1) as advance:
        done = migrate_store(Store(store).path, clock=now(), dry_run=dry_run, on_step=advance)
    console = _console()
    for step in done:
        changed = ", ".join(f"{name} {n:,}" for name, n in step.changes.items() if n) or "nothing"
        console.print(f"{'would go' if dry_run else 'went'} to version {step.number}: {step.what}; changed: {changed}")
    if not done:
        console.print("the store is up to date")


def say_report(report: StoreReport) -> None:
    """Print what a check found, what is wrong first; in a pipe one CSV row per finding."""
    console = _console()
    found = sorted(report.findings, key=lambda finding: not finding.is_wrong)
    if not console.is_terminal:
        rows = [{**finding.to_dict(), "ids": " ".join(finding.ids)} for finding in found]
        names = {name: pl.Boolean if name == "is_wrong" else pl.String for name in Finding.__dataclass_fields__}
        print_frame(pl.DataFrame(rows, schema=names), console, limit=None)
        return
    for finding in found:
        _say_finding(finding, console)
    n_wrong = sum(finding.is_wrong for finding in found)
    n_notes = len(found) - n_wrong
    said = f"{count(n_wrong, 'thing')} {'is' if n_wrong == 1 else 'are'} wrong" if n_wrong else "the store is sound"
    console.print(
        f"{said}: {count(report.n_checked, 'check')} of run {report.run}, {count(n_notes, 'note')}",
        style="red" if n_wrong else "green",
    )
    if report.not_checked:
        console.print(f"not checked, as their tables cannot be read: {', '.join(report.not_checked)}", style="dim")


def say_compacted(before: pl.DataFrame, after: pl.DataFrame) -> None:
    """Print the room each table took and takes."""
    both = after.join(before, on="table", how="left", suffix="_before", maintain_order="left").with_columns(
        pl.col("^.*_before$").fill_null(0)
    )
    shown = both.select(
        "table",
        files_before="n_files_before", files="n_files", read_before="n_read_before", read="n_read",
        log_before="n_log_entries_before", log="n_log_entries",
        MiB_before=pl.col("n_bytes_before") / _MIB, MiB=pl.col("n_bytes") / _MIB,
    )  # fmt: skip
    console = _console()
    print_frame(shown, console, limit=shown.height)
    if console.is_terminal:
        totals = [_mib(int(frame["n_bytes"].sum())) for frame in (before, after)]
        console.print(f"in all {totals[0]} before, {totals[1]} now", style="dim")


def _say_finding(finding: Finding, console: Console) -> None:
    mark, style = ("wrong", "bold red") if finding.is_wrong else ("note ", "dim")
    console.print(f"{mark}  {finding.table}, {finding.rule}", style=style)
    lines = [f"expected: {finding.expected}", f"found:    {finding.found}"]
    lines += [f"such as:  {one}" for one in finding.ids]
    for line in (*lines, f"do:       {finding.advice}"):
        console.print(Padding(line, (0, 0, 0, 7)))


def _say_json(report: StoreReport) -> None:
    said = {
        "is_sound": report.is_sound, "run": report.run, "n_checked": report.n_checked,
        "not_checked": list(report.not_checked), "findings": [finding.to_dict() for finding in report.findings],
    }  # fmt: skip
    typer.echo(json.dumps(said, indent=1))


def _check(store: Path) -> StoreReport:
    with steps("Checking", len(STEPS)) as advance:
        return check_store(Store(store), on_step=advance)


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / _MIB:,.1f} MiB"


def _console() -> Console:
    return Console(highlight=False, markup=False)
