"""Reviews: from files into the store, out of it again, and how far reviewers agree."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from feedback.errors import InputError, SettingsError, name_some
from feedback.export.spreadsheets import restore_columns
from feedback.pipeline.report import Report
from feedback.reviews import NormalisedReviews, compare_reviewers, export_reviews, measure_agreement, normalise_reviews
from feedback.settings import Settings
from feedback.sources import RawLog, find_files, read_log
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
_OF_REVIEWS = ("level", "stream", "draw_id")
_FAULTS = pl.Schema({"file": pl.String, "row": pl.Int64, "column": pl.String, "reason": pl.String})


@dataclass(frozen=True)
class ReviewSummary(Report):
    """What became of the rows of all files.

    `n_rows` were read; `n_new` of them are stored now, `n_duplicates` were stored before or came twice,
    `n_faulty` could not be used. `faults` says why: one row per `file`, `row`, `column` and `reason`.
    `n_naive_times` named no time zone. `unreadable` are files that could not be read at all, each with its
    cause.
    """

    n_files: int
    n_rows: int
    n_new: int
    n_duplicates: int
    n_faulty: int
    n_naive_times: int
    faults: pl.DataFrame
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewAgreement:
    """How far reviewers agree: `groups` as in `measure_agreement`, `pairs` as in `compare_reviewers`."""

    groups: pl.DataFrame
    pairs: pl.DataFrame


@dataclass
class _Imported:
    """What was read so far."""

    reviews: list[pl.DataFrame] = field(default_factory=list)
    faults: list[pl.DataFrame] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    n_rows: int = 0
    n_naive_times: int = 0

    def add(self, file: Path, raw: RawLog, found: NormalisedReviews) -> None:
        """Count the rows of one file in."""
        broken = raw.broken.with_columns(column=pl.lit(None, pl.String))
        faults = pl.concat([found.faults, broken.select(found.faults.columns)]).sort("row", "column", "reason")
        self.reviews.append(found.reviews)
        self.faults.append(faults.select(pl.lit(str(file)).alias("file"), pl.all()))
        self.n_rows += raw.frame.height + raw.broken.height
        self.n_naive_times += found.n_naive_times


def import_reviews(
    store: Store,
    paths: Iterable[str | Path],
    *,
    clock: Clock,
    reviewer: str | None = None,
    settings: Settings | None = None,
    format: str = "auto",  # noqa: A002 - the word users know it by
    on_file: Callable[[Path], None] = lambda _: None,
) -> ReviewSummary:
    """Return what was read from the files and stored as reviews. Importing a file again changes nothing.

    Rows that cannot be used are left out and listed; the others are stored. Takes no lock: people may go on
    reviewing meanwhile.

    Parameters
    ----------
    store
        Where to. It must know the interactions that were reviewed.
    paths
        Files, globs and folders.
    clock
        Says what time it is.
    reviewer
        Who judged rows that do not say so.
    settings
        Time zone of naive times.
    format
        Format of the files, or `auto` to tell by their endings.
    on_file
        Called with each file before it is read.

    Raises
    ------
    InputError
        When there is no file to read, or none of them could be read.
    SettingsError
        When the store has no interactions yet.
    """
    files = find_files(paths)
    snapshot = store.at()
    _check_has_interactions(snapshot)
    read, now = _Imported(), clock()
    for file in files:
        on_file(file)
        try:
            raw = read_log(file, format=format)
            # A CSV file tells no text from numbers, and may be one that we wrote for a spreadsheet.
            rows = raw.frame if raw.is_typed else restore_columns(raw.frame)
            read.add(file, raw, _normalise(rows, snapshot, file, now, reviewer, settings or Settings()))
        except InputError as error:
            read.unreadable.append(str(error))
    if len(read.unreadable) == len(files):
        others = f" (and {len(files) - 1} more)" if len(files) > 1 else ""
        raise InputError(read.unreadable[0] + others)
    fresh = _leave_out_known(pl.concat(read.reviews), store)
    store.append("reviews", fresh)
    return _summarise(read, n_files=len(files) - len(read.unreadable), n_new=fresh.height)


def export_stored_reviews(store: Store) -> pl.DataFrame:
    """Return all reviews of the store, to be written to a file that imports back to the same rows."""
    return export_reviews(store.table("reviews").collect())


def measure_store_agreement(store: Store, *, by: Sequence[str] = (), seed: int = 0) -> ReviewAgreement:
    """Return how far the reviewers agree, per level and, where given, per value of dimensions such as `feature`.

    Raises
    ------
    SettingsError
        When `by` names neither a dimension of the log nor `level`, `stream` or `draw_id`.
    """
    snapshot = store.at()
    interactions, dimensions = snapshot.table("interactions"), _dimensions(snapshot)
    unknown = [name for name in by if name not in (*dimensions, *_OF_REVIEWS)]
    if unknown:
        allowed = name_some((*_OF_REVIEWS, *dimensions), most=20)
        raise SettingsError(f"there is no dimension {name_some(unknown)}; there are {allowed}")
    further = [name for name in by if name in dimensions]
    reviews = snapshot.table("reviews")
    frame = reviews.join(interactions.select("interaction_id", *further), on="interaction_id", how="left").collect()
    return ReviewAgreement(measure_agreement(frame, by=by, seed=seed), compare_reviewers(frame, by=by))


def _dimensions(snapshot: Snapshot) -> list[str]:
    named = snapshot.table("columns").filter(role="dimension").collect()["column"].to_list()
    present = snapshot.table("interactions").collect_schema().names()
    return sorted({"feature", *named} & set(present))


def _check_has_interactions(snapshot: Snapshot) -> None:
    if snapshot.table("interactions").head(1).collect().is_empty():
        raise SettingsError("the store has no interactions to review yet; first: feedback ingest, then feedback run")


def normalise_rows(store: Store, rows: pl.DataFrame, *, clock: datetime) -> NormalisedReviews:
    """Return the reviews among rows that were made here, not read from a file, with what the store knows filled in."""
    return _normalise(rows, store.at(), Path("(here)"), clock, None, Settings(), only=rows["interaction_id"])


def _normalise(
    rows: pl.DataFrame,
    snapshot: Snapshot,
    file: Path,
    now: datetime,
    reviewer: str | None,
    settings: Settings,
    *,
    only: pl.Series | None = None,
) -> NormalisedReviews:
    """Return the reviews among the rows; `only` these interactions are looked up, all without it."""
    version = snapshot.run.label_version if snapshot.run else None
    known = snapshot.table("interactions").select("interaction_id", "session_id")
    known = known if only is None else known.filter(pl.col("interaction_id").is_in(only.implode()))
    draws = snapshot.table("candidates").join(snapshot.table("candidate_draws"), on="draw_id")
    return normalise_reviews(
        rows,
        file=str(file),
        clock=now,
        interactions=known.with_columns(label_version=pl.lit(version, pl.Int64)),
        draws=draws,
        default_reviewer=reviewer,
        time_zone=settings.time_zone,
    )


def _leave_out_known(reviews: pl.DataFrame, store: Store) -> pl.DataFrame:
    """Return the reviews that are not stored yet, each once."""
    known = store.table("reviews").select("review_id").collect()
    return reviews.unique("review_id", maintain_order=True).join(known, on="review_id", how="anti")


def _summarise(read: _Imported, *, n_files: int, n_new: int) -> ReviewSummary:
    faults = pl.concat([_FAULTS.to_frame(), *read.faults])
    n_faulty = faults.select("file", "row").n_unique()
    return ReviewSummary(
        n_files=n_files,
        n_rows=read.n_rows,
        n_new=n_new,
        n_duplicates=read.n_rows - n_faulty - n_new,
        n_faulty=n_faulty,
        n_naive_times=read.n_naive_times,
        faults=faults,
        unreadable=tuple(read.unreadable),
    )
