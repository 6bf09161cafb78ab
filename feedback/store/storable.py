"""Which column types a store can keep, and what DuckDB calls them."""

import polars as pl
from polars.datatypes import DataTypeClass

from feedback.errors import SchemaError

_SQL_NAMES: dict[pl.DataType | DataTypeClass, str] = {
    pl.String(): "VARCHAR",
    pl.Boolean(): "BOOLEAN",
    pl.Int8(): "TINYINT",
    pl.Int16(): "SMALLINT",
    pl.Int32(): "INTEGER",
    pl.Int64(): "BIGINT",
    pl.Float32(): "FLOAT",
    pl.Float64(): "DOUBLE",
    pl.Date(): "DATE",
    pl.Datetime("us", "UTC"): "TIMESTAMPTZ",
}


def sql_type(data_type: pl.DataType | DataTypeClass) -> str | None:
    """Return the DuckDB name of a type; null when a store cannot keep columns of it unchanged.

    Examples
    --------
    >>> sql_type(pl.List(pl.Struct({"table": pl.String, "version": pl.Int64})))
    'STRUCT("table" VARCHAR, "version" BIGINT)[]'
    >>> sql_type(pl.UInt32()) is None
    True
    """
    if isinstance(data_type, pl.List):
        inner = sql_type(data_type.inner)
        return inner and f"{inner}[]"
    if isinstance(data_type, pl.Struct):
        fields = {field.name: sql_type(field.dtype) for field in data_type.fields}
        named = ", ".join(f"{quote_name(name)} {inner}" for name, inner in fields.items())
        return f"STRUCT({named})" if fields and all(fields.values()) else None
    return _SQL_NAMES.get(data_type)


def quote_name(name: str) -> str:
    """Return a column or table name as DuckDB wants it quoted.

    Examples
    --------
    >>> quote_name('the "best"')
    '"the ""best""\"'
    """
    return '"' + name.replace('"', '""') + '"'


def check_storable(table: str, found: pl.Schema, stored: pl.Schema | None = None) -> None:
    """Return nothing when columns of these types can be kept, and go with those stored already.

    Raises
    ------
    SchemaError
        When a column has a type that a store cannot keep, or another type than the stored rows.

    Examples
    --------
    >>> check_storable("events", pl.Schema({"model": pl.Null()}))
    Traceback (most recent call last):
    feedback.errors.SchemaError: table events: column model has type Null, which cannot be stored; cast it to one of ...
    """
    before = stored or pl.Schema()
    for name, data_type in found.items():
        if sql_type(data_type) is None:
            kept = ", ".join(str(kind) for kind in _SQL_NAMES)
            raise SchemaError(
                f"table {table}: column {name} has type {data_type}, which cannot be stored;"
                f" cast it to one of {kept}, or a List or Struct of them"
            )
        if before.get(name, data_type) != data_type:
            raise SchemaError(
                f"table {table}: column {name} is stored as {before[name]}, the new rows have {data_type}"
            )
    _check_distinct(table, {*before, *found})


def _check_distinct(table: str, names: set[str]) -> None:
    """Raise when two names differ in case only: Delta Lake and DuckDB take them for one."""
    seen: dict[str, str] = {}
    for name in sorted(names):
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise SchemaError(f"table {table}: columns {other} and {name} differ in case only; rename one")
