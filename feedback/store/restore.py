"""Making a store from a backup again: beside the old one first, in its place once every file has been checked."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from feedback.errors import StoreError, StoreLockedError, name_some
from feedback.schemas import TABLES
from feedback.store.backup_manifest import Manifest
from feedback.store.backup_source import copy_file, open_backup
from feedback.store.layout import FORMAT, MARKER, check_path
from feedback.store.lock import hold_writer_lock
from feedback.store.private import private_files
from feedback.store.sums import SUMS

OnFile = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What was restored: the run the backup was taken at, when that was, and how many files of how many bytes."""

    run: int
    taken_at: datetime
    n_files: int
    n_bytes: int


def restore_store(
    backup: Path, store: Path, *, clock: datetime, replace: bool = False, on_file: OnFile = lambda _: None
) -> Restored:
    """Return what was restored from a backup. What was at the place before stays until all of it has been checked.

    Parameters
    ----------
    backup
        A folder or archive that `back_up` wrote.
    store
        Where to.
    clock
        Now.
    replace
        Whether a store that is there, sound or damaged, may be given up for the backup.
    on_file
        Called with the name of each file before it is copied.

    Raises
    ------
    StoreError
        When it is no backup, is damaged or of a newer version of feedback, or the place is taken.
    StoreLockedError
        When another process is writing to the store that is to be replaced.
    """
    check_path(store)
    _check_place(store, replace=replace)
    try:
        with private_files(), ExitStack() as held:
            store.parent.mkdir(parents=True, exist_ok=True)
            if store.is_dir():
                held.enter_context(hold_writer_lock(store, clock=clock, wait_s=0))
            scratch = Path(held.enter_context(TemporaryDirectory(dir=store.parent, prefix=f".{store.name}-")))
            manifest = _unpack(backup, scratch / "new", on_file)
            _put_in_place(scratch / "new", store, aside=scratch / "old")
    except StoreLockedError:
        raise
    except OSError as error:
        raise StoreError(f"{store} cannot be restored: {error.strerror}") from error
    return Restored(manifest.run, manifest.taken_at, len(manifest.files), manifest.n_bytes)


def _check_place(store: Path, *, replace: bool) -> None:
    if not store.exists() or (store.is_dir() and not any(store.iterdir())):
        return
    if not store.is_dir() or store.is_symlink():
        raise StoreError(f"{store} is not a folder; name one that does not exist yet")
    foreign = sorted(entry.name for entry in store.iterdir() if not _may_be_ours(entry))
    if foreign:
        raise StoreError(f"{store} holds what no store has ({name_some(foreign)}); name an empty or a new folder")
    if not replace:
        raise StoreError(f"{store} holds a store; say --replace to give it up for the backup, or name another folder")


def _may_be_ours(entry: Path) -> bool:
    return entry.name == MARKER or entry.name.startswith(".") or entry.name in TABLES or (entry / "_delta_log").is_dir()


def _put_in_place(fresh: Path, store: Path, *, aside: Path) -> None:
    """Put a folder in the place of another, which comes back when that fails."""
    if store.is_dir():
        store.rename(aside)
    try:
        fresh.rename(store)
    except OSError:
        if aside.is_dir():
            aside.rename(store)
        raise


def _unpack(backup: Path, folder: Path, on_file: OnFile) -> Manifest:
    """Return what the backup says of itself, once all of it lies in a folder and is what it says."""
    with open_backup(backup) as source:
        manifest = source.manifest
        _check_fits(backup, manifest, folder.parent)
        sound = set()
        for name, content in source.files:
            on_file(name)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if copy_file(content, manifest.files[name], folder / name):
                sound.add(name)
    wrong = [name for name in manifest.files if name not in sound]
    if wrong:
        raise StoreError(f"{backup} is damaged, nothing was restored: {name_some(wrong)} is not what was backed up")
    _write_sums(folder, manifest.sums())
    return manifest


def _check_fits(backup: Path, manifest: Manifest, folder: Path) -> None:
    if manifest.format > FORMAT:
        raise StoreError(
            f"{backup} is newer than this program: it holds a store of format {manifest.format}, this version of"
            f" feedback reads {FORMAT}; upgrade feedback"
        )
    free = shutil.disk_usage(folder).free
    if manifest.n_bytes > free:
        raise StoreError(f"{backup} needs {manifest.n_bytes:,} bytes, {folder.parent} has {free:,} free")


def _write_sums(folder: Path, sums: Mapping[str, str]) -> None:
    for table, text in sums.items():
        (folder / table / SUMS).write_text(text, encoding="utf-8")
