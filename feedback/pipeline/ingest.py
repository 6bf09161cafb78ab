"""From files to stored events."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from feedback.engines.scratch import scratch_folder
from feedback.errors import InputError
from feedback.pipeline.forget.tombstones import close_gate, open_gate
from feedback.pipeline.intake import Intake
from feedback.pipeline.pseudonyms import open_pseudonyms
from feedback.pipeline.report import Report
from feedback.pipeline.watermark import merge_sources
from feedback.settings import Settings
from feedback.sources import (
    Format,
    RawLog,
    ReadingTerms,
    choose_format,
    fetch_log,
    find_format,
    find_logs,
    is_url,
    naming_under,
    read_batches,
    reading_under,
    spool_log,
)
from feedback.store import Store
from feedback.store.writer import Writer

Clock = Callable[[], datetime]
DEFAULT_TERMS = ReadingTerms()


@dataclass(frozen=True)
class IngestSummary(Report):
    """What became of the rows of all files: `n_rows` = `n_new` + `n_duplicates` + `n_quarantined` + `n_forgotten`.

    `n_rows` were read; `n_new` of them are stored now, `n_duplicates` were stored before or came twice (of which
    `n_conflicting` disagreed with the copy that is kept), `n_quarantined` could not be used (`reasons` says how many
    for which reason), `n_forgotten` are of people who were forgotten and were left out. `n_naive_times` named no time
    zone. `unreadable` are files that could not be read at all, each with its cause. `seen` says, where the format was
    told from the content, which it is, why, and of how many files. In `n_telling_ids` rows the id of a person is part
    of another id, where pseudonyms do not hide it.
    """

    run: int
    n_files: int
    n_rows: int
    n_new: int
    n_duplicates: int
    n_conflicting: int
    n_quarantined: int
    n_naive_times: int
    n_forgotten: int = 0
    n_telling_ids: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)


def ingest_logs(
    store: Store,
    paths: Iterable[str | Path],
    *,
    clock: Clock,
    settings: Settings | None = None,
    format: str | Format = "auto",  # noqa: A002 - the word users know it by
    source: str = "log",
    on_file: Callable[[Path], None] = lambda _: None,
    terms: ReadingTerms = DEFAULT_TERMS,
) -> IngestSummary:
    """Return what was read from the files and stored as events. Ingesting a file again changes nothing.

    Parameters
    ----------
    store
        Where to; made when it does not exist.
    paths
        Files, globs and folders, and addresses of logs in object stores and on web servers.
    clock
        Says what time it is; events more than five minutes ahead of it are quarantined.
    settings
        Time zone of naive times and roles of columns.
    format
        Format of the files, or `auto` to tell by what is in them.
    source
        Who sends these events; the watermark waits for the slowest source.
    on_file
        Called with each file before it is read.
    terms
        Whom to tell how many bytes of the file are read, how much is worked on at a time (the result does not
        depend on it), and whether a packed file may unpack to any size.

    Raises
    ------
    InputError
        When there is no file to read, or none of them could be read.
    SettingsError
        When people cannot be hidden as the settings say.
    StoreLockedError
        When another process is writing.
    """
    logs = find_logs(paths)
    started_at = clock()
    unreadable: list[str] = []
    seen: Counter[str] = Counter()
    settings = settings or Settings()
    with store.writer(clock=started_at) as writer, reading_under(terms), naming_under(settings.sources):
        hide = open_pseudonyms(writer, settings.privacy, started_at)
        gate = open_gate(writer, time_zone=settings.time_zone)
        intake = Intake(writer.version("events"))
        for log in logs:
            on_file(Path(log))
            with scratch_folder(store.path / ".scratch") as folder:
                try:
                    batches, told = open_source(log, format, folder)
                    spooled = spool_log(gate(hide(batches)), folder / "rows", batch_bytes=terms.batch_bytes)
                    intake.take_in(
                        spooled, writer, file=str(log), clock=started_at, settings=settings,
                        folder=folder / "notes",
                    )  # fmt: skip
                except InputError as error:
                    unreadable.append(str(error))
                else:
                    seen.update(told)
        if len(unreadable) == len(logs):
            raise InputError(
                unreadable[0] if len(logs) == 1 else f"none of {len(logs)} files could be read: {unreadable[0]}"
            )
        intake.close(writer)
        if gate.n_forgotten:
            intake.counts.update(n_rows=gate.n_forgotten, n_forgotten=gate.n_forgotten)
            close_gate(writer, gate, clock=started_at)
        run = _commit(store, writer, clock, started_at, intake, source=source)
    return IngestSummary(
        run=run,
        n_files=len(logs) - len(unreadable),
        **{name: intake.counts[name] for name in _COUNTED},
        n_telling_ids=hide.n_telling,
        reasons=dict(intake.reasons.most_common()),
        unreadable=tuple(unreadable),
        seen=seen,
    )


_COUNTED = ("n_rows", "n_new", "n_duplicates", "n_conflicting", "n_quarantined", "n_naive_times", "n_forgotten")


def open_source(
    log: Path | str,
    format: str | Format,  # noqa: A002
    folder: Path,
) -> tuple[Iterator[RawLog], list[str]]:
    """Return the rows of a file or of what is at an address, and the format with the reason if it was told.

    `folder` is where a copy of what is at an address goes.

    Raises
    ------
    InputError
        When it cannot be read, or its format cannot be told.
    """
    named = format if isinstance(format, Format) else find_format(format)
    if named is not None and named.read_url is not None and is_url(log):
        return named.read_url(str(log)), []
    file = fetch_log(str(log), folder / "fetched") if is_url(log) else Path(log)
    if named is not None:
        return read_batches(file, named), []
    told = choose_format(file)
    return read_batches(file, told.format), [f"{told.format.name}, for {told.why}"]


def _commit(store: Store, writer: Writer, clock: Clock, started_at: datetime, intake: Intake, *, source: str) -> int:
    last = store.last_run()
    return writer.commit(
        command="ingest",
        started_at=started_at,
        finished_at=clock(),
        watermark=last.watermark if last else None,
        label_version=last.label_version if last else None,
        sources=merge_sources(last.sources if last else {}, source, intake.latest),
        counts=intake.counts,
    )
