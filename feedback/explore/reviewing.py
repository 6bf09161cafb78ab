"""How far reviewers agree."""

from typing import NamedTuple

import polars as pl

from feedback.reviews import compare_reviewers, measure_agreement
from feedback.store.snapshot import Snapshot

_SEED = 0
_BOTH = ("reviewer", "other_reviewer", "n_items", "agreement", "kappa")


class Agreement(NamedTuple):
    """How far reviewers agree on responses.

    `n_items` were judged by at least two of the `n_reviewers`; `share` of the pairs say the same; `alpha` is
    Krippendorff's alpha with its 95 % interval `low` to `high`, null where it is not known. `pairs`: one row per two
    reviewers, as `compare_reviewers`.
    """

    n_items: int
    n_reviewers: int
    share: float
    alpha: float | None
    low: float | None
    high: float | None
    pairs: pl.DataFrame


def reviewer_agreement(snapshot: Snapshot, draw_id: str | None = None) -> Agreement | None:
    """Return how far reviewers agree on responses, of one draw where it is named; null while no two judged the same."""
    reviews = snapshot.table("reviews").filter(pl.col("level") == "response")
    if draw_id is not None:
        drawn = snapshot.table("candidates").filter(draw_id=draw_id).select("interaction_id")
        reviews = reviews.join(drawn, on="interaction_id", how="semi")
    found = reviews.collect()
    measured = measure_agreement(found, seed=_SEED)
    if measured.is_empty():
        return None
    row = measured.row(0, named=True)
    pairs = compare_reviewers(found).select(_BOTH)
    return Agreement(row["n_items"], row["n_reviewers"], row["agreement"], row["alpha"], row["low"], row["high"], pairs)
