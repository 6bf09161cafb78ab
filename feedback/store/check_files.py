"""Whether the files of a table are those that were written: there, whole and unchanged."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from feedback.errors import StoreError
from feedback.store.finding import COMPACT, RESTORE, Finding, some_ids
from feedback.store.log_entries import LOG, list_entries, names_added
from feedback.store.sums import find_changed
from feedback.store.versions import WrittenFile, find_head, list_files, size_of

_TAKEN_BACK = "the next ingest, run or fit takes it back"


def check_files(
    folder: Path, name: str, pin: int | None, *, on_file: Callable[[str], None] = lambda _: None
) -> Iterator[Finding]:
    """Return what is wrong with the files of a table at the version it is read at.

    Parameters
    ----------
    folder, name
        The table.
    pin
        The version: what the latest run pinned, or the head of a table that is read there. Null: never written.
    on_file
        Called with the name of each file before it is read.
    """
    head = find_head(folder)
    if pin is None:
        if head is not None:
            yield _left_behind(name, f"version {head.version} was written and never shown")
        return
    if head is None or head.version < pin:
        yield Finding(
            name, "pins", f"version {pin} is there", f"the newest is {head.version if head else 'none'}", (str(pin),)
        )
        return
    if head.version > pin:
        yield _left_behind(name, f"{head.version - pin} versions after {pin} were written and never shown")
    yield from _check_log(folder, name)
    try:
        written = list_files(folder, name, pin)
    except StoreError as error:
        yield Finding(name, "log", f"version {pin} can be opened", str(error), (str(pin),))
        return
    yield from _check_data(folder, name, written, on_file)
    yield from _find_orphans(folder, name)


def _left_behind(name: str, found: str) -> Finding:
    return Finding(name, "pins", "no version beyond the pinned one", found, advice=_TAKEN_BACK, is_wrong=False)


def _check_log(folder: Path, name: str) -> Iterator[Finding]:
    entries = list_entries(folder)
    commits = {version for version, entry in entries if entry.suffix == ".json"}
    begins = max((version for version, entry in entries if entry.suffix == ".parquet"), default=0)
    gaps = sorted(set(range(begins, max(commits, default=0) + 1)) - commits - {begins if begins else -1})
    if gaps:
        yield Finding(name, "log", "every commit since the last checkpoint is there", f"{len(gaps)} are gone",
                      some_ids(f"{version:020}.json" for version in gaps))  # fmt: skip
    broken = [entry.name for _, entry in entries if entry.suffix == ".json" and not _is_readable(entry)]
    if broken:
        yield Finding(name, "log", "every commit can be read", f"{len(broken)} cannot", some_ids(broken))
    changed = find_changed(folder, [f"{LOG}/{entry.name}" for _, entry in entries if entry.name not in broken])
    if changed:
        yield Finding(name, "log", "every commit is as it was written", f"{len(changed)} are not", some_ids(changed))


def _is_readable(entry: Path) -> bool:
    try:
        lines = entry.read_text(encoding="utf-8").splitlines()
        return bool(lines) and all(isinstance(json.loads(line), dict) for line in lines)
    except (OSError, ValueError):
        return False


def _check_data(
    folder: Path, name: str, written: Sequence[WrittenFile], on_file: Callable[[str], None]
) -> Iterator[Finding]:
    sizes = {file.path: size_of(file.path) for file in written}
    gone = [file.path.name for file in written if sizes[file.path] is None]
    cut = [file.path.name for file in written if sizes[file.path] not in (None, file.n_bytes)]
    if gone:
        yield Finding(name, "files", "every file is there", f"{len(gone)} of {len(written)} are gone", some_ids(gone))
    if cut:
        yield Finding(name, "files", "every file is as long as it was written", f"{len(cut)} are not", some_ids(cut))
    whole = [file.path.name for file in written if file.path.name not in {*gone, *cut}]
    changed = find_changed(folder, whole, on_file=on_file)
    if changed:
        yield Finding(
            name, "files", "every file has the checksum it was written with", f"{len(changed)} do not",
            some_ids(changed), f"the file was altered or swapped after it was written; {RESTORE}",
        )  # fmt: skip


def _find_orphans(folder: Path, name: str) -> Iterator[Finding]:
    try:
        named = names_added(entry for _, entry in list_entries(folder))
    except StoreError:
        return
    newest = max(entry.stat().st_mtime_ns for _, entry in list_entries(folder))
    files = [*folder.glob("*.parquet*"), *(folder / LOG).glob("*#*")]
    orphans = sorted(file.name for file in files if file.name not in named and file.stat().st_mtime_ns < newest)
    if orphans:
        yield Finding(
            name, "orphans", "every file belongs to a version", f"{len(orphans)} belong to none", some_ids(orphans),
            COMPACT, is_wrong=False,
        )  # fmt: skip
