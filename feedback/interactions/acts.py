"""Acts that need no history: the first, the last or the sum of a kind."""

import numpy as np
import polars as pl

from feedback.interactions.kinds import of_kind, seconds
from feedback.interactions.numbers import first_of, has_any, last_of

GOOD_RATING = 0.5


def summarise_acts(acts: pl.DataFrame, values: pl.Series, *, n_responses: int) -> pl.DataFrame:
    """Return one row per response, in order, with what was seen, rejected, copied, retried, left or rated.

    `acts` are in order and `values` are those of the log. `*_after_s` are seconds from shown to the first act
    of the kind; `rating` is the last one; `abandoned` is true or null. `copied_at`, `rejected_at`, `liked_at`
    and `disliked_at` are the first times of facts that later events cannot change.
    """
    by_kind = {kind: acts.filter(of_kind(kind)) for kind in ("view", "reject", "copy", "retry", "abandon", "rating")}
    first = {kind: _first(by_kind[kind], n_responses) for kind in ("reject", "copy", "retry")}
    ratings = by_kind["rating"].with_columns(rating=values.gather(by_kind["rating"]["row"]))
    is_good = pl.col("rating") >= GOOD_RATING
    left = has_any(by_kind["abandon"]["nth"], n_responses)
    return (
        pl.DataFrame(
            {
                "seen_s": _sum_views(by_kind["view"], values, n_responses),
                "rejected_after_s": first["reject"]["after_s"],
                "copied_after_s": first["copy"]["after_s"],
                "retried_after_s": first["retry"]["after_s"],
                "copied_at": first["copy"]["occurred_at"],
                "rejected_at": first["reject"]["occurred_at"],
                "liked_at": _first(ratings.filter(is_good), n_responses)["occurred_at"],
                "disliked_at": _first(ratings.filter(~is_good), n_responses)["occurred_at"],
                "rating": ratings["rating"].gather(last_of(ratings["nth"], n_responses)),
                "left": left,
            }
        )
        .with_columns(abandoned=pl.when("left").then(pl.lit(value=True)))
        .drop("left")
    )


def _first(acts: pl.DataFrame, n_responses: int) -> pl.DataFrame:
    """Return when the first of these acts on each response happened, and how long after it was shown."""
    times = acts.select("occurred_at", after_s=seconds(pl.col("occurred_at"), pl.col("shown_at")))
    first = first_of(acts["nth"], n_responses)
    return times.select(pl.all().gather(first))


def _sum_views(views: pl.DataFrame, values: pl.Series, n_responses: int) -> pl.Series:
    seen = pl.DataFrame({"nth": views["nth"], "s": values.gather(views["row"]) / 1000}).drop_nulls()
    seen_s = np.bincount(seen["nth"].to_numpy(), weights=seen["s"].to_numpy(), minlength=n_responses)
    was_recorded = has_any(seen["nth"], n_responses)
    return pl.select(pl.when(was_recorded).then(pl.Series(seen_s))).to_series()
