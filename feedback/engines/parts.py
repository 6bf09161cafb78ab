"""What a task of Spark does: Arrow batches in, Parquet files out, and one row that says where."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pyarrow as pa

from feedback.engines.scratch import explain_full_disk
from feedback.engines.work import LabelledShard, Work

MANIFEST = "part STRING, n_events BIGINT"
"""Columns of what `LabelPartition` returns, in the words of Spark."""
_TABLES = ("interactions", "votes", "labels")


@dataclass(frozen=True)
class LabelPartition:
    """Labels one partition of a Spark frame that holds whole sessions.

    Attributes
    ----------
    work
        What to do with the events.
    schema
        Columns of the events, as the store has them; batches have them in this order, by whatever names.
    folder
        Where the parts go.
    done
        Its method `add` is called with the number of events done.
    """

    work: Work
    schema: pl.Schema
    folder: Path
    done: Any

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Return where the part is and how many events it is made from; no row for a partition without events."""
        names = self.schema.names()
        frames = [pl.DataFrame(batch.rename_columns(names)).cast(self.schema) for batch in batches if batch.num_rows]
        if not frames:
            return
        labelled = self.work(pl.concat(frames))
        part = write_part(self.folder, labelled)
        self.done.add(labelled.n_events)
        yield pa.RecordBatch.from_pydict({"part": [part], "n_events": [labelled.n_events]})


def write_part(folder: Path, labelled: LabelledShard) -> str:
    """Return the name of the part the tables were written to.

    The name is always a new one: when a task runs twice, one of its parts is simply never read.

    Raises
    ------
    EngineError
        When they cannot be written.
    """
    part = folder / uuid4().hex
    part.mkdir()
    with explain_full_disk(folder):
        for table in _TABLES:
            getattr(labelled, table).write_parquet(part / f"{table}.parquet", compression="lz4", statistics=False)
    return part.name


def take_part(folder: Path, part: str, n_events: int) -> LabelledShard:
    """Return the tables of a part, which is deleted.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> one = pl.DataFrame({"interaction_id": ["i1"]})
    >>> with TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     taken = take_part(folder, write_part(folder, LabelledShard(one, one, one, 3)), 3)
    ...     taken.votes.equals(one), list(folder.iterdir())
    (True, [])
    """
    interactions, votes, labels = (pl.read_parquet(folder / part / f"{table}.parquet", glob=False) for table in _TABLES)
    shutil.rmtree(folder / part)
    return LabelledShard(interactions, votes, labels, n_events)
