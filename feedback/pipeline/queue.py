"""The review queue of a store: what to judge next, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from feedback.errors import SettingsError
from feedback.pipeline.queue_items import (
    WHOLE_QUEUE,
    QueueFilter,
    current_claims,
    draws_of,
    progress,
    queued_items,
    without_aged,
)
from feedback.pipeline.reviews import normalise_rows
from feedback.reviews.queue import WITHDRAWN, keeps_item, open_items, reserve
from feedback.schemas.human import VERDICTS
from feedback.store import Store

_MOST_TRIES = 20
# What ends a reservation comes after it, also in the same moment.
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class QueuedItem:
    """An item to judge, held for a reviewer: the draw that proposed it, and how many more are open to them."""

    interaction_id: str
    draw_id: str
    n_open: int


@dataclass(frozen=True)
class Decision:
    """What a reviewer says of a response.

    Attributes
    ----------
    interaction_id
        The response.
    verdict
        good, bad, unsure or unusable.
    corrected_text
        What the answer should have been.
    tags
        Free labels.
    note
        A remark.
    draw_id
        The draw that proposed it.
    supersedes
        The review of theirs that this one replaces.
    """

    interaction_id: str
    verdict: str
    corrected_text: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
    draw_id: str | None = None
    supersedes: str | None = None


def next_item(
    store: Store,
    *,
    reviewer: str,
    clock: datetime,
    of: QueueFilter = WHOLE_QUEUE,
    wanted: int = 1,
    passed_over: Sequence[str] = (),
) -> QueuedItem | None:
    """Return the next item for a reviewer, reserved for half an hour; null when nothing is left for them.

    Takes no lock: whoever reserved first keeps the item, and the other gets the next one.

    Parameters
    ----------
    store
        The store.
    reviewer
        Who asks.
    clock
        Now.
    of
        Which part of the queue.
    wanted
        How many people are to judge each item.
    passed_over
        Items not to be offered.

    Raises
    ------
    SettingsError
        When no reviewer is named.
    """
    _check_named(reviewer)
    snapshot = store.at()
    waiting = queued_items(snapshot, of).filter(~pl.col("interaction_id").is_in(passed_over))
    drawn = without_aged(snapshot, waiting)
    for _ in range(_MOST_TRIES):
        found = open_items(drawn, *_claimed(store), reviewer=reviewer, at=clock, wanted=wanted)
        if found.is_empty():
            return None
        first = found.row(0, named=True)
        item = QueuedItem(first["interaction_id"], _draw_of(store, first["interaction_id"]), found.height)
        if not first["is_held"]:
            store.append("reservations", reserve(item.interaction_id, reviewer=reviewer, at=clock))
        if keeps_item(item.interaction_id, *_claimed(store), reviewer=reviewer, at=clock, wanted=wanted):
            return item
        let_go(store, item.interaction_id, reviewer=reviewer, clock=clock)
    return None


def let_go(store: Store, interaction_id: str, *, reviewer: str, clock: datetime) -> None:
    """Give an item back to the queue without having judged it."""
    store.append("reservations", reserve(interaction_id, reviewer=reviewer, at=clock + _TICK, lasts=-_TICK))


def decide(store: Store, decision: Decision, *, reviewer: str, clock: datetime) -> str:
    """Return the id of the review that a decision became. Deciding the same twice is one review.

    Raises
    ------
    SettingsError
        When no reviewer is named, the verdict is none, or the store does not know the response.
    """
    _check_named(reviewer)
    if decision.verdict not in VERDICTS:
        raise SettingsError(f"a verdict is one of {', '.join(VERDICTS)}")
    row = {
        "interaction_id": decision.interaction_id,
        "verdict": decision.verdict,
        "reviewer": reviewer,
        "reviewed_at": clock.isoformat(),
        "corrected_text": decision.corrected_text or None,
        "tags": ", ".join(decision.tags) or None,
        "note": decision.note or None,
        "draw_id": decision.draw_id,
        "supersedes": decision.supersedes,
        "label_version_seen": _label_version(store),
    }
    schema = {name: pl.Int64 if name == "label_version_seen" else pl.String for name in row}
    found = normalise_rows(store, pl.DataFrame([row], schema=schema), clock=clock)
    if not found.faults.is_empty():
        raise SettingsError(found.faults["reason"][0])
    review_id: str = found.reviews["review_id"][0]
    known = store.table("reviews").filter(pl.col("review_id") == review_id).select(pl.len()).collect().item()
    if not known:
        store.append("reviews", found.reviews)
    return review_id


def take_back(store: Store, review_id: str, *, clock: datetime) -> str:
    """Return the item of a review that is taken back: undecided again, and held for the same reviewer.

    What was said stays on record.

    Raises
    ------
    SettingsError
        When there is no such review of a response.
    """
    found = store.table("reviews").filter(pl.col("review_id") == review_id, pl.col("level") == "response").collect()
    if found.is_empty():
        raise SettingsError("there is no such review to take back")
    said = found.row(0, named=True)
    undone = Decision(
        said["interaction_id"], "unsure", tags=(WITHDRAWN,), draw_id=said["draw_id"], supersedes=review_id
    )
    decide(store, undone, reviewer=said["reviewer"], clock=clock)
    store.append("reservations", reserve(said["interaction_id"], reviewer=said["reviewer"], at=clock))
    return said["interaction_id"]


def draw_progress(
    store: Store, of: QueueFilter = WHOLE_QUEUE, *, wanted: int = 1, reviewer: str | None = None
) -> pl.DataFrame:
    """Return how far each draw is reviewed: one row per draw, as in `queue_progress`."""
    return progress(store.at(), of, wanted=wanted, reviewer=reviewer)


def _draw_of(store: Store, interaction_id: str) -> str:
    """Return the draw that a verdict on an item counts for.

    A draw for a rate before others: there what nobody answers is missing from a rate. Of those in which it still waits
    the earliest; a verdict from before it was sent to review again was for the draws before that.
    """
    snapshot = store.at()
    draws = draws_of(snapshot, interaction_id)
    judged = snapshot.table("reviews").filter(interaction_id=interaction_id).select(pl.col("reviewed_at").max())
    latest = judged.collect().item()
    waiting = draws if latest is None else draws.filter(pl.col("drawn_at") > latest)
    return (waiting if waiting.height else draws)["draw_id"][0]


def _claimed(store: Store) -> tuple[pl.DataFrame, pl.DataFrame]:
    snapshot = store.at()
    return current_claims(snapshot), snapshot.table("reservations").collect()


def _label_version(store: Store) -> int | None:
    run = store.last_run()
    return run.label_version if run else None


def _check_named(reviewer: str) -> None:
    if not reviewer.strip():
        raise SettingsError("say who reviews: a review has a name to it")
