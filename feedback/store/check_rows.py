"""Whether the rows of a table are what is declared: its columns, its rules, its key."""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from feedback.schemas import find_table
from feedback.store.finding import RESTORE, Finding, some_ids
from feedback.store.snapshot import Snapshot
from feedback.store.versions import Version, scan_version, stored_columns

# Rows looked at together: as many as a row group holds.
_AT_ONCE = 250_000
_KEY_RULE = "primary_key"
_MIGRATE = "a store of an older version: feedback store migrate; else " + RESTORE


def check_rows(snapshot: Snapshot, name: str) -> Iterator[Finding]:
    """Return what is wrong with the rows of a table; its files are there and whole."""
    if name not in snapshot.versions:
        return
    yield from _check_columns(snapshot, name)
    version = snapshot.find_version(name)
    unreadable = [file.name for file in version.files if not _can_be_read(file, version)]
    if unreadable:
        yield Finding(name, "files", "every file can be read", f"{len(unreadable)} cannot", some_ids(unreadable))
        return
    yield from _check_rules(version, name)
    yield from _check_key(version, name)


def _check_columns(snapshot: Snapshot, name: str) -> Iterator[Finding]:
    declared, table = find_table(name).columns, find_table(name)
    stored = stored_columns(snapshot.path / name, name, snapshot.versions[name])
    other = [column for column, dtype in declared.items() if stored.get(column, dtype) != dtype]
    if other:
        yield Finding(name, "columns", "types are as declared", f"{len(other)} are not", some_ids(other), _MIGRATE)
    further = sorted(set(stored) - set(declared))
    if further and table.carries == "nothing":
        yield Finding(
            name, "columns", "no column but the declared ones", f"{len(further)} more", some_ids(further), _MIGRATE
        )


def _can_be_read(file, version: Version) -> bool:
    try:
        scan_version(Version((file,), version.schema)).select(pl.all().null_count()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True


def _check_rules(version: Version, name: str) -> Iterator[Finding]:
    """Return the rules of the declared columns that rows break, with the keys of some of them."""
    n_broken: Counter[str] = Counter()
    ids: dict[str, list[str]] = {}
    for rows in _batches(version):
        failure = find_table(name).schema.filter(rows).failure
        for rule, n in failure.counts().items():
            if rule != _KEY_RULE:
                n_broken[rule] += n
                ids.setdefault(rule, []).extend(_name_rows(failure.details().filter(pl.col(rule) == "invalid"), name))
    for rule, n in n_broken.items():
        yield Finding(name, "values", f"{rule.replace('|', ': ')} holds", f"not in {n} rows", some_ids(ids[rule]),
                      _MIGRATE)  # fmt: skip


def _batches(version: Version) -> Iterator[pl.DataFrame]:
    declared = scan_version(version)
    n_rows = declared.select(pl.len()).collect().item()
    for start in range(0, n_rows, _AT_ONCE):
        yield declared.slice(start, _AT_ONCE).collect()


def _check_key(version: Version, name: str) -> Iterator[Finding]:
    """Return the keys that are there more than once; what two people wrote at one moment, word for word, is one."""
    table = find_table(name)
    key, rows = list(table.key), scan_version(version)
    n_rows, n_keys = rows.select(pl.len(), pl.struct(key).hash().n_unique().alias("n")).collect().row(0)
    if n_keys == n_rows:
        return
    written = rows.unique() if table.is_human else rows
    twice = written.group_by(key).len().filter(pl.col("len") > 1).sort(key).collect()
    if twice.height:
        yield Finding(name, "keys", "every key is there once", f"{twice.height} are there more than once",
                      some_ids(_name_rows(twice.head(5), name)))  # fmt: skip


def _name_rows(rows: pl.DataFrame, name: str) -> list[str]:
    """Return the keys of rows, as text."""
    keys = rows.select(pl.col(find_table(name).key).cast(pl.String, strict=False)).head(5)
    return [", ".join(part or "null" for part in row) for row in keys.iter_rows()]
