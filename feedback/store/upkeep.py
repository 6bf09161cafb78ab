"""Upkeep: small files become large ones, and what no reader of the last days needs is taken away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from feedback.errors import SettingsError
from feedback.schemas import TABLES
from feedback.store.commits import compact_rows
from feedback.store.run import Run, run_from_row
from feedback.store.snapshot import Snapshot
from feedback.store.sums import prune_sums, record_sums
from feedback.store.vacuum import remove_before
from feedback.store.writer import Writer

KEEP = timedelta(days=7)
# Nobody reads one snapshot for as long as this; with less, what a reader is at could go. Zero is said on purpose.
_LEAST_KEEP = timedelta(hours=1)


@dataclass(frozen=True)
class Upkeep:
    """What an upkeep did.

    `run` is its number. `compacted` says of each table that now has fewer files how many it had and has;
    `n_files` data files and `n_log_entries` commits and checkpoints were taken away, `n_bytes` in all.
    """

    run: int
    compacted: Mapping[str, tuple[int, int]] = field(hash=False)
    n_files: int
    n_log_entries: int
    n_bytes: int


def is_due(
    snapshot: Snapshot, *, clock: datetime, every: timedelta = timedelta(days=1), most_commits: int = 200
) -> bool:
    """Return whether a day has passed since the last upkeep (or the first run), or a table has many small files.

    A commit leaves one small file or so: they are told by the commits since then, which opens no table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from feedback.store.snapshot import latest_snapshot
    >>> is_due(latest_snapshot(Path("no/such/folder")), clock=datetime(2026, 1, 5))
    False
    """
    runs = snapshot.table("runs").sort("run")
    last = pl.concat([runs.head(1), runs.filter(pl.col("command") == "upkeep").tail(1)]).collect()
    if last.is_empty():
        return False
    since = run_from_row(last.row(-1, named=True))
    known = {**since.pins, **since.heads}
    grown = [version - known.get(name, 0) for name, version in snapshot.versions.items()]
    return clock - since.finished_at >= every or max(grown, default=0) >= most_commits


def tidy_tables(
    writer: Writer, *, clock: datetime, keep: timedelta = KEEP, on_step: Callable[[str], None] = lambda _: None
) -> Upkeep:
    """Return what became of all tables: small files compacted, what no recent snapshot needs taken away.

    A snapshot is recent when it was the latest one at some time in the last `keep`. It stays readable, and
    so does the latest, whatever its age. Older ones then read as expired. No row of a latest table is lost:
    all label versions stay, and what people append meanwhile is kept.

    Parameters
    ----------
    writer
        Holds the writer lock; a run of its own, `upkeep`, is committed.
    clock
        Now.
    keep
        For how long what was replaced can still be read: at least an hour, or not at all, which stops whoever is
        reading an older snapshot.
    on_step
        Called with the name of each table before it is compacted.

    Raises
    ------
    SettingsError
        When `keep` is less than an hour, and not zero.
    StoreError
        When a table cannot be read or written.
    """
    if keep < _LEAST_KEEP and keep:
        raise SettingsError(f"upkeep must keep what was read in the last hour, or nothing; keep is {keep}")
    path = writer.snapshot.path
    oldest = _oldest_versions(writer.snapshot, clock - keep)
    files = {}
    for name in TABLES:
        on_step(name)
        files[name] = compact_rows(path / name, name)
    removed = [remove_before(path / name, name, version) for name, version in oldest.items()]
    for name in TABLES:
        record_sums(path / name)
        prune_sums(path / name)
    done = {
        "n_files": sum(table.n_files for table in removed),
        "n_log_entries": sum(table.n_log_entries for table in removed),
        "n_bytes": sum(table.n_bytes for table in removed),
    }
    compacted = {name: (before, after) for name, (before, after) in files.items() if after < before}
    return Upkeep(_commit(writer, clock, {"n_compacted": len(compacted), **done}), compacted, **done)


def _oldest_versions(snapshot: Snapshot, since: datetime) -> dict[str, int]:
    """Return the oldest version of each table that a snapshot needs which was the latest one after `since`."""
    runs = snapshot.table("runs").select("run", "finished_at", "pins", "heads").sort("run")
    followed_at = pl.col("finished_at").shift(-1)
    recent = runs.filter((followed_at >= since).fill_null(value=True)).head(1).select("pins", "heads").collect()
    return {pair["table"]: pair["version"] for pairs in recent.rows() for part in pairs for pair in part}


def _commit(writer: Writer, clock: datetime, counts: Mapping[str, int]) -> int:
    last = writer.snapshot.run or Run(0, "none", clock, clock)
    return writer.commit(
        command="upkeep",
        started_at=clock,
        finished_at=clock,
        watermark=last.watermark,
        label_version=last.label_version,
        sources=last.sources,
        counts=counts,
    )
