"""Taking rows out of the store for good: out of its latest tables, and with them all that older versions held.

Derived tables are written past their pins first, which nobody sees: killed there, nothing has happened. Then
people's tables as they are to be, and the row of `runs`, are laid down in `.erasing` in one step. From there on the
erasure is finished, by the next writer if need be: people's tables are put in place, the row of `runs` shows
the derived ones, and every file and log entry that the latest version of a table does not need is taken away.
`.erasing` holds only what stays, so nothing has to be known of whom it was about.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from feedback.errors import StoreError
from feedback.schemas import TABLES, check_table
from feedback.store.appending import hold_appends
from feedback.store.changes import find_changes
from feedback.store.commits import make_checkpoint, replace_rows
from feedback.store.log_entries import LOG, list_entries
from feedback.store.private import private_files
from feedback.store.run import Run, run_from_row, run_to_frame
from feedback.store.snapshot import Snapshot, latest_snapshot
from feedback.store.sums import prune_sums, record_sums
from feedback.store.versions import find_head, read_version
from feedback.store.writer import append_at_head

PENDING = ".erasing"
_DRAFT = ".erasing.draft"
_SCRATCH = ".scratch"
_MARK = "erased_in_run"
_LOOKED_AT = 50
Rewrite = Callable[[Snapshot], Mapping[str, pl.DataFrame]]


@dataclass(frozen=True)
class Purged:
    """What was taken away for good: data files and log entries, and the bytes both took up."""

    n_files: int = 0
    n_bytes: int = 0


def commit_erasure(path: Path, run: Run, rewrite: Rewrite) -> Purged:
    """Return what was taken away, once the row of `runs` shows what the writer wrote and older versions are gone.

    Parameters
    ----------
    path
        Folder of the store, whose writer lock is held.
    run
        The row of `runs`, with the versions of the derived tables as they were just written.
    rewrite
        Given people's tables as they are now, returns those that change, whole, as they are to be. Nobody appends
        meanwhile.

    Raises
    ------
    SchemaError
        When a table is not what it may hold; nothing has happened then.
    StoreError
        When the store cannot be written.
    """
    with private_files(), hold_appends(path):
        snapshot = latest_snapshot(path)
        _lay_down(path, run, snapshot, rewrite(snapshot))
        return _finish(path)


def finish_erasure(path: Path) -> Purged | None:
    """Return what was taken away of an erasure that was cut off; null when there was none. The lock must be held.

    Raises
    ------
    StoreError
        When the store is damaged or cannot be written.
    """
    shutil.rmtree(path / _DRAFT, ignore_errors=True)
    if not (path / PENDING).is_dir():
        return None
    with private_files(), hold_appends(path):
        return _finish(path)


def is_erasure_pending(path: Path) -> bool:
    """Return whether an erasure was cut off, which the next writer finishes.

    Examples
    --------
    >>> is_erasure_pending(Path("no/such/folder"))
    False
    """
    return (path / PENDING).is_dir()


def _lay_down(path: Path, run: Run, snapshot: Snapshot, tables: Mapping[str, pl.DataFrame]) -> None:
    draft = path / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        for name, frame in tables.items():
            # Checked before it counts; what two people wrote at one moment, word for word, is one.
            check_table(name, frame.unique(maintain_order=True)).write_parquet(draft / f"{name}.parquet")
        run_to_frame(run).write_parquet(draft / "runs.parquet")
        plan = {"versions": {name: snapshot.versions[name] for name in tables}}
        (draft / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        draft.rename(path / PENDING)
    except OSError as error:
        raise StoreError(f"cannot write to the store at {path}: {error.strerror}; is the disk full?") from error


def _finish(path: Path) -> Purged:
    pending = path / PENDING
    try:
        plan = json.loads((pending / "plan.json").read_text(encoding="utf-8"))
        run = run_from_row(pl.read_parquet(pending / "runs.parquet").row(0, named=True))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise StoreError(f"the store at {path} is damaged: {PENDING} in it cannot be read") from error
    for name, version in plan["versions"].items():
        _put_in_place(path / name, name, pending / f"{name}.parquet", version, str(run.run))
    _show(path, run)
    purged = [purge_table(path / name, name) for name in TABLES]
    shutil.rmtree(path / _SCRATCH, ignore_errors=True)
    # In one step, so that half of it is never taken for all of it.
    pending.rename(path / _DRAFT)
    shutil.rmtree(path / _DRAFT)
    return Purged(sum(one.n_files for one in purged), sum(one.n_bytes for one in purged))


def _put_in_place(folder: Path, name: str, file: Path, version: int, mark: str) -> None:
    """Make the rows laid down the whole table, with what people added since, unless that was done already."""
    head = find_head(folder)
    if head is None or any(commit.get(_MARK) == mark for commit in DeltaTable(folder).history(_LOOKED_AT)):
        return
    rows = pl.read_parquet(file, glob=False, hive_partitioning=False)
    if head.version > version:
        added = find_changes(folder, name, since=version, until=head.version).added
        rows = pl.concat([rows, added.collect()], how="diagonal")
    replace_rows(folder, name, rows.unique(maintain_order=True), marks={_MARK: mark})


def _show(path: Path, run: Run) -> None:
    """Write the row of `runs`, unless it is there already."""
    last = latest_snapshot(path)
    if last.version >= run.run:
        return
    heads = {name: version for name, version in last.versions.items() if TABLES[name].is_human or name == "runs"}
    append_at_head(path / "runs", "runs", run_to_frame(replace(run, heads=heads)))


def purge_table(folder: Path, name: str) -> Purged:
    """Return what was taken away of a table: every data file and log entry its newest version does not need.

    Nobody may write to it meanwhile. Snapshots of before then read as expired.

    Raises
    ------
    StoreError
        When the table is damaged or cannot be written.
    """
    head = find_head(folder)
    if head is None:
        return _remove_all([file for file in folder.rglob("*") if file.is_file()])
    entries = list_entries(folder)
    if (head.version, ".parquet") not in {(version, entry.suffix) for version, entry in entries}:
        make_checkpoint(folder, name)
    needed = {file.name for file in read_version(folder, name, head.version).files}
    old = [entry for version, entry in entries if version < head.version]
    stale = [*(file for file in folder.glob("*.parquet*") if file.name not in needed), *(folder / LOG).glob("*#*")]
    # By the commits that are about to go it is known which files are ours.
    record_sums(folder)
    # Data files first: the log that names them stays until they are gone.
    purged = _remove_all([*stale, *old])
    prune_sums(folder)
    return purged


def _remove_all(files: list[Path]) -> Purged:
    n_bytes = 0
    for file in files:
        try:
            n_bytes += file.stat().st_size
            file.unlink(missing_ok=True)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"{file} cannot be removed: {error.strerror}") from error
    return Purged(len(files), n_bytes)
