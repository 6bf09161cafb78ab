"""Responses that a person sends to review: a draw of its own, in which each of them was certain."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from feedback.errors import SettingsError, UnknownNameError, name_some
from feedback.label_model import labels_in_force
from feedback.pipeline.drawing import Design, labelled_by, record_draw
from feedback.reviews.queue import decided_reviews
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
PICKED = "picked by hand"
"""Reason of what a person sent to review. Who judges it learns nothing of what the label model thinks."""


class Picked(NamedTuple):
    """The draw in which the responses wait for review, and how many of them did not wait before."""

    draw_id: str
    n_new: int


def pick_for_review(store: Store, interaction_ids: Sequence[str], *, by: str, clock: Clock) -> Picked:
    """Return the draw that puts responses into the review queue; those that wait there already are not put twice.

    Each has probability 1, so their reviews train the label model and never enter a rate. One that was judged before
    is to be judged again.

    Parameters
    ----------
    store
        The store.
    interaction_ids
        The responses.
    by, clock
        Who sends them, and what says the time.

    Raises
    ------
    SettingsError
        When nobody or nothing is named, or nothing is labelled yet.
    UnknownNameError
        When the store does not know one of them.
    StoreLockedError
        When the store is being written.
    """
    if not by.strip() or not interaction_ids:
        raise SettingsError("say who sends which responses to review")
    now, wanted = clock(), sorted(set(interaction_ids))
    with store.writer(clock=now) as writer:
        snapshot, last = writer.snapshot, labelled_by(writer)
        items = _find_items(snapshot, wanted)
        waiting = waiting_picks(snapshot).filter(pl.col("interaction_id").is_in(wanted))
        fresh = items.join(waiting, on="interaction_id", how="anti", maintain_order="left")
        if fresh.is_empty():
            return Picked(waiting["draw_id"][0], 0)
        named = f"pick|{last.run}|{by}|{now.isoformat()}|{wanted}"
        design = Design(named, "mining", 0, fresh.height, f"picked by {by}", fresh.height)
        record_draw(writer, fresh, design, started_at=now, clock=clock)
    return Picked(design.draw_id, fresh.height)


def waiting_picks(snapshot: Snapshot) -> pl.DataFrame:
    """Return what people sent to review and nobody judged since: `interaction_id`, `draw_id`, `drawn_at`."""
    decided = decided_reviews(snapshot.table("reviews").collect()).select("interaction_id", "reviewed_at")
    latest = decided.group_by("interaction_id").agg(pl.col("reviewed_at").max())
    picks = latest_picks(snapshot).join(latest, on="interaction_id", how="left")
    is_waiting = pl.col("reviewed_at").is_null() | (pl.col("reviewed_at") < pl.col("drawn_at"))
    return picks.filter(is_waiting).drop("reviewed_at")


def latest_picks(snapshot: Snapshot) -> pl.DataFrame:
    """Return when a person last sent each response to review: `interaction_id`, `draw_id`, `drawn_at`, by id."""
    picked = snapshot.table("candidates").filter(reason=PICKED).select("interaction_id", "draw_id")
    draws = snapshot.table("candidate_draws").select("draw_id", "drawn_at")
    in_order = picked.join(draws, on="draw_id").sort("interaction_id", "drawn_at", "draw_id")
    return in_order.unique("interaction_id", keep="last", maintain_order=True).collect()


def _find_items(snapshot: Snapshot, wanted: list[str]) -> pl.DataFrame:
    """Return the responses as rows of `candidates`, without the draw."""
    is_wanted = pl.col("interaction_id").is_in(wanted)
    known = snapshot.table("interactions").filter(is_wanted).select("interaction_id")
    labels = labels_in_force(
        snapshot.table("labels").filter(is_wanted), snapshot.table("open_labels").filter(is_wanted)
    )
    found = known.join(labels.select("interaction_id", "score"), on="interaction_id", how="left").collect()
    if found.height < len(wanted):
        unknown = sorted(set(wanted) - set(found["interaction_id"]))
        raise UnknownNameError(f"there is no interaction {name_some(unknown)} in this store")
    return found.sort("interaction_id").with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        reason=pl.lit(PICKED),
        cluster=pl.lit(None, pl.Int64),
        inclusion_probability=pl.lit(1.0),
    )
