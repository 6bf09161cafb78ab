"""Writing a Delta table: each function is one atomic commit, or none when there is nothing to write."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.table import TableMerger

from feedback.errors import SchemaError, StoreError, name_some
from feedback.schemas import check_table, empty_table, find_table
from feedback.store.run import PINNED
from feedback.store.storable import check_storable, quote_name
from feedback.store.versions import Version, find_head, read_version, scan_version

# Others may append to people's tables at the same moment; each conflict means that one of them got through.
_ATTEMPTS = 20
_FILE_BYTES = 128 * 2**20
# Row groups small enough to be skipped and to be read by several threads; zstd halves what snappy leaves of text.
_PARQUET = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=250_000)


def append_rows(folder: Path, name: str, frame: pl.DataFrame, *, marks: Mapping[str, str] | None = None) -> None:
    """Add rows to a table, in its declared order; columns it did not have are added, null for the rows before.

    The `marks` are kept with the commit, in the history of the table.

    Raises
    ------
    SchemaError
        When the rows are not what the table may hold, or a column has another type than the stored rows.
    StoreError
        When the table cannot be written.
    """
    head = find_head(folder)
    stored = read_version(folder, name, head.version).schema if head else None
    rows = _make_ready(name, frame, stored)
    if rows.is_empty():
        return
    how = {"mode": "append", "schema_mode": "merge", "commit_properties": _mark(marks)}
    _commit(name, lambda: _write(folder, name, rows, **how))


def replace_rows(folder: Path, name: str, frame: pl.DataFrame, *, marks: Mapping[str, str] | None = None) -> None:
    """Make these rows and columns the whole table.

    The `marks` are kept with the commit, in the history of the table.

    Raises
    ------
    SchemaError
        When the rows are not what the table may hold.
    StoreError
        When the table cannot be written.
    """
    rows = _make_ready(name, frame)
    how = {"mode": "overwrite", "schema_mode": "overwrite", "commit_properties": _mark(marks)}
    _commit(name, lambda: _write(folder, name, rows, **how))


def delete_rows(folder: Path, name: str, keys: pl.DataFrame) -> None:
    """Delete the rows that agree with a row of `keys` in all its columns; only the files that hold them are rewritten.

    Raises
    ------
    SchemaError
        When the table lacks one of the columns, or has it with another type.
    StoreError
        When the table cannot be written.
    """
    if match := _match_keys(folder, name, keys):
        _commit(name, lambda: _delete(folder, keys.unique(), match))


def blank_rows(folder: Path, name: str, keys: pl.DataFrame, columns: Sequence[str]) -> None:
    """Make these columns null in the rows that agree with a row of `keys` in all its columns.

    Only the files that hold such rows are written anew; other columns and rows stay as they are.

    Raises
    ------
    SchemaError
        When the table lacks one of the columns of `keys`, or has it with another type.
    StoreError
        When the table cannot be written.
    """
    if match := _match_keys(folder, name, keys):
        _commit(name, lambda: _blank(folder, keys.unique(), match, columns))


def compact_rows(folder: Path, name: str, *, most_sorted_bytes: int = 32 * 2**20) -> tuple[int, int]:
    """Return how many files the table had and has now: small files become large ones, the rows stay as they are.

    A derived table of up to `most_sorted_bytes` (as stored; in memory it takes several times as much) is written
    anew in its declared order. Others are compacted file by file, beside which people may append. Versions
    from before keep their files.

    Raises
    ------
    StoreError
        When the table cannot be read or written.
    """
    head = find_head(folder)
    before = read_version(folder, name, head.version) if head else Version((), empty_table(name).schema)
    if head is None or len(before.files) < 2:
        return len(before.files), len(before.files)
    if name in PINNED and sum(file.stat().st_size for file in before.files) <= most_sorted_bytes:
        rows = scan_version(before).collect().sort(find_table(name).order)
        _commit(name, lambda: _write(folder, name, rows, mode="overwrite", schema_mode="overwrite"))
    else:
        _commit(name, lambda: DeltaTable(folder).optimize.compact(target_size=_FILE_BYTES, writer_properties=_PARQUET))
    # Whoever opens the table need not read the log of the many small commits again.
    _commit(name, lambda: DeltaTable(folder).create_checkpoint())
    return len(before.files), len(DeltaTable(folder).file_uris())


def restore_rows(folder: Path, name: str, version: int) -> None:
    """Make the rows of an earlier version the whole table again.

    Raises
    ------
    StoreError
        When that version has expired, or the table cannot be written.
    """
    read_version(folder, name, version)
    _commit(name, lambda: DeltaTable(folder).restore(version))


def roll_back(folder: Path, name: str, pin: int | None) -> bool:
    """Return whether the table had gone past its pin; it then holds again what it held there.

    A table that was never pinned is emptied. Its files stay until they are vacuumed.

    Raises
    ------
    StoreError
        When the table is behind its pin, is gone, or the pinned version has expired.
    """
    head = find_head(folder)
    if (head.version if head else -1) < (-1 if pin is None else pin):
        raise StoreError(f"table {name} is damaged: the latest run left it at version {pin}, which is gone")
    if head is None or head.version == pin:
        return False
    if pin is None:
        return _empty(folder, name, head.version)
    return _restore(folder, name, pin)


def _match_keys(folder: Path, name: str, keys: pl.DataFrame) -> str | None:
    """Return what rows of the table (`old`) and of the keys (`gone`) agree in; null when there can be none."""
    head = find_head(folder)
    if head is None or keys.is_empty():
        return None
    stored = read_version(folder, name, head.version).schema
    unknown = [column for column in keys.columns if column not in stored]
    if unknown:
        raise SchemaError(f"table {name} has no column {name_some(unknown)} to delete by")
    check_storable(name, keys.schema, stored)
    return " AND ".join(f"old.{quote_name(column)} = gone.{quote_name(column)}" for column in keys.columns)


def _mark(marks: Mapping[str, str] | None) -> CommitProperties:
    return CommitProperties(custom_metadata=dict(marks or {}))


def make_checkpoint(folder: Path, name: str) -> None:
    """Write the newest version of a table down whole, so that its log before it is not needed to read it.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    _commit(name, lambda: DeltaTable(folder).create_checkpoint())


