"""Parquet files."""

from pathlib import Path

import polars as pl
import polars.selectors as cs
from polars.exceptions import ComputeError, PanicException, PolarsError

from feedback.errors import InputError
from feedback.sources.raw_log import Format, RawLog, list_broken, number_rows

_MARK = b"PAR1"
_WRAPPER = '{"x":'


def read_parquet(file: Path) -> RawLog:
    """Return the rows of a Parquet file.

    Nested values become JSON text, lengths of time seconds, bytes text (hexadecimal where they are no UTF-8).

    Raises
    ------
    InputError
        When it is no Parquet file, or is cut off or damaged.
    """
    _check_marks(file)
    try:
        frame = pl.read_parquet(file, glob=False, hive_partitioning=False)
    except (PolarsError, PanicException) as error:
        raise InputError(f"{file}: the Parquet file is damaged or uses what cannot be read") from error
    return RawLog(number_rows(_flatten(frame)), list_broken())


def _check_marks(file: Path) -> None:
    with file.open("rb") as stream:
        head = stream.read(4)
        size = stream.seek(0, 2)
        stream.seek(max(size - 4, 0))
        tail = stream.read(4)
    if head != _MARK:
        raise InputError(f"{file}: is not a Parquet file")
    if tail != _MARK or size < 12:
        raise InputError(f"{file}: the Parquet file is cut off")


def _flatten(frame: pl.DataFrame) -> pl.DataFrame:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    flat = frame.with_columns(
        *(_as_json(name) for name in nested),
        cs.duration().dt.total_microseconds() / 1e6,
        cs.time().dt.to_string("%H:%M:%S%.f"),
    ).cast({cs.categorical(): pl.String, cs.enum(): pl.String})
    return flat.with_columns(_as_text(flat[name]) for name, dtype in flat.schema.items() if dtype == pl.Binary)


def _as_json(name: str) -> pl.Expr:
    wrapped = pl.struct(x=name).struct.json_encode()
    inner = wrapped.str.slice(len(_WRAPPER), wrapped.str.len_chars() - len(_WRAPPER) - 1)
    return pl.when(pl.col(name).is_not_null()).then(inner).alias(name)


def _as_text(column: pl.Series) -> pl.Series:
    try:
        return column.cast(pl.String)
    except ComputeError:
        return column.bin.encode("hex")


PARQUET = Format("parquet", (".parquet",), read_parquet)
