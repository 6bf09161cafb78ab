"""Bringing a store of an older version up to date, one numbered step after the other, never back.

A step is one transaction. `store.json` first says that it begins, so that no older program reads on, then the tables
are written, then the row of `runs` shows them, then `store.json` says that it is done. Killed at any point, the
tables read as before or as after, and the next `migrate` does the step again: it changes only what is not yet as
it should be.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from feedback.errors import StoreError
from feedback.schemas import empty_table, find_table
from feedback.store.layout import StoreVersion, check_folder, check_not_newer, is_store, write_version
from feedback.store.lock import hold_writer_lock
from feedback.store.private import close_to_others, is_open_to_others, private_files
from feedback.store.run import Run
from feedback.store.snapshot import Snapshot, latest_snapshot
from feedback.store.sums import record_sums
from feedback.store.versions import stored_columns
from feedback.store.writer import Writer, open_writer

Changes = Mapping[str, int]
# Findings that every run makes anew as a whole from labels and events.
_MADE_ANEW = ("segments", "watched", "watch_states", "online_states")


@dataclass(frozen=True)
class Migration:
    """One step: the version it leads to, what it does, what it would change, and doing so."""

    number: int
    what: str
    find: Callable[[Snapshot], Changes]
    apply: Callable[[Writer], Changes]


@dataclass(frozen=True)
class Migrated:
    """What a step changed, or would: how many rows of each table, and files and folders under `files`."""

    number: int
    what: str
    changes: Changes


def migrate_store(
    path: Path, *, clock: datetime, dry_run: bool = False, on_step: Callable[[str], None] = lambda _: None
) -> list[Migrated]:
    """Return the steps that brought a store up to date; none when it was.

    Parameters
    ----------
    path
        Folder of the store.
    clock
        Now.
    dry_run
        Whether to say only what would be done.
    on_step
        Called with the name of each step before it begins.

    Raises
    ------
    StoreError
        When there is no store, it is damaged, or it is newer than this program: nothing leads back.
    StoreLockedError
        When another process is writing.
    """
    check_folder(path)
    if not is_store(path):
        raise StoreError(f"there is no store at {path}")
    if dry_run:
        snapshot = latest_snapshot(path)
        return [Migrated(step.number, step.what, step.find(snapshot)) for step in _steps_of(path)]
    with private_files(), hold_writer_lock(path, clock=clock, wait_s=0):
        return [_take(path, step, clock, on_step) for step in _steps_of(path)]


def _steps_of(path: Path) -> list[Migration]:
    """Return the steps that are still to be taken, one that was cut off among them."""
    version = check_not_newer(path)
    number = version.number if version.migrating_from is None else version.migrating_from
    return [step for step in MIGRATIONS if step.number > number]


def _take(path: Path, step: Migration, clock: datetime, on_step: Callable[[str], None]) -> Migrated:
    on_step(f"to version {step.number}")
    write_version(path, StoreVersion(step.number, migrating_from=step.number - 1))
    writer = open_writer(latest_snapshot(path))
    try:
        changes = step.apply(writer)
        _commit(writer, step, clock, changes)
    finally:
        writer.close()
    write_version(path, StoreVersion(step.number))
    return Migrated(step.number, step.what, changes)


def _commit(writer: Writer, step: Migration, clock: datetime, changes: Changes) -> None:
    last = writer.snapshot.run or Run(0, "none", clock, clock)
    writer.commit(
        command="migrate",
        started_at=clock,
        finished_at=clock,
        watermark=last.watermark,
        label_version=last.label_version,
        sources=last.sources,
        counts={"version": step.number, **changes},
    )


def _outdated(snapshot: Snapshot) -> Iterator[str]:
    """Return the findings that are stored in another shape than is declared now."""
    for name in _MADE_ANEW:
        if name in snapshot.versions:
            stored = stored_columns(snapshot.path / name, name, snapshot.versions[name])
            if dict(stored) != find_table(name).columns:
                yield name


def _find_outdated(snapshot: Snapshot) -> Changes:
    n_open = sum(is_open_to_others(file) for file in (snapshot.path, *snapshot.path.rglob("*")))
    return {**{name: _count(snapshot, name) for name in _outdated(snapshot)}, "files": n_open}


def _drop_outdated(writer: Writer) -> Changes:
    snapshot = writer.snapshot
    changes = {name: _count(snapshot, name) for name in _outdated(snapshot)}
    for name in changes:
        writer.replace(name, empty_table(name))
    for name in snapshot.versions:
        record_sums(snapshot.path / name)
    return {**changes, "files": close_to_others(snapshot.path)}


def _count(snapshot: Snapshot, name: str) -> int:
    return snapshot.table(name).select(pl.len()).collect().item()


MIGRATIONS = (
    Migration(
        2,
        "findings in an older shape are taken away, for the next run to make anew; checksums are written; only the"
        " owner can read the files",
        _find_outdated,
        _drop_outdated,
    ),
    Migration(
        3,
        "people can be forgotten; earlier programs, which would bring them back, read it no more",
        lambda _: {},
        lambda _: {},
    ),
)
"""every step there is, in order; the last leads to the version of this program"""
