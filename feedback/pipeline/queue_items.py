"""What is in the review queue: the items of the draws, or a part of them, and how far they are judged."""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from feedback.candidates.draw import AT_RANDOM
from feedback.golden.shadow import REASON as SHADOW
from feedback.pipeline.dimensions import known_columns
from feedback.pipeline.horizons import read_horizons
from feedback.pipeline.picks import PICKED, latest_picks
from feedback.quality.sampler import REASON as FOR_A_RATE
from feedback.reviews.queue import queue_progress
from feedback.store.snapshot import Snapshot

NEUTRAL_REASONS = (FOR_A_RATE, AT_RANDOM, SHADOW, PICKED)
"""Reasons for being drawn that say nothing about the response. All others tell what the label model thinks of it."""


@dataclass(frozen=True)
class QueueFilter:
    """Which part of the queue; everything by default.

    Attributes
    ----------
    draw_id
        Only items of this draw.
    stream
        Only those drawn for a rate (`rate`) or for the golden set (`mining`).
    reason
        Only those drawn for this reason, one of `NEUTRAL_REASONS`.
    dimension, value
        Only those whose interaction has this value of the dimension.
    """

    draw_id: str | None = None
    stream: str | None = None
    reason: str | None = None
    dimension: str | None = None
    value: str | None = None


WHOLE_QUEUE = QueueFilter()


class QueueChoices(NamedTuple):
    """What the queue can be narrowed to: `streams`, `reasons` that may be shown, and `values` of each dimension."""

    streams: list[str]
    reasons: list[str]
    values: dict[str, list[str]]


def queued_items(snapshot: Snapshot, of: QueueFilter = WHOLE_QUEUE) -> pl.DataFrame:
    """Return the items to judge: `draw_id`, `interaction_id`, `rank`, `reason`, `stream`, `drawn_at`, one row per draw.

    A dimension that the log lacks leaves nothing.
    """
    draws = snapshot.table("candidate_draws").select("draw_id", "stream", "drawn_at")
    candidates = snapshot.table("candidates").select("draw_id", "interaction_id", "rank", "reason")
    items = candidates.join(draws, on="draw_id")
    for column in ("draw_id", "stream", "reason"):
        wanted = getattr(of, column)
        items = items if wanted is None else items.filter(pl.col(column) == wanted)
    found = items.collect()
    if of.dimension is None or of.value is None:
        return found
    values = _values_of(snapshot, found, [of.dimension])
    if of.dimension not in values.columns:
        return found.clear()
    return found.join(values.filter(pl.col(of.dimension) == of.value), on="interaction_id", how="semi")


def without_aged(snapshot: Snapshot, items: pl.DataFrame) -> pl.DataFrame:
    """Return the items without those whose texts have aged out: nobody can judge them any more."""
    since = read_horizons(snapshot).texts
    if since is None:
        return items
    aged = snapshot.table("interactions").filter(pl.col("shown_at") < since).select("interaction_id")
    return items.lazy().join(aged, on="interaction_id", how="anti", maintain_order="left").collect()


def draws_of(snapshot: Snapshot, interaction_id: str) -> pl.DataFrame:
    """Return the draws an item is in, those for a rate first, then the earliest: as `queued_items`."""
    found = queued_items(snapshot).filter(pl.col("interaction_id") == interaction_id)
    return found.sort(pl.col("stream") != "rate", "drawn_at", "draw_id")


def progress(
    snapshot: Snapshot, of: QueueFilter = WHOLE_QUEUE, *, wanted: int = 1, reviewer: str | None = None
) -> pl.DataFrame:
    """Return how far each draw is reviewed: one row per draw, as `queue_progress`.

    Parameters
    ----------
    snapshot
        The tables.
    of
        Which part of the queue.
    wanted
        How many people are to judge each item.
    reviewer
        Whose items `n_mine` counts.
    """
    return queue_progress(queued_items(snapshot, of), current_claims(snapshot), wanted=wanted, reviewer=reviewer)


def current_claims(snapshot: Snapshot) -> pl.DataFrame:
    """Return the reviews that count in the queue: those made before a person sent the item to review again do not."""
    reviews = snapshot.table("reviews").collect()
    picks = latest_picks(snapshot).select("interaction_id", "drawn_at")
    told = reviews.join(picks, on="interaction_id", how="left", maintain_order="left")
    is_outdated = (pl.col("reviewed_at") < pl.col("drawn_at")).fill_null(value=False)
    return told.filter(~is_outdated).drop("drawn_at")


def list_queue_choices(snapshot: Snapshot) -> QueueChoices:
    """Return what the queue can be narrowed to; values of a dimension by name, without those not recorded."""
    items = queued_items(snapshot)
    reasons = [reason for reason in NEUTRAL_REASONS if reason in items["reason"]]
    dimensions = known_columns(snapshot, snapshot.table("interactions"), role="dimension")
    values = _values_of(snapshot, items, dimensions)
    found = {name: values[name].drop_nulls().unique().sort().to_list() for name in values.columns[1:]}
    return QueueChoices(
        items["stream"].unique().sort().to_list(), reasons, {name: some for name, some in found.items() if some}
    )


def _values_of(snapshot: Snapshot, items: pl.DataFrame, dimensions: list[str]) -> pl.DataFrame:
    """Return `interaction_id` of the items and those of the dimensions that the log has."""
    interactions = snapshot.table("interactions")
    there = interactions.collect_schema().names()
    wanted = interactions.filter(pl.col("interaction_id").is_in(items["interaction_id"].unique().implode()))
    return wanted.select("interaction_id", *(name for name in dimensions if name in there)).collect()