def bury_last_commit(folder: Path, name: str) -> None:
    """Add a commit without data when the last one quotes values: what was deleted, by its keys.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    head = find_head(folder)
    if head is None or not _quotes_values(folder, head.version):
        return
    _commit(name, lambda: DeltaTable(folder).alter.set_table_properties({"delta.checkpointInterval": "20"}))


def _quotes_values(folder: Path, version: int) -> bool:
    entry = folder / "_delta_log" / f"{version:020}.json"
    return entry.is_file() and '"predicate"' in entry.read_text(encoding="utf-8").replace('\\"', '"')


def _make_ready(name: str, frame: pl.DataFrame, stored: pl.Schema | None = None) -> pl.DataFrame:
    rows = check_table(name, frame)
    check_storable(name, rows.schema, stored)
    return rows.sort(find_table(name).order)


def _write(folder: Path, name: str, rows: pl.DataFrame, **how) -> None:
    table = find_table(name)
    settings = {
        # The log repeats least and greatest values of these columns only: not of user text.
        "delta.dataSkippingStatsColumns": ",".join(dict.fromkeys((*table.key, *table.order))),
        # Would count from the newest version, and so could take away a pinned one.
        "delta.enableExpiredLogCleanup": "false",
        # Opening a table replays its log from the last checkpoint: kept short, a small run takes half the time.
        "delta.checkpointInterval": "20",
    }
    write_deltalake(
        folder, rows, configuration=settings, target_file_size=_FILE_BYTES, writer_properties=_PARQUET, **how
    )


def _delete(folder: Path, keys: pl.DataFrame, match: str) -> None:
    _merge(folder, keys, match).when_matched_delete().execute()


def _blank(folder: Path, keys: pl.DataFrame, match: str, columns: Sequence[str]) -> None:
    _merge(folder, keys, match).when_matched_update({quote_name(column): "NULL" for column in columns}).execute()


def _merge(folder: Path, keys: pl.DataFrame, match: str) -> TableMerger:
    return DeltaTable(folder).merge(
        keys, match, source_alias="gone", target_alias="old", writer_properties=_PARQUET, streamed_exec=False
    )


def _empty(folder: Path, name: str, version: int) -> bool:
    if not read_version(folder, name, version).files:
        return False
    replace_rows(folder, name, empty_table(name))
    return True


def _restore(folder: Path, name: str, pin: int) -> bool:
    read_version(folder, name, pin)
    last = DeltaTable(folder).history(1)[0]
    restored = last["operation"] == "RESTORE" and last["operationParameters"].get("version") == str(pin)
    if not restored:
        _commit(name, lambda: DeltaTable(folder).restore(pin))
    return not restored


def _commit(name: str, write: Callable[[], object]) -> None:
    """Write, and again when others committed in between: a commit that conflicts leaves nothing behind."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            write()
            return
        except CommitFailedError as error:
            if attempt == _ATTEMPTS:
                raise StoreError(f"table {name} was written by others {attempt} times meanwhile; try again") from error
        except (DeltaError, OSError) as error:
            raise StoreError(f"table {name} cannot be written: {type(error).__name__}; is the disk full?") from error
