"""Copying a store while others write to it: the latest snapshot, whole, checked after it was written.

A backup is a folder (`OUT`), to which a later backup adds only what is new, or one file (`OUT.tar`). Either holds
the store as a folder, and `backup.json`, written last, which names every file with its length and checksum.
"""

import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from feedback.errors import StoreError, name_some
from feedback.store.backup_manifest import MANIFEST, BackedUpFile, Manifest, parse_manifest, write_manifest
from feedback.store.backup_source import find_wrong
from feedback.store.layout import MARKER, check_folder, is_store, read_version
from feedback.store.log_entries import list_entries, names_added
from feedback.store.private import private_files
from feedback.store.snapshot import Snapshot, latest_snapshot
from feedback.store.sums import hash_file, read_sums
from feedback.store.versions import list_files

_ARCHIVE = ".tar"
# Upkeep may take away, between listing and copying, what the latest snapshot does not need.
_ATTEMPTS = 3
OnFile = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """What was backed up: the run, how many files of how many bytes, and how many of them were there already."""

    path: Path
    run: int
    n_files: int
    n_bytes: int
    n_kept: int


def back_up(store: Path, out: Path, *, clock: datetime, on_file: OnFile = lambda _: None) -> Backup:
    """Return what was copied of a store; ingest, run and people may go on writing meanwhile.

    Holds all tables as the latest run left them, people's tables as they are now, and the older snapshots that can
    still be read. Copying ends with reading the copy again and comparing checksums.

    Parameters
    ----------
    store
        Folder of the store.
    out
        A folder that does not exist, is empty or holds an earlier backup of this store; or a file `OUT.tar`.
    clock
        Now.
    on_file
        Called with the name of each file before it is copied.

    Raises
    ------
    StoreError
        When there is no store, a file of it is damaged, or the copy cannot be written or is not what was copied.
    """
    check_folder(store)
    if not is_store(store):
        raise StoreError(f"there is no store at {store}")
    if out.resolve().is_relative_to(store.resolve()):
        raise StoreError(f"{out} lies inside the store; name a place outside of it")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with private_files():
                return _copy(store, out, clock, on_file)
        except FileNotFoundError as error:
            if attempt == _ATTEMPTS:
                raise StoreError(f"files of {store} went away {attempt} times while they were copied") from error
        except OSError as error:
            raise StoreError(f"{out} cannot be written: {error.strerror}") from error
    raise StoreError(f"{store} cannot be backed up")


def _copy(store: Path, out: Path, clock: datetime, on_file: OnFile) -> Backup:
    snapshot = latest_snapshot(store)
    names = _names(snapshot)
    files = {name: BackedUpFile((store / name).stat().st_size, hash_file(store / name)) for name in names}
    _check_sums(store, files)
    manifest = Manifest(read_version(store).number, snapshot.version, clock, files)
    if out.suffix == _ARCHIVE:
        _write_archive(store, out, manifest, on_file)
        n_kept = 0
    else:
        n_kept = _write_folder(store, out, manifest, on_file)
    return Backup(out, snapshot.version, len(files), sum(file.n_bytes for file in files.values()), n_kept)


def _names(snapshot: Snapshot) -> list[str]:
    """Return the names of the files to copy, relative to the store."""
    names = [MARKER]
    for name, version in snapshot.versions.items():
        folder = snapshot.path / name
        needed = {file.path.name for file in list_files(folder, name, version)}
        entries = [entry for number, entry in list_entries(folder) if number <= version]
        older = {file for file in names_added(entries) if (folder / file).is_file()}
        names += [f"{name}/{file}" for file in sorted(needed | older)]
        names += [f"{name}/{entry.relative_to(folder).as_posix()}" for entry in entries]
    return names


def _check_sums(store: Path, files: Mapping[str, BackedUpFile]) -> None:
    """Raise when a file is not what was written: a backup of it would pass for a sound one."""
    recorded = {f"{folder.name}/{name}": digest for folder in store.iterdir() if folder.is_dir()
                for name, digest in read_sums(folder).items()}  # fmt: skip
    damaged = [name for name, file in files.items() if recorded.get(name, file.sha256) != file.sha256]
    if damaged:
        raise StoreError(f"the store is damaged, nothing was backed up: {name_some(damaged)}; see feedback store check")


def _write_folder(store: Path, out: Path, manifest: Manifest, on_file: OnFile) -> int:
    before = _read_earlier(out)
    _check_same_store(out, before, manifest)
    kept = {name for name, file in manifest.files.items() if before.get(name) == file and _is_same(out / name, file)}
    for name in manifest.files:
        on_file(name)
        if name not in kept:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store / name, out / name)
    fresh = ((name, file) for name, file in manifest.files.items() if name not in kept)
    _check_copy(out, [name for name, file in fresh if not _is_same(out / name, file)])
    write_manifest(out, manifest)
    for name in before.keys() - manifest.files.keys():
        (out / name).unlink(missing_ok=True)
    return len(kept)


def _read_earlier(out: Path) -> dict[str, BackedUpFile]:
    """Return the files of the backup that is there; none where nothing is."""
    if out.exists() and not out.is_dir():
        raise StoreError(f"{out} is a file; name a folder, or a file that ends in {_ARCHIVE}")
    if not out.exists() or not any(out.iterdir()):
        return {}
    if not (out / MANIFEST).is_file():
        raise StoreError(f"{out} holds something, and no backup; name an empty or a new folder")
    return dict(parse_manifest((out / MANIFEST).read_bytes(), where=out).files)


def _check_same_store(out: Path, before: Mapping[str, BackedUpFile], manifest: Manifest) -> None:
    """Raise when files of one name hold something else: written once, they never change in one store."""
    other = [name for name, file in before.items() if name != MARKER and manifest.files.get(name, file) != file]
    if other:
        raise StoreError(f"{out} holds a backup of another store; name another folder")


def _is_same(path: Path, file: BackedUpFile) -> bool:
    return path.is_file() and path.stat().st_size == file.n_bytes and hash_file(path) == file.sha256


def _check_copy(out: Path, wrong: Sequence[str]) -> None:
    if wrong:
        raise StoreError(f"the copy in {out} is not what was copied: {name_some(wrong)}; is the disk sound?")


def _write_archive(store: Path, out: Path, manifest: Manifest, on_file: OnFile) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.partial")
    try:
        with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, MANIFEST, manifest.to_bytes())
            for name in manifest.files:
                on_file(name)
                archive.add(store / name, arcname=name, recursive=False, filter=_anonymous)
        _check_copy(out, find_wrong(draft))
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(_anonymous(entry), BytesIO(content))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry
