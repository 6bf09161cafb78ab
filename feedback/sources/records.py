"""Records of foreign logs, read one by one, and the events made of them gathered into batches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from feedback.errors import InputError
from feedback.sources.json_stream import stream_json
from feedback.sources.parquet import check_marks
from feedback.sources.plain_columns import build_frame
from feedback.sources.raw_log import RawLog, list_broken, number_rows

BATCH = 50_000
_PARQUET_ROWS = 2_000


class Translated(NamedTuple):
    """What one foreign record came to.

    Parameters
    ----------
    row
        Number of the record in its file, 1, 2, 3 ...
    events
        The canonical events it gives, by canonical names; any other key is a dimension or a measure.
    reason
        Why nothing, or a part of it, could be used; never with user text. A record without events must have one.
    """

    row: int
    events: Sequence[Mapping[str, Any]]
    reason: str | None = None


def read_json_records(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each record of JSON Lines, a JSON array or JSON documents one after another.

    The file may be plain, .gz or .zst and is streamed: only one record is held at a time. A record that is no JSON,
    no UTF-8, too long or nested too deeply comes as a `json_stream.BrokenRecord` with the reason; blank lines are
    not numbered.

    Raises
    ------
    InputError
        When the file is cut off, damaged, UTF-16 or binary, or unpacks to more than is allowed.
    """
    yield from enumerate(stream_json(file), start=1)


def read_parquet_records(file: Path, *, at_a_time: int = _PARQUET_ROWS) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number and the content of each row of a Parquet file, nested values as lists and dicts.

    Raises
    ------
    InputError
        When it is no Parquet file, or is cut off or damaged.
    """
    check_marks(file)
    row = 0
    try:
        with pq.ParquetFile(file) as content:
            for batch in content.iter_batches(at_a_time):
                for record in batch.to_pylist():
                    row += 1
                    yield row, record
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError(f"{file}: the Parquet file is damaged or uses what cannot be read") from error


def gather(translated: Iterable[Translated], *, batch: int = BATCH) -> Iterator[RawLog]:
    """Yield the events in batches of at least `batch`, the last one smaller; those of one record stay together.

    Every record counts: with n events n times, without any once, among the broken with its reason.

    Examples
    --------
    >>> records = [Translated(1, [{"event_id": "a"}]), Translated(2, [], "a page view is no event of an AI feature")]
    >>> [log] = gather(records)
    >>> log.frame.rows(), log.broken.rows()
    ([('a', 1)], [(2, 'a page view is no event of an AI feature')])
    """
    events: list[Mapping[str, Any]] = []
    rows: list[int] = []
    broken: list[tuple[int, str]] = []
    is_begun = False
    for record in translated:
        events += record.events
        rows += [record.row] * len(record.events)
        if record.reason is not None or not record.events:
            broken.append((record.row, record.reason or "the record holds no event"))
        if len(events) + len(broken) >= batch:
            yield _gather_batch(events, rows, broken)
            events, rows, broken, is_begun = [], [], [], True
    if events or broken or not is_begun:
        yield _gather_batch(events, rows, broken)


def _gather_batch(events: Sequence[Mapping[str, Any]], rows: list[int], broken: list[tuple[int, str]]) -> RawLog:
    return RawLog(number_rows(build_frame(events), rows), list_broken(broken))
