"""What an example, a change and a version are known by: hashes of what they say."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import polars as pl

_DIGITS = 32


def normalise_text(text: str) -> str:
    """Return the text as it is compared: Unicode NFC, one kind of line end, no white space at line ends or around.

    Nothing else: case and indentation can be what an example is about.

    Examples
    --------
    >>> normalise_text("  Refund? \\r\\n  order 7 ")
    'Refund?\\n  order 7'
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def identify_example(request: str, response: str | None) -> str:
    """Return the id of an example: the first 32 hexadecimal digits of the SHA-256 of `[request, response]`.

    Both normalised as `normalise_text` does, written as JSON in UTF-8; no response is `null`.

    Examples
    --------
    >>> identify_example("Refund?", "Done.") == identify_example(" Refund? ", "Done.\\r\\n")
    True
    >>> identify_example("Refund?", "") == identify_example("Refund?", None)
    False
    """
    return hash_content([normalise_text(request), None if response is None else normalise_text(response)])


def identify_examples(requests: pl.Series, responses: pl.Series) -> pl.Series:
    """Return the id of each example, as `identify_example`."""
    ids = map(identify_example, requests, responses)
    return pl.Series("example_id", ids, dtype=pl.String)


def identify_rows(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows with `key`: a hash of all their other columns.

    What is null does not count, so that a column that is added one day changes no id.

    Examples
    --------
    >>> some = identify_rows(pl.DataFrame({"why": ["old"], "n": [1]}), "id")
    >>> other = identify_rows(pl.DataFrame({"n": [1], "why": ["old"], "further": [None]}), "id")
    >>> some["id"].equals(other["id"])
    True
    """
    said = rows.drop(key, strict=False)
    ids = (hash_content(_without_nulls(row)) for row in said.iter_rows(named=True))
    return said.with_columns(pl.Series(key, ids, dtype=pl.String)).select(key, *said.columns)


def keep_intact(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows whose id is the hash of what they say, each once and in order of the id."""
    return identify_rows(rows, key).join(rows.select(key), on=key, how="semi").unique(key).sort(key)


def hash_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return one hash of all rows, in their order."""
    return hash_content([_without_nulls(row) for row in rows])


def hash_content(content: object) -> str:
    """Return the first 32 hexadecimal digits of the SHA-256 of the content as JSON."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_write_time)
    # A lone surrogate, which a log may hold, has no bytes in UTF-8.
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _without_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _write_time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no JSON")
