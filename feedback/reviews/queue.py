"""Who reviews what next: the items of the draws, less those decided or held by others.

A reviewer claims an item by deciding it, or by reserving it for a while. Of two who reserve the same item at the
same moment the earlier keeps it, so nothing has to be locked.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import polars as pl

from feedback.reviews.verdicts import latest_of_each
from feedback.schemas import TABLES

WITHDRAWN = "withdrawn"
"""Tag of a review that takes an earlier one back: the item is undecided again."""

RESERVED_FOR = timedelta(minutes=30)
_ITEM = "interaction_id"


def open_items(
    candidates: pl.DataFrame,
    reviews: pl.DataFrame,
    reservations: pl.DataFrame,
    *,
    reviewer: str,
    at: datetime,
    wanted: int = 1,
) -> pl.DataFrame:
    """Return what one reviewer may judge now: one row per item, in the order to judge them.

    Parameters
    ----------
    candidates
        What was drawn: `draw_id`, `interaction_id`, `rank` and `drawn_at`; an item of several draws stands in the
        earliest.
    reviews, reservations
        The tables.
    reviewer
        Who asks. What they hold already comes first, the latest before others.
    at
        Now.
    wanted
        How many people are to judge each item.

    Returns
    -------
    pl.DataFrame
        The columns of `candidates`, and `is_held`: whether the reviewer has reserved the item.

    Examples
    --------
    >>> from datetime import UTC
    >>> from feedback.schemas import empty_table
    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> drawn = pl.DataFrame({"draw_id": ["d", "d"], "interaction_id": ["i1", "i2"], "rank": [1, 2], "drawn_at": noon})
    >>> held = reserve("i1", reviewer="bob", at=noon)
    >>> open_items(drawn, empty_table("reviews"), held, reviewer="ann", at=noon)["interaction_id"].to_list()
    ['i2']
    """
    claims = _claims(reviews, reservations, at)
    is_own = pl.col("reviewer") == reviewer
    others = claims.filter(~is_own).group_by(_ITEM).agg(n_others=pl.len())
    own = claims.filter(is_own).select(_ITEM, "since", is_held=~pl.col("is_decided"))
    drawn = candidates.sort("drawn_at", "draw_id", "rank").unique(_ITEM, keep="first", maintain_order=True)
    found = drawn.join(others, on=_ITEM, how="left", maintain_order="left").join(
        own, on=_ITEM, how="left", maintain_order="left"
    )
    is_free = pl.col("is_held").is_null() & (pl.col("n_others").fill_null(0) < wanted)
    return (
        found.filter(is_free | pl.col("is_held").fill_null(value=False))
        .with_columns(pl.col("is_held").fill_null(value=False))
        .sort("is_held", pl.when("is_held").then("since"), descending=True, nulls_last=True, maintain_order=True)
        .drop("n_others", "since")
    )


def reserve(interaction_id: str, *, reviewer: str, at: datetime, lasts: timedelta = RESERVED_FOR) -> pl.DataFrame:
    """Return the row of table `reservations` that holds an item for a reviewer; a `lasts` of zero lets it go."""
    words = "|".join((interaction_id, reviewer, at.isoformat()))
    row = {
        "reservation_id": sha256(words.encode()).hexdigest()[:32],
        "interaction_id": interaction_id,
        "reviewer": reviewer,
        "reserved_at": at,
        "expires_at": at + lasts,
    }
    return pl.DataFrame([row], schema=TABLES["reservations"].columns)


def keeps_item(
    interaction_id: str,
    reviews: pl.DataFrame,
    reservations: pl.DataFrame,
    *,
    reviewer: str,
    at: datetime,
    wanted: int = 1,
) -> bool:
    """Return whether a reviewer keeps an item they reserved: fewer than `wanted` others claimed it before them."""
    claims = _claims(reviews, reservations, at).filter(pl.col(_ITEM) == interaction_id)
    first = claims.sort(~pl.col("is_decided"), "since", "reservation_id").head(wanted)
    return reviewer in first["reviewer"].to_list()


def queue_progress(
    candidates: pl.DataFrame, reviews: pl.DataFrame, *, wanted: int = 1, reviewer: str | None = None
) -> pl.DataFrame:
    """Return how far each draw is: one row per draw, the earliest first.

    `draw_id`, `stream`, `drawn_at`, `n` items, `n_done` of them judged by as many people as wanted, `n_begun` judged
    by somebody, and `n_mine` judged by the reviewer, 0 where none is named.
    """
    is_mine = (pl.col("reviewer") == (reviewer or "")).any()
    judged = decided_reviews(reviews).group_by(_ITEM).agg(n_judged=pl.len(), is_mine=is_mine)
    n_judged = pl.col("n_judged").fill_null(0)
    return (
        candidates.join(judged, on=_ITEM, how="left")
        .group_by("draw_id", "stream", "drawn_at")
        .agg(
            n=pl.len().cast(pl.Int64),
            n_done=(n_judged >= wanted).sum().cast(pl.Int64),
            n_begun=(n_judged > 0).sum().cast(pl.Int64),
            n_mine=pl.col("is_mine").fill_null(value=False).sum().cast(pl.Int64),
        )
        .sort("drawn_at", "draw_id")
    )


def decided_reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return what each reviewer says of each response now, without what they took back: rows of table `reviews`."""
    latest = latest_of_each(reviews.lazy().filter(level="response")).collect()
    return latest.filter(~pl.col("tags").list.contains(WITHDRAWN))


def _claims(reviews: pl.DataFrame, reservations: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return who decided or holds what: one row per item and reviewer, decided ones without a reservation."""
    decided = decided_reviews(reviews).select(
        _ITEM, "reviewer", since="reviewed_at", is_decided=pl.lit(value=True), reservation_id=pl.lit(None, pl.String)
    )
    latest = reservations.sort("reserved_at", "reservation_id").unique((_ITEM, "reviewer"), keep="last")
    held = (
        latest.filter(pl.col("expires_at") > at)
        .join(decided, on=(_ITEM, "reviewer"), how="anti")
        .select(_ITEM, "reviewer", since="reserved_at", is_decided=pl.lit(value=False), reservation_id="reservation_id")
    )
    return pl.concat([decided, held])
