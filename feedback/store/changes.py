"""What changed in a table between two of its versions: only the files in which they differ are read."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from feedback.store.versions import Version, read_version, scan_version

_SAME = "hash: of the whole row"


@dataclass(frozen=True)
class Changes:
    """Rows that the later version has and the earlier one has not, and the other way round."""

    added: pl.LazyFrame
    removed: pl.LazyFrame


def find_changes(folder: Path, name: str, *, since: int, until: int) -> Changes:
    """Return the rows in which two versions of a table differ.

    Rows that were only moved from one file to another, when small files were compacted or a row beside
    them was deleted, are in neither: they are told by 64 bits of hash of all their values.

    Raises
    ------
    StoreError
        When one of the versions has expired.
    """
    before, after = read_version(folder, name, since), read_version(folder, name, until)
    gone, new = set(before.files) - set(after.files), set(after.files) - set(before.files)
    added, removed = (scan_version(Version(tuple(sorted(files)), after.schema)) for files in (new, gone))
    if not gone:
        return Changes(added, removed)
    columns = after.schema.names()
    hashed_added, hashed_removed = (
        rows.with_columns(pl.struct(columns).hash().alias(_SAME)) for rows in (added, removed)
    )
    return Changes(
        hashed_added.join(hashed_removed.select(_SAME), on=_SAME, how="anti").drop(_SAME),
        hashed_removed.join(hashed_added.select(_SAME), on=_SAME, how="anti").drop(_SAME),
    )
