"""The store: a folder of Delta Lake tables, and one runs row that says which versions belong together.

    store.json          version of the store
    runs/               one row per ingest, run, fit or upkeep, written last: it pins every derived table
    events/, labels/    derived tables: read at the version the latest run pinned
    reviews/ ...        people's tables: append-only, read at their head
    .writer.lock        held by the one process that writes derived tables

Readers take no lock and never see a run that is half written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from feedback.errors import StoreError
from feedback.schemas import find_table
from feedback.store.appending import allow_append
from feedback.store.erase import finish_erasure
from feedback.store.layout import check_folder, is_store, prepare_folder
from feedback.store.lock import hold_writer_lock
from feedback.store.private import private_files
from feedback.store.run import Run
from feedback.store.snapshot import Snapshot, latest_snapshot, past_snapshot
from feedback.store.upkeep import KEEP, Upkeep, is_due, tidy_tables
from feedback.store.writer import Writer, append_at_head, open_writer


class Store:
    """The tables in a folder. Opening one creates nothing.

    Every read of `table` and `sql` starts from the latest run; `at` holds one run fixed for several reads.

    Parameters
    ----------
    path
        The folder. It need not exist: a store that was never written has every table, without rows.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(Path(tempfile.mkdtemp()) / "store")
    >>> store.version()
    0
    >>> store.table("clusters").collect().columns
    ['interaction_id', 'cluster']
    """

    def __init__(self, path: str | Path):
        self.path = Path(path).expanduser().resolve()

    def exists(self) -> bool:
        """Return whether something was ever written here.

        Examples
        --------
        >>> Store("no/such/folder").exists()
        False
        """
        return is_store(self.path)

    def at(self, run: int | None = None) -> Snapshot:
        """Return the tables as they belong together, for several reads that must agree.

        Parameters
        ----------
        run
            Number of a run: derived tables as it left them, people's tables as it read them. Without one,
            the latest run and people's tables as they are now.

        Raises
        ------
        UnknownNameError
            When there is no run of that number.
        StoreError
            When the folder is no store, is damaged or was written by a newer version of feedback.

        Examples
        --------
        >>> Store("no/such/folder").at().version
        0
        """
        check_folder(self.path)
        return latest_snapshot(self.path) if run is None else past_snapshot(self.path, run)

    def version(self) -> int:
        """Return the number of the latest run, 0 when there is none.

        Examples
        --------
        >>> Store("no/such/folder").version()
        0
        """
        return self.at().version

    def last_run(self) -> Run | None:
        """Return the latest run, null when there is none.

        Examples
        --------
        >>> Store("no/such/folder").last_run() is None
        True
        """
        return self.at().run

    def table(self, name: str) -> pl.LazyFrame:
        """Return a table: declared columns first, then further ones by name.

        Rows come file by file, not in the declared order: sort where order matters. A column that was added
        after a row was written is null there.

        Raises
        ------
        UnknownNameError
            When there is no table of that name.
        StoreError
            When the store or the table cannot be read.

        Examples
        --------
        >>> Store("no/such/folder").table("clusters").collect().height
        0
        """
        return self.at().table(name)

    def sql(self, query: str, parameters: Sequence | Mapping | None = None) -> pl.DataFrame:
        """Return what a DuckDB SELECT over the tables gives; times are in UTC.

        Parameters
        ----------
        query
            One SELECT. Every table of `schemas` can be named in it.
        parameters
            Values of its `?` (a sequence) or `$name` (a mapping).

        Raises
        ------
        SettingsError
            When the query is not one SELECT, or DuckDB cannot run it.
        StoreError
            When the store or a table cannot be read.

        Examples
        --------
        >>> Store("no/such/folder").sql("SELECT count(*) AS n FROM labels WHERE score < ?", [0.5]).to_dicts()
        [{'n': 0}]
        """
        return self.at().sql(query, parameters)

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to one of people's tables, at once and for good. Takes no lock; others may append meanwhile.

        Raises
        ------
        StoreError
            When the table is a derived one, or the store cannot be written.
        SchemaError
            When the rows are not what the table may hold.

        Examples
        --------
        >>> Store("no/such/folder").append("labels", pl.DataFrame())
        Traceback (most recent call last):
        feedback.errors.StoreError: table labels is written by ingest, run and fit only, through Store.writer()
        """
        if not find_table(name).is_human:
            raise StoreError(f"table {name} is written by ingest, run and fit only, through Store.writer()")
        prepare_folder(self.path)
        with private_files(), allow_append(self.path):
            append_at_head(self.path / name, name, frame)

    @contextmanager
    def writer(self, *, clock: datetime, wait_s: float = 0) -> Iterator[Writer]:
        """Return the one writer of derived tables, for a with-block; nothing shows before its `commit`.

        What an earlier run wrote and never committed is rolled back first; an erasure that was cut off is finished.

        Parameters
        ----------
        clock
            Now. Tells others since when the store is being written.
        wait_s
            How long to wait for another writer, in seconds.

        Raises
        ------
        StoreLockedError
            When another process, or another writer of this one, still holds the lock after that time.
        StoreError
            When the store is damaged or was written by a newer version of feedback.

        Examples
        --------
        >>> import tempfile
        >>> from datetime import UTC
        >>> store, noon = Store(tempfile.mkdtemp()), datetime(2024, 5, 1, 12, tzinfo=UTC)
        >>> with store.writer(clock=noon) as writer:
        ...     writer.replace("clusters", pl.DataFrame({"interaction_id": ["i1"], "cluster": [3]}))
        ...     store.table("clusters").collect().height
        ...     writer.commit(
        ...         command="run", started_at=noon, finished_at=noon,
        ...         watermark=noon, label_version=1, sources={}, counts={},
        ...     )
        0
        1
        >>> store.table("clusters").collect().rows()
        [('i1', 3)]
        """
        prepare_folder(self.path)
        with private_files(), hold_writer_lock(self.path, clock=clock, wait_s=wait_s):
            finish_erasure(self.path)
            writer = open_writer(latest_snapshot(self.path))
            try:
                yield writer
            finally:
                writer.close()

    def is_upkeep_due(self, *, clock: datetime) -> bool:
        """Return whether `tidy` should be called: after a day, or when a table has many small files.

        Examples
        --------
        >>> from datetime import UTC
        >>> Store("no/such/folder").is_upkeep_due(clock=datetime(2024, 5, 1, tzinfo=UTC))
        False
        """
        return is_due(self.at(), clock=clock)

    def tidy(
        self,
        *,
        clock: datetime,
        keep: timedelta = KEEP,
        wait_s: float = 0,
        on_step: Callable[[str], None] = lambda _: None,
    ) -> Upkeep:
        """Return what upkeep did: small files compacted, what no snapshot of the last days needs taken away.

        Readers notice nothing. Snapshots that were replaced before `keep` then read as expired; the latest
        one, all label versions and what people appended stay.

        Parameters
        ----------
        clock
            Now.
        keep
            For how long what was replaced can still be read: at least an hour, or not at all, which stops whoever
            is reading an older snapshot.
        wait_s
            How long to wait for another writer, in seconds.
        on_step
            Called with the name of each table before it is compacted.

        Raises
        ------
        SettingsError
            When `keep` is less than an hour, and not zero.
        StoreLockedError
            When another process is writing.
        StoreError
            When the store is damaged or cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from datetime import UTC
        >>> store = Store(tempfile.mkdtemp())
        >>> store.tidy(clock=datetime(2024, 5, 1, tzinfo=UTC)).run
        1
        >>> store.last_run().command
        'upkeep'
        """
        with self.writer(clock=clock, wait_s=wait_s) as writer:
            return tidy_tables(writer, clock=clock, keep=keep, on_step=on_step)
