"""A log kept on disk between the look at all of it and its use, so that a file of any size fits into memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from feedback.sources.plain_columns import join_types, take_types
from feedback.sources.raw_log import RawLog


@dataclass(frozen=True)
class SpooledLog:
    """All rows of a file, in batches that each have every column of the file, of one type throughout.

    Parameters
    ----------
    types
        Type of each column in the whole file.
    n_batches
        How many batches it is read in.
    batches
        The one batch of a small log; empty when they are on disk.
    folder
        Where the batches are kept when there are several.
    """

    types: Mapping[str, pl.DataType]
    n_batches: int
    batches: tuple[RawLog, ...] = ()
    folder: Path = field(default_factory=Path)

    def __iter__(self) -> Iterator[RawLog]:
        if self.batches:
            yield from self.batches
            return
        for at in range(self.n_batches):
            yield _load(self.folder, at, self.types)


def spool_log(logs: Iterable[RawLog], folder: Path, *, batch_bytes: int) -> SpooledLog:
    """Return the log once all of it was read: in memory when it is one batch of so many bytes, else in the folder.

    Small batches are put together, so that the number of batches depends on their bytes only.

    Examples
    --------
    >>> from feedback.sources.raw_log import list_broken, number_rows
    >>> log = RawLog(number_rows(pl.DataFrame({"kind": ["view"]})), list_broken())
    >>> spooled = spool_log([log], Path("never made"), batch_bytes=10**6)
    >>> spooled.n_batches, [batch.frame.height for batch in spooled]
    (1, [1])
    """
    types: dict[str, pl.DataType] = {}
    held: list[RawLog] = []
    n_batches = n_bytes = 0
    for log in logs:
        size = log.frame.estimated_size() + log.broken.estimated_size()
        if held and n_bytes + size > batch_bytes:
            _save(folder, n_batches, join_logs(held))
            n_batches, held, n_bytes = n_batches + 1, [], 0
        held.append(log)
        n_bytes += size
        types = join_schemas(types, log.frame.schema)
    if not n_batches:
        return SpooledLog(types, 1, (join_logs(held),))
    _save(folder, n_batches, join_logs(held))
    return SpooledLog(types, n_batches + 1, folder=folder)


def join_logs(logs: list[RawLog]) -> RawLog:
    """Return batches of one file as one."""
    if len(logs) == 1:
        return logs[0]
    types: dict[str, pl.DataType] = {}
    for log in logs:
        types = join_schemas(types, log.frame.schema)
    frame = pl.concat([take_types(log.frame, types) for log in logs])
    return RawLog(frame, pl.concat([log.broken for log in logs]), is_typed=all(log.is_typed for log in logs))


def join_schemas(first: Mapping[str, pl.DataType], second: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """Return the columns of both parts of a file, each of a type that holds both."""
    joined = {name: join_types(first.get(name, dtype), dtype) for name, dtype in second.items()}
    return {**first, **joined}


def _save(folder: Path, at: int, log: RawLog) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    log.frame.write_ipc(_path(folder, at, "rows" if log.is_typed else "untyped"))
    log.broken.write_ipc(_path(folder, at, "broken"))


def _load(folder: Path, at: int, types: Mapping[str, pl.DataType]) -> RawLog:
    untyped = _path(folder, at, "untyped")
    rows = untyped if untyped.exists() else _path(folder, at, "rows")
    frame = pl.read_ipc(rows)
    broken = pl.read_ipc(_path(folder, at, "broken"))
    return RawLog(take_types(frame, types), broken, is_typed=rows != untyped)


def _path(folder: Path, at: int, what: str) -> Path:
    return folder / f"{at:06}-{what}.ipc"
