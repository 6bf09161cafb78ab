"""Which format a file is of, told from its ending and its first records, and why."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from feedback.errors import InputError, name_some
from feedback.sources.delimited import read_csv_records
from feedback.sources.parquet import read_names
from feedback.sources.raw_log import Format
from feedback.sources.records import read_json_records, read_parquet_records
from feedback.sources.registry import ENDINGS, FORMATS, find_ending

LOOKED_AT = 50
REQUIRED = ("event_id", "occurred_at", "kind", "session_id")
_MOST_NAMED = 8
_LITTLE = 2**16


class Seen(NamedTuple):
    """The format a file is of, and in one sentence why."""

    format: Format
    why: str


def choose_format(file: Path) -> Seen:
    """Return the format of a file, and why: by what its first records look like, else by its ending.

    Raises
    ------
    InputError
        When no format or more than one fits; it says what was seen and what to do.
    """
    plain = plain_format(file)
    how = f"its name ends in {find_ending(file)}" if find_ending(file) else f"its content is {plain.name}"
    if plain.name == "parquet" and is_canonical([dict.fromkeys(read_names(file))]):
        return Seen(plain, f"{how} and its columns are ours")
    records = read_first(file, plain)
    if not records:
        return Seen(plain, how)
    if is_canonical(records):
        return Seen(plain, f"{how} and its columns are ours")
    found = {known.name: why for known in FORMATS.values() if (why := known.recognise(records))}
    if len(found) == 1:
        [(name, why)] = found.items()
        return Seen(FORMATS[name], why)
    if found:
        told = "; ".join(f"{name}: {why}" for name, why in found.items())
        raise InputError(f"{file}: may be of several formats ({told}); name one with --format")
    keys = name_some(dict.fromkeys(str(key) for record in records for key in record), most=_MOST_NAMED)
    raise InputError(
        f"{file}: is of no format known here; its records have {keys}. Write a mapping for it, beginning with: "
        f"feedback map suggest {file}"
    )


def plain_format(file: Path) -> Format:
    """Return how a file is laid out, Parquet, CSV or JSON: by its ending, else by its first bytes.

    Raises
    ------
    InputError
        When neither tells.
    """
    ending = find_ending(file)
    if ending is not None:
        return ENDINGS[ending]
    try:
        with file.open("rb") as stream:
            head = stream.read(_LITTLE).lstrip()
    except OSError:
        head = b""
    if head.startswith(b"PAR1"):
        return FORMATS["parquet"]
    if head.startswith((b"{", b"[")):
        return FORMATS["jsonl"]
    raise InputError(f"{file}: its ending is not one of {', '.join(ENDINGS)}; name the format")


def read_first(file: Path, plain: Format, n: int = LOOKED_AT) -> list[Mapping[str, Any]]:
    """Return the first records of a file that are objects, as they are nested there."""
    readers = {
        "parquet": partial(read_parquet_records, at_a_time=n),
        "csv": partial(read_csv_records, block_bytes=_LITTLE),
    }
    try:
        records: Iterator[tuple[int, Any]] = readers.get(plain.name, read_json_records)(file)
        return [record for _, record in islice(records, n) if isinstance(record, dict)]
    except OSError:
        return []


def is_canonical(records: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether records have the columns of an event log of ours, but for one at most.

    Examples
    --------
    >>> is_canonical([{"event_id": "e1", "occurred_at": 1736160000, "kind": "view", "session_id": "s1"}])
    True
    """
    keys = {str(key).strip() for record in records for key in record}
    return sum(name in keys for name in REQUIRED) >= len(REQUIRED) - 1
