"""DuckDB over the files of one snapshot: in memory, read-only, and shut off from everything else."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from feedback.errors import SettingsError, StoreError
from feedback.schemas import TABLES
from feedback.store.storable import quote_name, sql_type
from feedback.store.versions import Version


class Tables(Protocol):
    """Something hashable that knows which files a table is made of."""

    def __hash__(self) -> int: ...

    def find_version(self, name: str) -> Version:
        """Return the files and columns of a table."""
        ...


def query_tables(tables: Tables, query: str, parameters: Sequence | Mapping | None = None) -> pl.DataFrame:
    """Return what a SELECT over the tables gives; times are in UTC.

    The database is kept from call to call, and made anew when the snapshot is another one.

    Raises
    ------
    SettingsError
        When the query is not one SELECT, or DuckDB cannot run it; never quotes what the tables hold.
    StoreError
        When a table cannot be read, or the snapshot has expired.
    """
    with open_database(tables).cursor() as cursor:
        try:
            _check_is_select(cursor.extract_statements(query))
            return _in_utc(cursor.sql(query, params=parameters).pl())
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise SettingsError(f"the query cannot be run: {str(error).splitlines()[0]}") from error
        except duckdb.Error as error:
            # Its message may quote a value, which may be what somebody wrote.
            failure = type(error).__name__
    for name in TABLES:
        tables.find_version(name)  # which says so when the snapshot has expired
    raise SettingsError(f"the query failed on what the tables hold: {failure}")


@lru_cache(maxsize=4)
def open_database(tables: Tables) -> duckdb.DuckDBPyConnection:
    """Return a database with one view per table that can open the files of these tables and nothing else.

    Raises
    ------
    StoreError
        When a table cannot be read.
    """
    versions = {name: tables.find_version(name) for name in TABLES}
    files = [file for version in versions.values() for file in version.files]
    connection = duckdb.connect(":memory:")
    for setting in (
        "TimeZone = 'UTC'",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "temp_directory = ''",
        f"allowed_paths = {_list_files(files)}",
        "enable_external_access = false",
    ):
        connection.execute(f"SET {setting}")
    for name, version in versions.items():
        _create_view(connection, name, version)
    connection.execute("SET lock_configuration = true")
    return connection


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, version: Version) -> None:
    try:
        connection.execute(f"CREATE VIEW {quote_name(name)} AS {_select_all(version)}")
    except duckdb.Error as error:
        raise StoreError(f"table {name} is damaged: DuckDB cannot read its files: {type(error).__name__}") from None


def _select_all(version: Version) -> str:
    """Return a SELECT of the table; its first half has no rows and fixes names, types and order."""
    columns = ", ".join(f"NULL::{sql_type(kind)} AS {quote_name(name)}" for name, kind in version.schema.items())
    blank = f"SELECT {columns} WHERE false"
    if not version.files:
        return blank
    files = _list_files(version.files)
    return f"{blank} UNION ALL BY NAME FROM read_parquet({files}, union_by_name = true, hive_partitioning = false)"


def _list_files(files: Sequence[Path]) -> str:
    quoted = ("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"[{', '.join(quoted)}]"


def _check_is_select(statements: list[duckdb.Statement]) -> None:
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise SettingsError("a query must be one SELECT; tables are written through the store")


def _in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the one name for UTC that our tables use; DuckDB says `Etc/UTC`."""
    return frame.cast({name: _rename_utc(kind) for name, kind in frame.schema.items()})


def _rename_utc(kind: pl.DataType) -> pl.DataType:
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        return pl.Datetime(kind.time_unit, "UTC")
    if isinstance(kind, pl.List):
        return pl.List(_rename_utc(kind.inner))  # pyright: ignore[reportArgumentType]
    if isinstance(kind, pl.Struct):
        return pl.Struct({part.name: _rename_utc(part.dtype) for part in kind.fields})  # pyright: ignore[reportArgumentType]
    return kind
