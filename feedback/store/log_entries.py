"""What the log of a table names: its commits, its checkpoints, and the data files they brought."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from feedback.errors import StoreError

LOG = "_delta_log"
_ENTRY = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)")


def list_entries(folder: Path) -> list[tuple[int, Path]]:
    """Return the commits and checkpoints of a table, each with its version, oldest first.

    Examples
    --------
    >>> list_entries(Path("no/such/folder"))
    []
    """
    log = folder / LOG
    if not log.is_dir():
        return []
    return sorted((int(match[1]), entry) for entry in log.iterdir() if (match := _ENTRY.fullmatch(entry.name)))


def names_added(entries: Iterable[Path]) -> set[str]:
    """Return the names of the data files that these commits and checkpoints add.

    Raises
    ------
    StoreError
        When an entry is damaged; it is named.
    """
    return set().union(*(_names_in(entry) for entry in entries))


def names_added_after(folder: Path, version: int) -> set[str]:
    """Return the names of the data files that any commit after a version brought.

    Raises
    ------
    StoreError
        When an entry is damaged.
    """
    later = (entry for number, entry in list_entries(folder) if number > version and entry.suffix == ".json")
    return names_added(later)


def _names_in(entry: Path) -> set[str]:
    try:
        if entry.suffix == ".parquet":
            return set(pl.read_parquet(entry, columns=["add"])["add"].struct.field("path").drop_nulls())
        actions = [json.loads(line) for line in entry.read_text(encoding="utf-8").splitlines()]
        return {action["add"]["path"] for action in actions if "add" in action}
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise StoreError(f"table {entry.parents[1].name} is damaged: {entry.name} of its log cannot be read") from error
