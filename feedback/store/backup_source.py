"""Reading a backup, taken for hostile: only plain files that it names, each of the length and checksum it states."""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple

from feedback.errors import StoreError
from feedback.store.backup_manifest import MANIFEST, MOST_BYTES, BackedUpFile, Manifest, parse_manifest

_BLOCK = 2**20


class Source(NamedTuple):
    """A backup that is open: what it says of itself, and its files one after the other, by name."""

    manifest: Manifest
    files: Iterator[tuple[str, IO[bytes]]]


@contextmanager
def open_backup(path: Path) -> Iterator[Source]:
    """Return a backup to read, a folder or an archive.

    Raises
    ------
    StoreError
        When it is none; while its files are read, when it holds something else than it names.
    """
    try:
        if path.is_dir():
            manifest = parse_manifest(_read_manifest(path), where=path)
            yield Source(manifest, _files_in_folder(path, manifest))
        else:
            with tarfile.open(path, "r:") as archive:
                manifest = _first_of(archive, path)
                yield Source(manifest, _files_in_archive(archive, path, manifest))
    except FileNotFoundError as error:
        raise StoreError(f"there is no backup at {path}, or a file of it is gone") from error
    except (tarfile.TarError, EOFError) as error:
        raise StoreError(f"{path} is no backup of a store, or it was cut off") from error


def copy_file(source: IO[bytes], file: BackedUpFile, target: Path | None = None) -> bool:
    """Return whether a file is what its backup states, once it is copied; without a target it is only read."""
    digest, n_bytes = sha256(), 0
    with target.open("wb") if target else nullcontext() as copy:
        # One byte more than stated is enough to know that it is too long.
        while n_bytes <= file.n_bytes and (block := source.read(min(_BLOCK, file.n_bytes + 1 - n_bytes))):
            digest.update(block)
            n_bytes += len(block)
            if copy:
                copy.write(block)
    return n_bytes == file.n_bytes and digest.hexdigest() == file.sha256


def find_wrong(path: Path, *, on_file: Callable[[str], None] = lambda _: None) -> list[str]:
    """Return the files of a backup that are missing or not what it states.

    Raises
    ------
    StoreError
        As `open_backup`.
    """
    with open_backup(path) as source:
        sound = set()
        for name, content in source.files:
            on_file(name)
            if copy_file(content, source.manifest.files[name]):
                sound.add(name)
        return [name for name in source.manifest.files if name not in sound]


def _read_manifest(folder: Path) -> bytes:
    file = folder / MANIFEST
    _check_plain(folder, MANIFEST)
    if file.stat().st_size > MOST_BYTES:
        raise StoreError(f"{folder} is no backup of a store: its {MANIFEST} is too large")
    return file.read_bytes()


def _files_in_folder(folder: Path, manifest: Manifest) -> Iterator[tuple[str, IO[bytes]]]:
    for name in manifest.files:
        if not (folder / name).exists() and not (folder / name).is_symlink():
            continue
        _check_plain(folder, name)
        with (folder / name).open("rb") as content:
            yield name, content


def _check_plain(folder: Path, name: str) -> None:
    """Raise unless a file is one, and not reached through a link to somewhere else."""
    steps = [folder / name, *(folder / name).parents]
    inside = steps[: len(Path(name).parts)]
    if any(step.is_symlink() for step in inside) or ((folder / name).exists() and not (folder / name).is_file()):
        raise StoreError(f"{folder} is no backup of a store: {name} is not a plain file")


def _first_of(archive: tarfile.TarFile, path: Path) -> Manifest:
    entry = archive.next()
    if entry is None or entry.name != MANIFEST or not _is_plain(entry) or entry.size > MOST_BYTES:
        raise StoreError(f"{path} is no backup of a store: it does not begin with {MANIFEST}")
    return parse_manifest(_open(archive, entry, path).read(), where=path)


def _files_in_archive(archive: tarfile.TarFile, path: Path, manifest: Manifest) -> Iterator[tuple[str, IO[bytes]]]:
    seen: set[str] = set()
    while entry := archive.next():
        name = entry.name
        if not _is_plain(entry) or name not in manifest.files or name in seen:
            raise StoreError(f"{path} is no backup of a store: {name[:80]!r} does not belong into it")
        seen.add(name)
        yield name, _open(archive, entry, path)


def _is_plain(entry: tarfile.TarInfo) -> bool:
    """Return whether an entry is a file of its own whose bytes are all there: no link, no device, nothing sparse."""
    return entry.isreg() and not entry.issparse()


def _open(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> IO[bytes]:
    content = archive.extractfile(entry)
    if content is None:
        raise StoreError(f"{path} is no backup of a store: {entry.name[:80]!r} cannot be read")
    return content
