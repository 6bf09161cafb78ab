"""Labelling in this process, in memory that does not grow with the log."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.partition import FileProviderArgs

from feedback.engines.engine import Events, count_events, scan_events
from feedback.engines.scratch import explain_full_disk, scratch_folder, store_events
from feedback.engines.work import LabelledShard, Progress, Work, ignore_progress
from feedback.store.versions import Version, scan_version

EVENTS_PER_SHARD = 1_000_000
_SPLIT_AT_A_TIME = 1_000_000


class LocalEngine:
    """Labels in this process, shard by shard. A log of more than one shard is first split into files.

    Parameters
    ----------
    scratch
        Where the files go, about as large as the log; None: among the temporary files of the system. Of two
        processes with the same scratch folder the second takes away the files of the first.
    events_per_shard
        How many events are labelled at a time, about: fewer take less memory, and make more and smaller files.

    Examples
    --------
    >>> from feedback.engines.work import LabelSessions
    >>> from feedback.labelling import registered_functions
    >>> from feedback.schemas import empty_table
    >>> from feedback.settings import Settings
    >>> work = LabelSessions(Settings(), registered_functions(), label_version=1)
    >>> [shard.n_events for shard in LocalEngine().label(empty_table("events").lazy(), work)]
    [0]
    """

    def __init__(self, scratch: Path | None = None, *, events_per_shard: int = EVENTS_PER_SHARD):
        self.scratch = scratch
        self.events_per_shard = events_per_shard

    def label(self, events: Events, work: Work, *, on_progress: Progress = ignore_progress) -> Iterator[LabelledShard]:
        """Return what the work makes of the events, shard by shard, as `Engine.label`.

        Raises
        ------
        EngineError
            When the scratch files cannot be written.
        """
        n_done, (n_events, shards) = 0, self._open(events)
        on_progress(n_done, n_events)
        for shard in shards:
            labelled = work(shard)
            # What is done with goes before the next one comes.
            del shard
            yield labelled
            n_done += labelled.n_events
            del labelled
            on_progress(n_done, n_events)

    def _open(self, events: Events) -> tuple[int, Iterator[pl.DataFrame]]:
        """Return the number of events, and the events shard by shard."""
        if not isinstance(events, Version) or count_events(events) <= self.events_per_shard:
            # A query is worked out once where its rows fit: counting them would be as much work again.
            first = scan_events(events).head(self.events_per_shard + 1).collect(engine="streaming")
            if first.height <= self.events_per_shard:
                return first.height, iter([first])
        n_events = count_events(events)
        return n_events, self._split(events, n_events)

    def _split(self, events: Events, n_events: int) -> Iterator[pl.DataFrame]:
        with scratch_folder(self.scratch) as folder:
            shards = folder / "shards"
            split_events(store_events(events, folder), shards, n_shards=-(-n_events // self.events_per_shard))
            for shard in sorted(shards.iterdir()):
                files = sorted(shard.iterdir())
                yield pl.scan_parquet(files, glob=False, hive_partitioning=False).collect()


def split_events(events: Version, folder: Path, *, n_shards: int) -> None:
    """Write the events into one folder per shard, each session into one of them by a hash of its id.

    Raises
    ------
    EngineError
        When they cannot be written.
    """
    for number, part in enumerate(_list_parts(events)):
        with explain_full_disk(folder):
            _split(part, folder, prefix=str(number), n_shards=n_shards)


def _list_parts(events: Version) -> Iterator[pl.LazyFrame]:
    """Return the events a million at a time: what is being split is all in memory."""
    for file in events.files:
        stored = scan_version(Version((file,), events.schema))
        n_events = stored.select(pl.len()).collect().item()
        yield from (stored.slice(start, _SPLIT_AT_A_TIME) for start in range(0, n_events, _SPLIT_AT_A_TIME))


def _split(part: pl.LazyFrame, folder: Path, *, prefix: str, n_shards: int) -> None:
    def name_file(file: FileProviderArgs) -> Path:
        return folder / f"{file.partition_keys.item()}" / f"{prefix}-{file.index_in_partition}.parquet"

    # Longer than every column, so none of them: the log names its own.
    name = max(part.collect_schema().names(), key=len) + "_shard"
    shard = (pl.col("session_id").hash(seed=0) % n_shards).alias(name)
    target = pl.PartitionBy(folder, key=shard, include_key=False, file_path_provider=name_file)
    part.sink_parquet(target, compression="lz4", statistics=False, mkdir=True)
