"""From files to stored events."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from feedback.errors import InputError
from feedback.events import (
    NormalisedEvents,
    drop_duplicates,
    normalise_events,
    quarantine_broken,
    quarantine_shared_interactions,
)
from feedback.pipeline.watermark import merge_sources
from feedback.settings import Settings
from feedback.sources import RawLog, find_files, read_log
from feedback.store import Store
from feedback.store.writer import Writer

Clock = Callable[[], datetime]
# Copies of an event, and claims to the same interaction, are looked for this far from the time they name.
COPIES_WITHIN = timedelta(days=35)


@dataclass(frozen=True)
class IngestSummary:
    """What became of the rows of all files.

    `n_rows` were read; `n_new` of them are stored now, `n_duplicates` were stored before or came twice,
    `n_conflicting` disagreed with a copy, `n_quarantined` could not be used (`reasons` says how many for
    which reason). `n_naive_times` named no time zone. `unreadable` are files that could not be read at all,
    each with its cause.
    """

    run: int
    n_files: int
    n_rows: int
    n_new: int
    n_duplicates: int
    n_conflicting: int
    n_quarantined: int
    n_naive_times: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def ingest_logs(
    store: Store,
    paths: Iterable[str | Path],
    *,
    clock: Clock,
    settings: Settings | None = None,
    format: str = "auto",  # noqa: A002 - the word users know it by
    source: str = "log",
    on_file: Callable[[Path], None] = lambda _: None,
) -> IngestSummary:
    """Return what was read from the files and stored as events. Ingesting a file again changes nothing.

    Parameters
    ----------
    store
        Where to; made when it does not exist.
    paths
        Files, globs and folders.
    clock
        Says what time it is; events more than five minutes ahead of it are quarantined.
    settings
        Time zone of naive times and roles of columns.
    format
        Format of the files, or `auto` to tell by their endings.
    source
        Who sends these events; the watermark waits for the slowest source.
    on_file
        Called with each file before it is read.

    Raises
    ------
    InputError
        When there is no file to read, or none of them could be read.
    StoreLockedError
        When another process is writing.
    """
    settings = settings or Settings()
    files = find_files(paths)
    started_at = clock()
    with store.writer(clock=started_at) as writer:
        counts: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        unreadable: list[str] = []
        latest: datetime | None = None
        for file in files:
            on_file(file)
            try:
                raw = read_log(file, format=format)
                found = _normalise(raw, writer, file, started_at, settings)
            except InputError as error:
                unreadable.append(str(error))
                continue
            latest = _later_of(latest, found.events)
            counts.update(_store_file(writer, raw, found, file, started_at, reasons))
        if len(unreadable) == len(files):
            raise InputError(
                unreadable[0] if len(files) == 1 else f"none of {len(files)} files could be read: {unreadable[0]}"
            )
        run = _commit(store, writer, clock, started_at, counts, latest=latest, source=source)
    return IngestSummary(
        run=run,
        n_files=len(files) - len(unreadable),
        **{name: counts[name] for name in _COUNTED},
        reasons=dict(reasons.most_common()),
        unreadable=tuple(unreadable),
    )


_COUNTED = ("n_rows", "n_new", "n_duplicates", "n_conflicting", "n_quarantined", "n_naive_times")


def _later_of(latest: datetime | None, events: pl.DataFrame) -> datetime | None:
    newest: datetime | None = events.select(pl.col("occurred_at").max()).item()
    return max(filter(None, (latest, newest)), default=None)


def _normalise(raw: RawLog, writer: Writer, file: Path, clock: datetime, settings: Settings) -> NormalisedEvents:
    return normalise_events(
        raw.frame,
        file=str(file),
        clock=clock,
        columns=writer.table("columns").collect(),
        time_zone=settings.time_zone,
        roles=settings.roles,
        is_typed=raw.is_typed,
    )


def _store_file(
    writer: Writer, raw: RawLog, found: NormalisedEvents, file: Path, clock: datetime, reasons: Counter[str]
) -> dict[str, int]:
    """Return the counts of one file, once its new events, columns and quarantined rows are written."""
    stored = _events_around(writer, found.events)
    unique = drop_duplicates(found.events, stored)
    shared = quarantine_shared_interactions(
        unique.fresh, stored, writer.table("quarantine"), file=str(file), clock=clock, rows=found.rows
    )
    unusable = pl.concat(
        [found.quarantine, quarantine_broken(raw.broken, file=str(file), clock=clock), shared.quarantine]
    )
    known = writer.table("quarantine").select("quarantine_id").collect()
    n_rows_lost = unusable.filter(pl.col("row").is_not_null())["row"].n_unique()
    reasons.update(dict(unusable.group_by("reason").len().iter_rows()))
    stale = pl.concat([unique.replaced, shared.removed]).unique()
    if not stale.is_empty():
        writer.delete("events", stale)
    writer.append("columns", found.columns)
    writer.append("events", shared.fresh)
    writer.append("quarantine", unusable.join(known, on="quarantine_id", how="anti").unique("quarantine_id"))
    return {
        "n_rows": raw.frame.height + raw.broken.height,
        "n_new": shared.fresh.height - unique.replaced.height,
        "n_duplicates": unique.n_duplicates,
        "n_conflicting": unique.n_conflicting,
        "n_quarantined": n_rows_lost,
        "n_naive_times": found.n_naive_times,
    }


def _events_around(writer: Writer, events: pl.DataFrame) -> pl.LazyFrame:
    """Return the stored events that new ones could be copies of, or share an interaction with: those of about the time.

    Files and row groups are in order of time, so the cost does not grow with the age of the store.
    """
    first, last = events.select(first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max()).row(0)
    if first is None:
        return writer.table("events").clear()
    return writer.table("events").filter(pl.col("occurred_at").is_between(first - COPIES_WITHIN, last + COPIES_WITHIN))


def _commit(
    store: Store,
    writer: Writer,
    clock: Clock,
    started_at: datetime,
    counts: Counter[str],
    *,
    latest: datetime | None,
    source: str,
) -> int:
    last = store.last_run()
    return writer.commit(
        command="ingest",
        started_at=started_at,
        finished_at=clock(),
        watermark=last.watermark if last else None,
        label_version=last.label_version if last else None,
        sources=merge_sources(last.sources if last else {}, source, latest),
        counts=counts,
    )
