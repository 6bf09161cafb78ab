"""Taking away what no reader needs any more: files of old versions, and the part of the log that names them."""

from dataclasses import dataclass
from pathlib import Path

from feedback.errors import StoreError
from feedback.store.log_entries import LOG, list_entries, names_added_after
from feedback.store.versions import read_version


@dataclass(frozen=True)
class Removed:
    """What was taken away: data files, log entries, and the bytes both took up."""

    n_files: int = 0
    n_log_entries: int = 0
    n_bytes: int = 0


def remove_before(folder: Path, name: str, oldest: int) -> Removed:
    """Return what was taken away of the files and log entries that no version from `oldest` on needs.

    Only files older than that version go, so that what somebody is just writing stays. The log is kept from
    the last checkpoint before it. Without one, or with `oldest` gone already, nothing is taken away.

    Raises
    ------
    StoreError
        When the table is damaged, or something cannot be removed.
    """
    log = folder / LOG
    entries = list_entries(folder)
    written = log / f"{oldest:020}.json"
    start = max((version for version, entry in entries if version <= oldest and entry.suffix == ".parquet"), default=0)
    if not written.is_file() or not _reaches_back(entries, start):
        return Removed()
    needed = {file.name for file in read_version(folder, name, oldest).files} | names_added_after(folder, oldest)
    before_ns = written.stat().st_mtime_ns
    # What a killed process was about to rename still has a number after its name.
    found = (*folder.glob("*.parquet*"), *log.glob("*#*"))
    files = [file for file in found if file.name not in needed and _is_older(file, before_ns)]
    old = [entry for version, entry in entries if version < start]
    # Data files first: the log that names them stays until they are gone.
    return Removed(len(files), len(old), sum(_remove(path) for path in (*files, *old)))


def _reaches_back(entries: list[tuple[int, Path]], start: int) -> bool:
    """Return whether the log holds what makes the version it starts with: a checkpoint, or the first commit."""
    return start > 0 or any(version == 0 for version, _ in entries)


def _is_older(file: Path, time_ns: int) -> bool:
    """Return whether a file was written before; one that was renamed since we looked is in use."""
    try:
        return file.stat().st_mtime_ns < time_ns
    except FileNotFoundError:
        return False


def _remove(path: Path) -> int:
    """Return the bytes that are free now."""
    try:
        n_bytes = path.stat().st_size
        path.unlink()
    except OSError as error:
        raise StoreError(f"{path} cannot be removed: {error.strerror}") from error
    return n_bytes
