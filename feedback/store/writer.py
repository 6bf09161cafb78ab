"""The one writer of derived tables: writes as it goes, shows it all at once with the runs row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from feedback.errors import StoreError
from feedback.schemas import find_table
from feedback.store.changes import Changes, find_changes
from feedback.store.commits import append_rows, blank_rows, bury_last_commit, delete_rows, replace_rows, roll_back
from feedback.store.provisional import append_provisional, withdraw_provisional
from feedback.store.run import PINNED, Run, run_to_frame
from feedback.store.snapshot import Snapshot
from feedback.store.sums import record_sums
from feedback.store.versions import Version, find_head, read_version, scan_version


class Writer:
    """Changes derived tables while the writer lock is held. Made by `Store.writer`.

    Readers go on seeing the last run until `commit`. Without one, the next writer undoes it all.

    Attributes
    ----------
    snapshot
        The store as it was when the writer began.
    rolled_back
        Derived tables in which an earlier run had left something it never committed.
    """

    def __init__(self, snapshot: Snapshot, rolled_back: tuple[str, ...]):
        self.rolled_back = rolled_back
        self.snapshot = snapshot
        self._number = snapshot.version
        self._is_open = True

    def table(self, name: str) -> pl.LazyFrame:
        """Return a table with what this writer wrote so far; people's tables as they were when it began.

        Raises
        ------
        UnknownNameError
            When there is no table of that name.
        """
        return scan_version(self.version(name))

    def version(self, name: str) -> Version:
        """Return the files and columns of a table, with what this writer wrote so far.

        Raises
        ------
        UnknownNameError
            When there is no table of that name.
        """
        head = find_head(self.snapshot.path / name) if name in PINNED else None
        if head is None:
            return self.snapshot.find_version(name)
        return read_version(self.snapshot.path / name, name, head.version)

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to a derived table; columns it did not have are added, null for the rows before.

        Raises
        ------
        SchemaError
            When the rows are not what the table may hold, or a column has another type than the stored rows.
        StoreError
            When the table is not a derived one, or cannot be written.
        """
        append_rows(self._folder(name), name, frame)

    def append_provisional(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows that stand until `withdraw_provisional`, after all others of this writer.

        Raises
        ------
        SchemaError, StoreError
            As `append`.
        """
        append_provisional(self._folder(name), name, frame)

    def withdraw_provisional(self, name: str, keys: pl.DataFrame) -> None:
        """Take the provisional rows away: those that agree with a row of `keys` in all its columns.

        Raises
        ------
        StoreError
            When the table is not a derived one, or cannot be written.
        """
        withdraw_provisional(self._folder(name), name, keys)

    def changes(self, name: str, *, since: int) -> Changes:
        """Return the rows of a derived table in which it differs from an earlier version of it.

        Raises
        ------
        StoreError
            When that version has expired.
        """
        head = find_head(self._folder(name))
        return find_changes(self._folder(name), name, since=since, until=head.version if head else since)

    def replace(self, name: str, frame: pl.DataFrame) -> None:
        """Make these rows and columns the whole derived table.

        Raises
        ------
        SchemaError
            When the rows are not what the table may hold.
        StoreError
            When the table is not a derived one, or cannot be written.
        """
        replace_rows(self._folder(name), name, frame)

    def delete(self, name: str, keys: pl.DataFrame) -> None:
        """Delete the rows of a derived table that agree with a row of `keys` in all its columns.

        Raises
        ------
        SchemaError
            When the table lacks one of the columns, or has it with another type.
        StoreError
            When the table is not a derived one, or cannot be written.
        """
        delete_rows(self._folder(name), name, keys)

    def blank(self, name: str, keys: pl.DataFrame, columns: Sequence[str]) -> None:
        """Make these columns of a derived table null in the rows that agree with a row of `keys` in all its columns.

        Raises
        ------
        SchemaError
            When the table lacks one of the columns of `keys`, or has it with another type.
        StoreError
            When the table is not a derived one, or cannot be written.
        """
        blank_rows(self._folder(name), name, keys, columns)

    def commit(
        self,
        *,
        command: str,
        started_at: datetime,
        finished_at: datetime,
        watermark: datetime | None,
        label_version: int | None,
        sources: Mapping[str, datetime],
        counts: Mapping[str, int],
    ) -> int:
        """Return the number of the run that now shows everything written so far.

        Raises
        ------
        SchemaError
            When a value is not what `runs` may hold.
        StoreError
            When the block of this writer has ended, or `runs` cannot be written.
        """
        run = self.describe(
            command=command, started_at=started_at, finished_at=finished_at, watermark=watermark,
            label_version=label_version, sources=sources, counts=counts,
        )  # fmt: skip
        self._record_sums(run.pins)
        append_at_head(self.snapshot.path / "runs", "runs", run_to_frame(run))
        self._number = run.run
        return run.run

    def describe(
        self,
        *,
        command: str,
        started_at: datetime,
        finished_at: datetime,
        watermark: datetime | None,
        label_version: int | None,
        sources: Mapping[str, datetime],
        counts: Mapping[str, int],
    ) -> Run:
        """Return the run that `commit` would write.

        Raises
        ------
        StoreError
            When the block of this writer has ended.
        """
        self._check_open()
        written = {name: head.version for name in PINNED if (head := find_head(self.snapshot.path / name))}
        read = {name: version for name, version in self.snapshot.versions.items() if name not in PINNED}
        return Run(
            self._number + 1, command, started_at, finished_at, watermark, label_version,
            sources=sources, pins=written, heads=read, counts=counts,
        )  # fmt: skip

    def bury_deleted(self) -> None:
        """See to it that no latest commit of a derived table quotes keys of rows that were deleted.

        Raises
        ------
        StoreError
            When the block of this writer has ended, or a table cannot be written.
        """
        for name in PINNED:
            bury_last_commit(self._folder(name), name)

    def close(self) -> None:
        """End the writer: it no longer holds the lock."""
        self._is_open = False

    def _record_sums(self, written: Mapping[str, int]) -> None:
        """Write down the checksums of what this writer wrote; what was rolled back before has none yet either."""
        before = self.snapshot.run.pins if self.snapshot.run else {}
        for name, version in written.items():
            if before.get(name) != version:
                record_sums(self.snapshot.path / name, since=before.get(name, -1))

    def _folder(self, name: str) -> Path:
        self._check_open()
        if find_table(name).is_human:
            raise StoreError(f"table {name} is written by people, through Store.append()")
        if name not in PINNED:
            raise StoreError(f"table {name} is written by Writer.commit() only")
        return self.snapshot.path / name

    def _check_open(self) -> None:
        if not self._is_open:
            raise StoreError("this writer has ended; write inside its with-block")


def append_at_head(folder: Path, name: str, frame: pl.DataFrame) -> None:
    """Add rows to a table that is read at its head, and write down the checksums of what was added.

    Raises
    ------
    SchemaError, StoreError
        As `append_rows`.
    """
    head = find_head(folder)
    append_rows(folder, name, frame)
    record_sums(folder, since=head.version if head else -1)


def open_writer(snapshot: Snapshot) -> Writer:
    """Return a writer on a store where every derived table is back at its pin. The lock must be held.

    Raises
    ------
    StoreError
        When a pinned version is gone.
    """
    pins = snapshot.run.pins if snapshot.run else {}
    rolled_back = tuple(name for name in PINNED if roll_back(snapshot.path / name, name, pins.get(name)))
    return Writer(snapshot, rolled_back)
