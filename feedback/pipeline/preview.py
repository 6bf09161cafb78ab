"""What an ingest would do, without a store: the same steps into a store that is thrown away."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from feedback.pipeline.ingest import DEFAULT_TERMS, Clock, IngestSummary, ingest_logs
from feedback.pipeline.report import Report
from feedback.settings import Settings
from feedback.sources import Format, ReadingTerms
from feedback.store import Store

MOST_SAMPLES = 10
_SAMPLED = ("occurred_at", "kind", "session_id", "event_id", "interaction_id", "value", "text")
_IDS = ("session_id", "event_id", "interaction_id")
_SHOWN = 40


@dataclass(frozen=True)
class IngestPreview(Report):
    """What an ingest of these files into an empty store would do.

    Parameters
    ----------
    summary
        What would become of the rows.
    kinds
        Number of events by kind, most first.
    first, last
        Times of the first and the last event; null when there is none.
    columns
        One row per further column: `column`, `role`, `incoming_name`.
    filled
        Share of the events that have each of our columns.
    samples
        Up to ten events spread over the log; of texts only length and shape, of ids no e-mail address.
    """

    summary: IngestSummary
    kinds: Mapping[str, int]
    first: datetime | None
    last: datetime | None
    columns: pl.DataFrame
    filled: Mapping[str, float]
    samples: pl.DataFrame


def preview_logs(
    paths: Iterable[str | Path],
    *,
    clock: Clock,
    settings: Settings | None = None,
    format: str | Format = "auto",  # noqa: A002 - the word users know it by
    terms: ReadingTerms = DEFAULT_TERMS,
) -> IngestPreview:
    """Return what `ingest_logs` would do with these files and an empty store. Leaves nothing behind.

    Raises
    ------
    InputError
        When there is no file to read, or none of them could be read.
    """
    with TemporaryDirectory(prefix="feedback-") as folder:
        store = Store(Path(folder) / "store")
        summary = ingest_logs(store, paths, clock=clock, settings=settings, format=format, terms=terms)
        events = store.table("events")
        kinds = events.group_by("kind").len().sort("len", "kind", descending=[True, False]).collect()
        span = events.select(first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max()).collect()
        shares = events.select(pl.col("user_id", *_IDS, "text", "value", "received_at").is_not_null().mean()).collect()
        return IngestPreview(
            summary=summary,
            kinds=dict(kinds.iter_rows()),
            first=span["first"][0],
            last=span["last"][0],
            columns=store.table("columns").select("column", "role", "incoming_name").sort("role", "column").collect(),
            filled=shares.row(0, named=True),
            samples=_take_samples(events, summary.n_new),
        )


def _take_samples(events: pl.LazyFrame, n_events: int) -> pl.DataFrame:
    step = max(1, n_events // MOST_SAMPLES)
    rows = events.select(_SAMPLED).gather_every(step).head(MOST_SAMPLES).collect()
    masked = [pl.col(name).map_elements(mask_id, return_dtype=pl.String) for name in _IDS]
    return rows.with_columns(*masked, pl.col("text").map_elements(mask_text, return_dtype=pl.String))


def mask_text(text: str) -> str:
    """Return the length and the shape of a text: letters as x, digits as 9, at most 40 characters.

    Examples
    --------
    >>> mask_text("Call Ann, 555-0199")
    '18: xxxx xxx, 999-9999'
    """
    shape = "".join("9" if sign.isdigit() else "x" if sign.isalpha() else sign for sign in text[:_SHOWN])
    plain = "".join(sign if sign.isprintable() and sign.isascii() else " " for sign in shape)
    return f"{len(text):,}: {plain}" + ("..." if len(text) > _SHOWN else "")


def mask_id(written: str) -> str:
    """Return an id, without what comes before the @ when it is an e-mail address.

    Examples
    --------
    >>> mask_id("ann@example.org"), mask_id("s-1")
    ('...@example.org', 's-1')
    """
    return re.sub(r"[^\s/@]+@", "...@", written)
