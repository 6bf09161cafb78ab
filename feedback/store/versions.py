"""Reading one version of one Delta table: which files it is made of, and the rows in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from feedback.errors import StoreError, name_some
from feedback.schemas import find_table

_COMMIT = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)")


class Head(NamedTuple):
    """The newest version of a table, and when it was written: tells a table from one made anew in its place."""

    version: int
    written_ns: int


class WrittenFile(NamedTuple):
    """A data file, and how long it was when it was written."""

    path: Path
    n_bytes: int


@dataclass(frozen=True)
class Version:
    """The Parquet files of one version of a table, and the columns they hold together."""

    files: tuple[Path, ...]
    schema: pl.Schema


def find_head(folder: Path) -> Head | None:
    """Return the newest version of a table, null when it was never written. Lists the log, opens nothing.

    Examples
    --------
    >>> find_head(Path("no/such/folder")) is None
    True
    """
    log = folder / "_delta_log"
    if not log.is_dir():
        return None
    commits = {int(match[1]): entry for entry in log.iterdir() if (match := _COMMIT.fullmatch(entry.name))}
    if not commits:
        return None
    newest = max(commits)
    return Head(newest, commits[newest].stat().st_mtime_ns)


def read_version(folder: Path, name: str, version: int) -> Version:
    """Return the files and columns of a version: declared columns first, then further ones by name.

    Raises
    ------
    StoreError
        When the log of the table is damaged, a file is not as long as it was written, or the version has expired:
        its log or files are gone.
    """
    table = open_version(folder, name, version)
    written = _files_of(table, folder)
    found = pl.Schema(table.schema().to_arrow())
    _check_files(name, version, written)
    declared = find_table(name).columns
    further = sorted(set(found.names()) - set(declared))
    schema = pl.Schema({**declared, **{column: found[column] for column in further}})
    return Version(tuple(file.path for file in written), schema)


def open_version(folder: Path, name: str, version: int) -> DeltaTable:
    """Return a version of a table as Delta Lake opens it; its files are not looked at.

    Raises
    ------
    StoreError
        When the log of the table is damaged, or the part of it that says so is gone.
    """
    try:
        return DeltaTable(folder, version=version)
    except DeltaError as error:
        raise StoreError(
            f"version {version} of table {name} cannot be read: it has expired, or {folder / '_delta_log'} is damaged"
        ) from error


def list_files(folder: Path, name: str, version: int) -> tuple[WrittenFile, ...]:
    """Return the files of a version, whether or not they are still there.

    Raises
    ------
    StoreError
        As `open_version`.
    """
    return _files_of(open_version(folder, name, version), folder)


def stored_columns(folder: Path, name: str, version: int) -> pl.Schema:
    """Return the columns of a version as they are stored, whatever is declared.

    Raises
    ------
    StoreError
        As `open_version`.
    """
    return pl.Schema(open_version(folder, name, version).schema().to_arrow())


def size_of(file: Path) -> int | None:
    """Return the length of a file in bytes, null when there is none.

    Examples
    --------
    >>> size_of(Path("no/such/file")) is None
    True
    """
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return None


def _files_of(table: DeltaTable, folder: Path) -> tuple[WrittenFile, ...]:
    added = pl.DataFrame(table.get_add_actions()).select("path", "size_bytes")
    return tuple(WrittenFile(folder / path, n_bytes) for path, n_bytes in added.iter_rows())


def _check_files(name: str, version: int, files: Sequence[WrittenFile]) -> None:
    """Raise unless every file is there and as long as it was written."""
    sizes = [size_of(file.path) for file in files]
    missing = sizes.count(None)
    if missing:
        raise StoreError(
            f"version {version} of table {name} has expired: {missing} of its {len(files)} files are gone;"
            " feedback store check says whether anything is lost"
        )
    other = [file.path.name for file, size in zip(files, sizes, strict=True) if size != file.n_bytes]
    if other:
        raise StoreError(
            f"table {name} is damaged: {name_some(other)} is not as long as it was written;"
            " feedback store check says what else is, feedback store restore mends it"
        )


def scan_version(version: Version) -> pl.LazyFrame:
    """Return the rows of a version; a column that a file does not have yet is null for its rows.

    Examples
    --------
    >>> scan_version(Version((), pl.Schema({"cluster": pl.Int64()}))).collect().shape
    (0, 1)
    """
    if not version.files:
        return pl.LazyFrame(schema=version.schema)
    return pl.scan_parquet(
        list(version.files), schema=version.schema, missing_columns="insert", glob=False, hive_partitioning=False
    )
