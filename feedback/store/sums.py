"""Checksums of the files of a table, so that a damaged or a swapped one is told from the one we wrote.

They lie beside the table, in the form that `sha256sum --check` reads: one line per data file or log entry.
A file without a line (a process died before it wrote the line, or the store is older than the checksums)
cannot be told from a damaged one.
"""

from collections.abc import Callable, Iterable
from hashlib import file_digest
from pathlib import Path

from feedback.store.log_entries import LOG, list_entries, names_added

SUMS = "_sha256sums"


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read_sums(folder: Path) -> dict[str, str]:
    """Return the checksum of each file of a table that has one, by its name relative to the table.

    Examples
    --------
    >>> read_sums(Path("no/such/folder"))
    {}
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("  ") for line in lines)
    return {name: digest for digest, separator, name in pairs if separator and len(digest) == 64}


def record_sums(folder: Path, *, since: int = -1) -> None:
    """Write the checksums of what was committed after a version down; those of before stay as they are."""
    entries = [(version, entry) for version, entry in list_entries(folder) if version >= since]
    commits = [entry for version, entry in entries if version > since and entry.suffix == ".json"]
    named = {f"{LOG}/{entry.name}" for _, entry in entries} | names_added(commits)
    _append(folder, sorted(named - read_sums(folder).keys()))


def prune_sums(folder: Path) -> None:
    """Take away the lines of files that are gone."""
    kept = {name: digest for name, digest in read_sums(folder).items() if (folder / name).is_file()}
    if not (folder / SUMS).is_file():
        return
    draft = folder / f"{SUMS}.draft"
    draft.write_text(_format(kept.items()), encoding="utf-8")
    draft.replace(folder / SUMS)


def find_changed(folder: Path, names: Iterable[str], *, on_file: Callable[[str], None] = lambda _: None) -> list[str]:
    """Return which of these files no longer are what their checksum says; one without a checksum is not among them."""
    sums = read_sums(folder)
    changed = []
    for name in names:
        on_file(name)
        path = folder / name
        if name in sums and path.is_file() and hash_file(path) != sums[name]:
            changed.append(name)
    return changed


def _append(folder: Path, names: list[str]) -> None:
    found = [(name, hash_file(folder / name)) for name in names if (folder / name).is_file()]
    if found:
        # One write at the end of the file, so that lines of processes that append together do not mix.
        with (folder / SUMS).open("ab", buffering=0) as file:
            file.write(_format(found).encode())


def _format(sums: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in sums)
