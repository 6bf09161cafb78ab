"""Logs in object stores and on web servers, fetched through polars with the credentials of the environment."""

from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
from polars.exceptions import PanicException, PolarsError

from feedback.errors import InputError
from feedback.sources.registry import PACKED

SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "adl", "http", "https", "file", "hf")


def is_url(path: str | Path) -> bool:
    """Return whether this is the address of a log rather than a path.

    Examples
    --------
    >>> is_url("s3://logs/day.parquet"), is_url("logs/day.parquet"), is_url("C://logs")
    (True, False, False)
    """
    return isinstance(path, str) and urlsplit(path).scheme in SCHEMES and "://" in path


def fetch_log(url: str, folder: Path) -> Path:
    """Return a local copy of a log that has an address: Parquet as Parquet, anything else line by line as text.

    A text that is packed is unpacked on the way.

    Raises
    ------
    InputError
        When it cannot be fetched, or is neither Parquet nor UTF-8 text.
    """
    name = Path(urlsplit(url).path).name or "log"
    for packed in PACKED:
        name = name.removesuffix(packed)
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / name.replace("*", "all")
    try:
        if name.lower().endswith(".parquet"):
            pl.scan_parquet(url).sink_parquet(copy)
        else:
            pl.scan_lines(url).sink_csv(copy, include_header=False, quote_style="never")
    except (PolarsError, PanicException, OSError) as error:
        cause = str(error).split("\n", 1)[0][:200]
        raise InputError(f"{url}: cannot be fetched: {cause}") from error
    return copy
