"""The tables as they belong together: every version named by one runs row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import polars as pl

from feedback.errors import UnknownNameError
from feedback.schemas import TABLES, empty_table, find_table
from feedback.store.database import query_tables
from feedback.store.run import Run, run_from_row
from feedback.store.versions import Head, Version, find_head, read_version, scan_version

# That somebody looked changes nothing of what is looked at: what is remembered of a snapshot by its heads stays good.
_SAYS_NOTHING = ("audit",)


@dataclass(frozen=True)
class Snapshot:
    """The store as one run left it. Never changes, whatever is written meanwhile.

    `run` is null before the first run; `versions` holds the version of each table that was ever written.
    """

    path: Path
    run: Run | None
    heads: tuple[tuple[str, Head], ...]
    versions: Mapping[str, int] = field(hash=False)

    @property
    def version(self) -> int:
        """Number of the run, 0 before the first."""
        return self.run.run if self.run else 0

    def table(self, name: str) -> pl.LazyFrame:
        """Return a table as in `Store.table`."""
        return scan_version(self.find_version(name))

    def sql(self, query: str, parameters: Sequence | Mapping | None = None) -> pl.DataFrame:
        """Return what a DuckDB SELECT gives, as in `Store.sql`."""
        return query_tables(self._asked_of(query), query, parameters)

    def find_version(self, name: str) -> Version:
        """Return the files and columns of a table; no files when it was never written."""
        find_table(name)
        if name not in self.versions:
            return Version((), empty_table(name).schema)
        return read_version(self.path / name, name, self.versions[name])

    def _asked_of(self, query: str) -> "Snapshot":
        """Return the snapshot without what changes often and the query does not name: its database is kept then."""
        asked = {name: version for name, version in self.versions.items()
                 if name not in _SAYS_NOTHING or name in query.lower()}  # fmt: skip
        return replace(self, versions=asked)


def latest_snapshot(path: Path) -> Snapshot:
    """Return the latest run's derived tables, and people's tables as they are now."""
    heads = _find_heads(path)
    run = _last_run(path, heads.get("runs"))
    newest = {name: head.version for name, head in heads.items()}
    told = tuple((name, head) for name, head in heads.items() if name not in _SAYS_NOTHING)
    return Snapshot(path, run, told, {**(run.pins if run else {}), **newest})


def past_snapshot(path: Path, number: int) -> Snapshot:
    """Return the derived tables of a run, and people's tables as it read them.

    Raises
    ------
    UnknownNameError
        When there is no run of that number.
    """
    latest = latest_snapshot(path)
    rows = latest.table("runs").filter(pl.col("run") == number).collect()
    if rows.is_empty():
        raise UnknownNameError(f"there is no run {number}; the latest is {latest.version}")
    run = run_from_row(rows.row(0, named=True))
    return Snapshot(path, run, latest.heads, {**run.pins, **run.heads, "runs": latest.versions["runs"]})


def _find_heads(path: Path) -> dict[str, Head]:
    """Return the heads of `runs`, first, and of people's tables: what is read at its head."""
    names = ("runs", *(name for name, table in TABLES.items() if table.is_human))
    heads = {name: find_head(path / name) for name in names}
    return {name: head for name, head in heads.items() if head}


@lru_cache(maxsize=8)
def _last_run(path: Path, head: Head | None) -> Run | None:
    """Return the run the head of `runs` ends with; looked up once, as a commit never changes."""
    if head is None:
        return None
    rows = scan_version(read_version(path / "runs", "runs", head.version)).sort("run").tail(1).collect()
    return run_from_row(rows.row(0, named=True)) if rows.height else None
