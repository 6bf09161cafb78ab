"""Parquet files."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq
from polars.exceptions import ComputeError, PanicException, PolarsError

from feedback.errors import InputError
from feedback.sources.raw_log import Format, RawLog, list_broken, number_rows
from feedback.sources.text_files import tell_bytes_read

BATCH_BYTES = 2**27

_MARK = b"PAR1"
_WRAPPER = '{"x":'


def read_parquet(file: Path, *, batch_bytes: int = BATCH_BYTES) -> Iterator[RawLog]:
    """Yield the rows of a Parquet file, in batches of about so many unpacked bytes.

    Nested values become JSON text, lengths of time seconds, bytes text (hexadecimal where they are no UTF-8).

    Raises
    ------
    InputError
        When it is no Parquet file, or is cut off or damaged.
    """
    check_marks(file)
    try:
        n_rows, n_bytes = measure_parquet(file)
        step = max(1, n_rows * batch_bytes // max(n_bytes, 1))
        scan = pl.scan_parquet(file, glob=False, hive_partitioning=False)
        for begin in range(0, max(n_rows, 1), step):
            frame = scan.collect() if step >= n_rows else scan.slice(begin, step).collect()
            tell_bytes_read(file.stat().st_size * min(begin + step, n_rows) // max(n_rows, 1))
            yield RawLog(number_rows(_flatten(frame), range(begin + 1, begin + frame.height + 1)), list_broken())
    except (PolarsError, PanicException, pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: the Parquet file is damaged or uses what cannot be read") from error


def read_names(file: Path) -> list[str]:
    """Return the names of the columns of a Parquet file.

    Raises
    ------
    InputError
        As `read_parquet`.
    """
    check_marks(file)
    try:
        return pq.read_schema(file).names
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: the Parquet file is damaged or uses what cannot be read") from error


def measure_parquet(file: Path) -> tuple[int, int]:
    """Return how many rows a Parquet file has, and how many bytes they are unpacked."""
    meta = pq.read_metadata(file)
    return meta.num_rows, sum(meta.row_group(at).total_byte_size for at in range(meta.num_row_groups))


def check_marks(file: Path) -> None:
    """Check that a file begins and ends as Parquet does.

    Raises
    ------
    InputError
        When it does not.
    """
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
