"""Acts that need no history: the first, the last or the sum of a kind."""

import polars as pl

from feedback.interactions.attribution import of_kind, seconds

GOOD_RATING = 0.5


def summarise_acts(acts: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per response (`nth`) with what was seen, rejected, copied, retried, left or rated.

    `*_after_s` are seconds from shown to the first act of the kind; `rating` is the last one; `abandoned`
    is true or null. `copied_at`, `rejected_at`, `liked_at` and `disliked_at` are the first times of facts
    that later events cannot change.
    """
    after_s = seconds(pl.col("occurred_at"), pl.col("shown_at"))
    is_good = pl.col("value") >= GOOD_RATING
    # Masked first, then summed up: a condition inside an aggregate is evaluated group by group.
    masked = acts.select(
        "nth",
        seen_s=_only("value", of_kind("view")) / 1000,
        rejected_after_s=pl.when(of_kind("reject")).then(after_s),
        copied_after_s=pl.when(of_kind("copy")).then(after_s),
        retried_after_s=pl.when(of_kind("retry")).then(after_s),
        abandoned=pl.when(of_kind("abandon")).then(pl.lit(value=True)),
        copied_at=_only("occurred_at", of_kind("copy")),
        rejected_at=_only("occurred_at", of_kind("reject")),
        liked_at=_only("occurred_at", of_kind("rating") & is_good),
        disliked_at=_only("occurred_at", of_kind("rating") & ~is_good),
    )
    totals = masked.group_by("nth").agg(
        pl.all().exclude("seen_s").min(), pl.col("seen_s").sum(), n_views=pl.col("seen_s").count()
    )
    ratings = acts.filter(of_kind("rating")).sort("nth", "pos").group_by("nth").agg(rating=pl.col("value").last())
    return totals.join(ratings, on="nth", how="left").with_columns(seen_s=pl.when(pl.col("n_views") > 0).then("seen_s"))


def _only(column: str, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(column)
