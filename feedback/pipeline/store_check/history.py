"""What may only grow: final labels of one version, and what people wrote."""

from collections.abc import Iterator
from itertools import pairwise

from feedback.errors import StoreError
from feedback.pipeline.store_check.rule import Broken, Rule, tell
from feedback.schemas import TABLES, find_table
from feedback.store.changes import find_changes
from feedback.store.snapshot import Snapshot

REWRITING = ("forget", "retain", "migrate")
"""commands that may take rows away for good, as they were asked to"""
_HUMAN = tuple(name for name, table in TABLES.items() if table.is_human)


def _finals_stay(snapshot: Snapshot) -> Iterator[Broken]:
    yield from _rows_lost(snapshot, "labels", "pins", found="were altered or taken away after they were final")


def _people_stay(snapshot: Snapshot) -> Iterator[Broken]:
    for name in _HUMAN:
        yield from _rows_lost(snapshot, name, "heads", found="were altered or taken away after they were written")


def _rows_lost(snapshot: Snapshot, name: str, column: str, *, found: str) -> Iterator[Broken]:
    """Return the rows that one run read and a later one no longer did, as far back as can be read."""
    for before, after in _steps(snapshot, name, column):
        try:
            lost = find_changes(snapshot.path / name, name, since=before, until=after).removed
        except StoreError:
            continue  # that snapshot has expired
        yield tell(name, lost.select(find_table(name).key), found=found)


def _steps(snapshot: Snapshot, name: str, column: str) -> Iterator[tuple[int, int]]:
    """Return the versions of a table that runs read one after the other, without those that a command rewrote."""
    if name not in snapshot.versions:
        return
    runs = snapshot.table("runs").sort("run").select("command", column).collect()
    known = [(command, {pair["table"]: pair["version"] for pair in pairs}) for command, pairs in runs.iter_rows()]
    read = [(command, versions[name]) for command, versions in known if name in versions]
    read.append(("now", snapshot.versions[name]))
    for (_, before), (command, after) in pairwise(read):
        if before < after and command not in REWRITING:
            yield before, after


HISTORY = (
    Rule("finals stay", "within one label version final labels never change", ("labels", "runs"), _finals_stay),
    Rule("people's rows stay", "rows that people wrote are only ever added", (*_HUMAN, "runs"), _people_stay),
)
