"""Records of any file a tool exports: JSON, Parquet or CSV, by its ending."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feedback.sources.delimited import read_csv_records
from feedback.sources.records import read_json_records, read_parquet_records


def read_event_records(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield the number and the content of each record; what cannot be read as one is a `BrokenRecord`.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    name = file.name.lower()
    if name.endswith(".parquet"):
        return read_parquet_records(file)
    return read_csv_records(file) if ".csv" in name else read_json_records(file)
