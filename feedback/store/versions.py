"""Reading one version of one Delta table: which files it is made of, and the rows in them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from feedback.errors import StoreError
from feedback.schemas import find_table

_COMMIT = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)")


class Head(NamedTuple):
    """The newest version of a table, and when it was written: tells a table from one made anew in its place."""

    version: int
    written_ns: int


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
        When the log of the table is damaged, or the version has expired: its log or files are gone.
    """
    try:
        table = DeltaTable(folder, version=version)
        # A file name never needs escaping; the folder in front of it may, and comes percent-encoded.
        files = tuple(folder / uri.rsplit("/", 1)[-1] for uri in table.file_uris())
        found = pl.Schema(table.schema().to_arrow())
    except DeltaError as error:
        raise StoreError(
            f"version {version} of table {name} cannot be read: it has expired, or {folder / '_delta_log'} is damaged"
        ) from error
    missing = sum(not file.is_file() for file in files)
    if missing:
        raise StoreError(f"version {version} of table {name} has expired: {missing} of its {len(files)} files are gone")
    declared = find_table(name).columns
    further = sorted(set(found.names()) - set(declared))
    return Version(files, pl.Schema({**declared, **{column: found[column] for column in further}}))


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
