"""The files beside one that is read, in which the rest of its story may stand."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from feedback.errors import InputError
from feedback.sources.event_records import read_event_records

MOST_FILES = 64
"""how many files beside one are looked at"""
_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".parquet")
_PACKED = (".gz", ".zst")
_Recognise = Callable[[Sequence[Mapping[str, Any]]], str | None]


class Stamp(NamedTuple):
    """When a file was changed, and its size: by which to tell whether what is known of it still holds."""

    changed: int
    size: int


def stamp(file: Path) -> Stamp:
    """Return when a file was changed, and its size."""
    status = file.stat()
    return Stamp(status.st_mtime_ns, status.st_size)


def find_neighbours(file: Path, recognise: _Recognise) -> list[Path]:
    """Return the file and, of the 64 beside it that were written at nearest its time, those of its format, by name.

    Names that start with a dot or an underscore are passed over.
    """
    logs = _list_logs(file.parent, file.parent.stat().st_mtime_ns)
    changed = stamp(file).changed
    at = bisect_left(logs, (changed, file))
    around = [log for log in logs[max(at - MOST_FILES, 0) : at + MOST_FILES + 1] if log[1] != file]
    nearest = sorted(around, key=lambda log: (abs(log[0] - changed), log[1]))[:MOST_FILES]
    return sorted([file, *(other for _, other in nearest if _is_recognised(other, recognise))])


@lru_cache(maxsize=8)
def _list_logs(folder: Path, _changed: int) -> list[tuple[int, Path]]:
    return sorted((stamp(file).changed, file) for file in folder.iterdir() if is_log(file))


def is_log(file: Path) -> bool:
    """Return whether a file may be a log, by its name: packed or not, and neither hidden nor a note."""
    name = file.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_ENDINGS) and not name.startswith((".", "_")) and file.is_file()


def _is_recognised(file: Path, recognise: _Recognise) -> bool:
    try:
        return _recognise_first(file, stamp(file), recognise)
    except (InputError, OSError):
        return False


@lru_cache(maxsize=4 * MOST_FILES)
def _recognise_first(file: Path, _stamp: Stamp, recognise: _Recognise) -> bool:
    first = next((record for _, record in read_event_records(file)), None)
    return isinstance(first, Mapping) and recognise([first]) is not None
