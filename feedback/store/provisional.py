"""Rows that only stand until the next run: written last, so that taking them back is undoing one commit."""

from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from feedback.store.commits import append_rows, delete_rows, restore_rows

_MARK = {"provisional": "true"}
# How far back a restored commit is looked for; further back the rows are deleted one by one instead.
_LOOKED_AT = 20


def append_provisional(folder: Path, name: str, frame: pl.DataFrame) -> None:
    """Add rows to a table that `withdraw_provisional` can take back at little cost.

    Raises
    ------
    SchemaError, StoreError
        As `append_rows`.
    """
    append_rows(folder, name, frame, marks=_MARK)


def withdraw_provisional(folder: Path, name: str, keys: pl.DataFrame) -> None:
    """Take the provisional rows away, which are those with these keys; other rows stay untouched.

    While nothing was written since, the table goes back to the version before them, and no file is read.
    Otherwise, say when the table was compacted, the rows are deleted by their keys.

    Raises
    ------
    StoreError
        When the table cannot be written.
    """
    if keys.is_empty():
        return
    before = _version_before(folder)
    if before is None:
        delete_rows(folder, name, keys)
    else:
        restore_rows(folder, name, before)


def _version_before(folder: Path) -> int | None:
    """Return the version before the provisional rows; null when the table does not end with them."""
    commits = {commit["version"]: commit for commit in DeltaTable(folder).history(_LOOKED_AT)}
    version = max(commits)
    while version in commits and commits[version]["operation"] == "RESTORE":
        version = int(commits[version]["operationParameters"]["version"])
    is_last = version in commits and all(commits[version].get(key) == value for key, value in _MARK.items())
    return version - 1 if is_last and version > 0 else None
