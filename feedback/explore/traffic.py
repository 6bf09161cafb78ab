"""Golden traffic: labels in a file that others are compared with."""

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from feedback.errors import InputError, SchemaError, name_some
from feedback.segments.rows import VALUES

KEY = "interaction_id"
_READERS = {".parquet": pl.read_parquet, ".csv": pl.read_csv, ".jsonl": pl.read_ndjson}
_FURTHER = ("session_id", "shown_at")


@dataclass(frozen=True)
class Traffic:
    """A file: its name, whose ending says the format, and what is in it."""

    name: str
    content: bytes


def read_traffic(traffic: Traffic, labels: pl.LazyFrame) -> pl.DataFrame:
    """Return the labels that a file of golden traffic holds or names, one row per interaction.

    Parameters
    ----------
    traffic
        A file with `interaction_id` alone names labels of the store. One with a `score` or `p_good` brings its own:
        `interaction_id`, `session_id`, `shown_at`, and the dimensions to look in, as `feedback show labels --out`
        writes them.
    labels
        Table `labels`.

    Raises
    ------
    InputError
        When the file cannot be read, or names no label of the store.
    SchemaError
        When a column is missing.

    Examples
    --------
    >>> labels = pl.LazyFrame({"interaction_id": ["i1", "i2"], "score": [0.5, 1.0]})
    >>> read_traffic(Traffic("golden.csv", b"interaction_id\\ni2\\n"), labels)["score"].to_list()
    [1.0]
    """
    frame = _read(traffic)
    _require(frame, [KEY], traffic.name)
    if not any(value in frame.columns for value in VALUES):
        named = frame.select(pl.col(KEY).cast(pl.String)).unique().lazy()
        found = labels.join(named, on=KEY, how="semi").collect()
        if found.is_empty():
            raise InputError(f"{traffic.name} names no interaction that has a label in this store")
        return found
    _require(frame, _FURTHER, traffic.name)
    shown = pl.col("shown_at")
    texts = frame.schema["shown_at"] == pl.String
    at = shown.str.to_datetime(time_unit="us", time_zone="UTC", strict=False) if texts else shown
    return frame.with_columns(at.dt.convert_time_zone("UTC").dt.cast_time_unit("us"))


def _read(traffic: Traffic) -> pl.DataFrame:
    ending = Path(traffic.name).suffix
    if ending not in _READERS:
        raise InputError(f"{traffic.name}: the ending says the format; use {', '.join(_READERS)}")
    try:
        return _READERS[ending](io.BytesIO(traffic.content))
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise InputError(f"{traffic.name} cannot be read as {ending.removeprefix('.')}") from error


def _require(frame: pl.DataFrame, columns: list[str] | tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SchemaError(f"{name} needs the column {name_some(missing)}; it has {name_some(frame.columns, most=20)}")
