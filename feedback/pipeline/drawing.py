"""Draws of responses to review: written down before anyone judges, and the sheet to judge by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from feedback.errors import SettingsError
from feedback.schemas import TABLES
from feedback.store.run import Run
from feedback.store.writer import Writer

Clock = Callable[[], datetime]
_TO_FILL_IN = ("verdict", "reviewer", "note")


@dataclass(frozen=True)
class Design:
    """How a draw was made.

    Attributes
    ----------
    named
        What tells it from other draws; its id is the hash of this.
    stream
        `rate` or `mining`.
    seed, k
        The seed, and how many were wanted.
    frame_filter, frame_n
        What could be drawn, in words, and how many they were.
    """

    named: str
    stream: str
    seed: int
    k: int
    frame_filter: str
    frame_n: int

    @property
    def draw_id(self) -> str:
        """Id of the draw."""
        return sha256(self.named.encode()).hexdigest()[:12]


def labelled_by(writer: Writer) -> Run:
    """Return the last run: what is drawn from is what it pins.

    Raises
    ------
    SettingsError
        When nothing ran yet.
    """
    if writer.snapshot.run is None:
        raise SettingsError("there are no final labels to draw from yet; label first: feedback run")
    return writer.snapshot.run


def record_draw(
    writer: Writer, drawn: pl.DataFrame, design: Design, *, started_at: datetime, clock: Clock
) -> pl.DataFrame:
    """Return what was drawn with its `draw_id`, written to `candidate_draws` and `candidates` and committed.

    A draw that is written already is not written again.

    Parameters
    ----------
    writer
        Of the store; what else was written with it is committed too.
    drawn
        One row per response drawn, with the columns of table `candidates` but the id of the draw.
    design
        How it was drawn.
    started_at, clock
        When the draw began, and what says when it ends.

    Raises
    ------
    SettingsError
        When nothing ran yet.
    """
    last = labelled_by(writer)
    told = drawn.with_columns(draw_id=pl.lit(design.draw_id))
    known = writer.snapshot.table("candidate_draws").filter(draw_id=design.draw_id)
    if not known.collect().is_empty():
        return told
    row = {
        "draw_id": design.draw_id,
        "drawn_at": started_at,
        "stream": design.stream,
        "seed": design.seed,
        "k": design.k,
        "frame_at": last.watermark,
        "frame_filter": design.frame_filter,
        "frame_n": design.frame_n,
    }
    writer.append("candidate_draws", pl.DataFrame([row], schema=TABLES["candidate_draws"].columns))
    writer.append("candidates", told.select(TABLES["candidates"].columns.keys()))
    writer.commit(
        command="draw",
        started_at=started_at,
        finished_at=clock(),
        watermark=last.watermark,
        label_version=last.label_version,
        sources=last.sources,
        counts={"n_drawn": drawn.height},
    )
    return told


def make_sheet(drawn: pl.DataFrame, interactions: pl.LazyFrame) -> pl.DataFrame:
    """Return a sheet to judge by: one row per response, in the order they were drawn in.

    `draw_id`, `interaction_id`, `inclusion_probability`, `request_text`, `response_text`, and `verdict`, `reviewer` and
    `note`, empty, to be filled in. Why each was drawn and what the label model thinks is left out: a reviewer must
    not know.

    Parameters
    ----------
    drawn
        One row per response: `draw_id`, `interaction_id`, `inclusion_probability`.
    interactions
        Table `interactions`.
    """
    texts = interactions.select("interaction_id", "request_text", "response_text")
    placed = drawn.lazy().select("draw_id", "interaction_id", "inclusion_probability")
    joined = placed.join(texts, on="interaction_id", how="left", maintain_order="left")
    return joined.with_columns(pl.lit(None, pl.String).alias(name) for name in _TO_FILL_IN).collect()
