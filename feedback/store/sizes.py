"""How much room a store takes."""

import polars as pl

from feedback.schemas import TABLES
from feedback.store.log_entries import list_entries
from feedback.store.snapshot import Snapshot
from feedback.store.versions import list_files

SIZES = pl.Schema({"table": pl.String, "n_files": pl.Int64, "n_read": pl.Int64, "n_log_entries": pl.Int64,
                   "n_bytes": pl.Int64})  # fmt: skip


def measure_tables(snapshot: Snapshot) -> pl.DataFrame:
    """Return the room each table takes: one row per table that was ever written.

    `n_files` data files lie in its folder, of which readers of the snapshot open `n_read`; `n_log_entries` are its
    commits and checkpoints; `n_bytes` is all of it together.

    Examples
    --------
    >>> from pathlib import Path
    >>> from feedback.store.snapshot import latest_snapshot
    >>> measure_tables(latest_snapshot(Path("no/such/folder"))).height
    0
    """
    rows = [_measure(snapshot, name) for name in TABLES if name in snapshot.versions]
    return pl.DataFrame(rows, schema=SIZES, orient="row")


def _measure(snapshot: Snapshot, name: str) -> tuple[str, int, int, int, int]:
    folder = snapshot.path / name
    files = [path for path in folder.rglob("*") if path.is_file()]
    n_files = sum(path.parent == folder and ".parquet" in path.suffixes for path in files)
    n_read = len(list_files(folder, name, snapshot.versions[name]))
    return name, n_files, n_read, len(list_entries(folder)), sum(path.stat().st_size for path in files)
