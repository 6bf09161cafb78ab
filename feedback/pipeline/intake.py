"""The events of one file into the store, in one batch or many with the same result."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from feedback.events import (
    ColumnWeight,
    Deduplicated,
    NormalisedEvents,
    drop_duplicates,
    normalise_events,
    quarantine_broken,
    quarantine_shared_interactions,
    register_columns,
    select_suspects,
    weigh_columns,
)
from feedback.settings import Settings
from feedback.sources import RawLog, SpooledLog
from feedback.store.versions import Version, scan_version
from feedback.store.writer import Writer

# Copies of an event, and claims to the same interaction, are looked for this far from the time they name.
COPIES_WITHIN = timedelta(days=35)
KEY = ("session_id", "event_id")


@dataclass
class Intake:
    """What became of the rows of one ingest so far.

    Attributes
    ----------
    begun
        Table `events` as it was before.
    counts
        Once closed `n_rows` = `n_new` + `n_duplicates` + `n_quarantined`, always; `n_conflicting` of the duplicates
        disagreed with the copy that was kept; `n_naive_times` named no zone.
    reasons
        How often each reason was given.
    latest
        Latest time of an event.
    """

    begun: Version
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    latest: datetime | None = None
    _lost: set[str] = field(default_factory=set)
    _removed: list[pl.DataFrame] = field(default_factory=lambda: [pl.DataFrame(schema=dict.fromkeys(KEY, pl.String))])

    def take_in(
        self, log: SpooledLog, writer: Writer, *, file: str, clock: datetime, settings: Settings, folder: Path
    ) -> None:
        """Write what one file holds: its new events, columns and quarantined rows.

        Parameters
        ----------
        log
            The file.
        writer
            Where to.
        file
            Its name in the quarantine.
        clock
            Time of the ingest.
        settings
            Time zone of naive times and roles of columns.
        folder
            Where to keep notes of a file of several batches meanwhile.

        Raises
        ------
        InputError
            When it is no event log; nothing of it is written then.
        SettingsError
            When a declared role is impossible.
        """
        origin = _Origin(file, clock, settings)
        if log.n_batches == 1:
            [raw] = log
            found = origin.normalise(raw, writer)
            self._store(writer, raw, found, origin)
            return
        notes = _Notes(folder)
        before = writer.version("events")
        writer.append("columns", origin.register_columns(log, writer))
        for raw in log:
            found = origin.normalise(raw, writer)
            notes.widen(found.events)
            self._store_part(writer, raw, found, origin, notes)
        self._settle_shared(writer, scan_version(before), origin, notes)

    def _store(self, writer: Writer, raw: RawLog, found: NormalisedEvents, origin: "_Origin") -> None:
        stored = _events_between(writer.table("events"), *_span(found.events))
        unique = drop_duplicates(found.events, stored)
        shared = quarantine_shared_interactions(
            unique.fresh, stored, writer.table("quarantine"), file=origin.file, clock=origin.clock, rows=found.rows
        )
        stale = pl.concat([unique.replaced, shared.removed]).unique()
        if not stale.is_empty():
            writer.delete("events", stale)
        writer.append("columns", found.columns)
        writer.append("events", shared.fresh)
        self._quarantine(writer, pl.concat([found.quarantine, origin.broken(raw), shared.quarantine]))
        self._removed.append(shared.removed)
        self._count(raw, found, unique)

    def _store_part(
        self, writer: Writer, raw: RawLog, found: NormalisedEvents, origin: "_Origin", notes: "_Notes"
    ) -> None:
        """Store a batch of several, without regard to shared interactions: those are seen once all are there."""
        unique = drop_duplicates(found.events, _events_between(writer.table("events"), *notes.span))
        if not unique.replaced.is_empty():
            writer.delete("events", unique.replaced)
        writer.append("events", unique.fresh)
        self._quarantine(writer, pl.concat([found.quarantine, origin.broken(raw)]))
        notes.keep(unique.fresh, found.rows)
        self._count(raw, found, unique)

    def _settle_shared(self, writer: Writer, before: pl.LazyFrame, origin: "_Origin", notes: "_Notes") -> None:
        """Take events of shared interactions out again, as if the file had come in one batch."""
        stored = _events_between(before, *notes.span)
        suspects = select_suspects(notes.fresh(), stored, writer.table("quarantine"))
        new = suspects.unique(KEY, keep="last", maintain_order=True)
        if new.is_empty():
            return
        rows = notes.rows().join(new.lazy().select(KEY), on=KEY, how="semi", maintain_order="left").collect()
        shared = quarantine_shared_interactions(
            new, stored, writer.table("quarantine"), file=origin.file, clock=origin.clock, rows=rows
        )
        gone = new.select(KEY).join(shared.fresh.select(KEY), on=KEY, how="anti")
        stale = pl.concat([gone, shared.removed]).unique()
        if not stale.is_empty():
            writer.delete("events", stale)
        self._quarantine(writer, shared.quarantine)
        self._removed.append(shared.removed)

    def _quarantine(self, writer: Writer, unusable: pl.DataFrame) -> None:
        self.reasons.update(dict(unusable.group_by("reason").len().iter_rows()))
        if unusable.is_empty():
            return
        known = writer.table("quarantine").select("quarantine_id").collect()
        writer.append("quarantine", unusable.join(known, on="quarantine_id", how="anti").unique("quarantine_id"))

    def _count(self, raw: RawLog, found: NormalisedEvents, unique: Deduplicated) -> None:
        """Count a batch in. A content that lost before in this ingest is no further conflict."""
        n_again = len(unique.lost & self._lost)
        self._lost |= unique.lost
        self.counts.update(
            n_rows=raw.frame.height + raw.broken.height,
            n_duplicates=unique.n_duplicates + unique.n_conflicting,
            n_conflicting=unique.n_conflicting - n_again,
            n_naive_times=found.n_naive_times,
        )
        newest: datetime | None = found.events["occurred_at"].max()  # pyright: ignore[reportAssignmentType]
        self.latest = max(filter(None, (self.latest, newest)), default=None)

    def close(self, writer: Writer) -> None:
        """Count what is new: the events stored now that were not when the ingest began. The rest is quarantined."""
        before, now = scan_version(self.begun), writer.table("events")
        n_before, n_now = (events.select(pl.len()).collect().item() for events in (before, now))
        n_new = n_now - n_before + self._count_removed(before)
        self.counts.update(n_new=n_new, n_quarantined=self.counts["n_rows"] - n_new - self.counts["n_duplicates"])

    def _count_removed(self, before: pl.LazyFrame) -> int:
        """Return how many events that were stored before were found to be of shared interactions."""
        removed = pl.concat(self._removed).unique()
        if removed.is_empty():
            return 0
        return removed.lazy().join(before.select(KEY), on=KEY, how="semi").select(pl.len()).collect().item()


@dataclass(frozen=True)
class _Origin:
    """Where and when rows came from, and how they are to be understood."""

    file: str
    clock: datetime
    settings: Settings

    def normalise(self, raw: RawLog, writer: Writer) -> NormalisedEvents:
        return normalise_events(
            raw.frame,
            file=self.file,
            clock=self.clock,
            columns=writer.table("columns").collect(),
            time_zone=self.settings.time_zone,
            roles=self.settings.roles,
            is_typed=raw.is_typed,
        )

    def register_columns(self, log: SpooledLog, writer: Writer) -> pl.DataFrame:
        """Return the columns a file of several batches brings, from the weight of all of it."""
        weights: dict[str, ColumnWeight] = {}
        is_typed = True
        for raw in log:
            for name, weight in weigh_columns(raw.frame, is_typed=raw.is_typed).items():
                weights[name] = weights[name] + weight if name in weights else weight
            is_typed = is_typed and raw.is_typed
        return register_columns(
            weights,
            clock=self.clock,
            columns=writer.table("columns").collect(),
            roles=self.settings.roles,
            is_typed=is_typed,
        )

    def broken(self, raw: RawLog) -> pl.DataFrame:
        return quarantine_broken(raw.broken, file=self.file, clock=self.clock)


class _Notes:
    """Which events the batches of a file brought, on disk, and the time they span."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._n = 0
        self.span: tuple[datetime | None, datetime | None] = (None, None)
        folder.mkdir(parents=True, exist_ok=True)

    def widen(self, events: pl.DataFrame) -> None:
        first, last = _span(events)
        times = [at for at in (*self.span, first, last) if at is not None]
        self.span = (min(times), max(times)) if times else (None, None)

    def keep(self, fresh: pl.DataFrame, rows: pl.DataFrame) -> None:
        fresh.select(*KEY, "interaction_id").write_ipc(self._folder / f"{self._n:06}-fresh.ipc")
        rows.write_ipc(self._folder / f"{self._n:06}-rows.ipc")
        self._n += 1

    def fresh(self) -> pl.LazyFrame:
        return self._scan("fresh")

    def rows(self) -> pl.LazyFrame:
        return self._scan("rows")

    def _scan(self, what: str) -> pl.LazyFrame:
        return pl.concat([pl.scan_ipc(self._folder / f"{at:06}-{what}.ipc") for at in range(self._n)])


def _span(events: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    return events.select(first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max()).row(0)


def _events_between(events: pl.LazyFrame, first: datetime | None, last: datetime | None) -> pl.LazyFrame:
    """Return the stored events that new ones could be copies of, or share an interaction with: those of about the time.

    Files and row groups are in order of time, so the cost does not grow with the age of the store.
    """
    if first is None or last is None:
        return events.clear()
    return events.filter(pl.col("occurred_at").is_between(first - COPIES_WITHIN, last + COPIES_WITHIN))
