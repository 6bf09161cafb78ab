"""Drawing candidates for the golden set from a store."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

from feedback.candidates import draw_with_clusters
from feedback.errors import InputError, SettingsError
from feedback.golden.coverage import NOT_RECORDED
from feedback.pipeline.drawing import Design, labelled_by, make_sheet, record_draw
from feedback.pipeline.golden_examples import SEGMENT_BY
from feedback.pipeline.golden_traffic import name_segment
from feedback.pipeline.horizons import has_texts, say_kept
from feedback.pipeline.status import current_labels
from feedback.schemas import TABLES
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
ELIGIBLE = "final labels; automated sessions, reviewed and golden ones left out"
IN_SEGMENT = f"{ELIGIBLE}; of "
"""How a draw says of which segment it is, before its name."""


class CandidateDraw(NamedTuple):
    """A draw as it is stored, how many could be drawn, and a sheet to judge by.

    `candidates` is table `candidates`; `sheet` has one row per candidate in the order to review them: `draw_id`,
    `interaction_id`, `inclusion_probability`, `request_text`, `response_text`, and `verdict`, `reviewer` and `note`,
    empty. Why it was drawn is not on the sheet: a reviewer must not know what the label model thinks.
    """

    candidates: pl.DataFrame
    n_eligible: int
    sheet: pl.DataFrame


def draw_golden_candidates(
    store: Store,
    *,
    k: int,
    seed: int,
    clock: Clock,
    stream: Literal["mining", "rate"] = "mining",
    embeddings: pl.DataFrame | None = None,
    segment: str | None = None,
) -> CandidateDraw:
    """Return candidates for the golden set, written down with their probabilities before anyone judges.

    The golden set, the segments that got worse and the surprises of the online model are those of the store. The
    clusters of all responses replace table `clusters`.

    Parameters
    ----------
    store
        The store to draw from.
    k
        How many to draw; fewer where there are no more that differ.
    seed
        The same seed draws the same candidates from the same store.
    clock
        Says what time it is.
    stream
        `mining`, or `rate` for a simple random sample.
    embeddings
        `interaction_id` and a column of vectors, instead of the words of the texts.
    segment
        Only responses of this segment, such as `feature = chat`; the clusters stay as they are then.

    Raises
    ------
    SettingsError
        When nothing is labelled yet, or everything is reviewed.
    SchemaError
        When the embeddings are none.
    """
    now = clock()
    with store.writer(clock=now) as writer:
        snapshot, last = writer.snapshot, labelled_by(writer)
        labels = _eligible(store, snapshot, segment)
        if labels.is_empty():
            raise SettingsError("there are no final labels left to draw from; label first: feedback run")
        drawn = draw_with_clusters(
            labels,
            k=k,
            golden=_golden_now(snapshot),
            degraded=snapshot.table("segments").sort("first_day", "rank", descending=[True, False]).collect(),
            stream=stream,
            embeddings=embeddings,
            seed=seed,
        )
        if drawn.clusters.height and segment is None:
            writer.replace("clusters", drawn.clusters)
        named = f"{stream}|{last.run}|{seed}|{k}|{embeddings is not None}" + (f"|{segment}" if segment else "")
        told = ELIGIBLE + say_kept(writer) if segment is None else f"{IN_SEGMENT}{segment}"
        design = Design(named, stream, seed, k, told, drawn.n)
        candidates = record_draw(writer, drawn.candidates, design, started_at=now, clock=clock)
        stored = candidates.select(TABLES["candidates"].columns.keys())
        return CandidateDraw(stored, drawn.n, make_sheet(candidates, snapshot.table("interactions")))


def read_embeddings(file: Path) -> pl.DataFrame:
    """Return the vectors of a Parquet file.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"{file}: cannot be read as Parquet; embeddings are interaction_id and a list column"
        ) from error


def _eligible(store: Store, snapshot: Snapshot, segment: str | None) -> pl.DataFrame:
    """Return the labels that can be drawn, with their texts and how surprising each was; of a segment where named."""
    texts = snapshot.table("interactions").select("interaction_id", "request_text", "response_text")
    surprises = snapshot.table("surprises").select("interaction_id", "surprise")
    reviewed = snapshot.table("reviews").filter(level="response").select("interaction_id")
    return (
        current_labels(store)
        .filter("is_final", ~pl.col("is_automated"), has_texts(snapshot), *_is_in(segment))
        .join(reviewed, on="interaction_id", how="anti")
        .join(texts, on="interaction_id", how="left")
        .join(surprises, on="interaction_id", how="left")
        .collect()
    )


def _is_in(segment: str | None) -> list[pl.Expr]:
    named = name_segment(SEGMENT_BY).fill_null(NOT_RECORDED)
    return [] if segment is None else [named == segment]


def _golden_now(snapshot: Snapshot) -> pl.DataFrame:
    """Return the examples of the golden set that are not retired."""
    events = snapshot.table("golden_events").sort("at", "golden_event_id").collect()
    latest = events.unique("example_id", keep="last", maintain_order=True)
    return latest.filter(pl.col("action") != "retired").select("input", "observed_output")
