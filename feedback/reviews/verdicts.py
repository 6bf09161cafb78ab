"""One verdict per item, out of all that people said about it."""

from typing import TypeVar, cast

import polars as pl

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
ITEM = ("level", "session_id", "interaction_id")
_LATEST_LAST = ("reviewed_at", "review_id")


def response_verdicts(reviews: Frame) -> Frame:
    """Return the verdicts on responses that hold now: one row per response, as in `current_verdicts`.

    What is said about whole sessions stays out: it calibrates nothing and enters session rates only.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> response_verdicts(empty_table("reviews")).height
    0
    """
    return current_verdicts(reviews).filter(pl.col("level") == "response")


def current_verdicts(reviews: Frame) -> Frame:
    """Return the verdict that holds now: one row per item, a response or a session.

    Of each reviewer the latest review counts; one that another review supersedes does not, whoever wrote that.
    Of these,

    1. `unusable` if more than half of the reviewers say so; else
    2. good or bad, whichever more of them say; those who are unsure abstain;
    3. `unsure` if as many say good as bad, or nobody says either.

    Parameters
    ----------
    reviews
        The table of that name, in any order; a review that comes twice counts once.

    Returns
    -------
    Frame
        One row per item, sorted by `level`, `session_id`, `interaction_id`:

        - `level`, `session_id`, `interaction_id` (null for a session)
        - `verdict`; `score`, the mean over reviewers who say good or bad of their score, else of good = 1 and
          bad = 0, null when nobody does
        - `n_reviewers`; `n_good`, `n_bad`, `n_unsure`, `n_unusable`
        - `agreement`, the share of pairs of reviewers who say the same, without those who are unsure; null
          when fewer than two are left
        - `stream`: rate if any draw for a rate with a known probability proposed the item, else mining if any
          did, else import
        - `inclusion_probability`: that of the draws of this stream together, 1 - prod(1 - p) over distinct
          `draw_id`; reviews without one count as one draw. Superseded reviews count here: the item was drawn
          all the same. Null when no probability is known
        - `reviewers`, sorted; `reviewed_at` of the latest review

    Examples
    --------
    >>> from datetime import datetime
    >>> from feedback.schemas import empty_table
    >>> said = [("ann", "good"), ("bob", "bad"), ("eve", "good")]
    >>> rows = [
    ...     {"review_id": who, "interaction_id": "i1", "session_id": "s1", "level": "response", "verdict": verdict,
    ...      "reviewer": who, "reviewed_at": datetime(2026, 1, 5), "stream": "import", "tags": []}
    ...     for who, verdict in said
    ... ]
    >>> found = current_verdicts(pl.DataFrame(rows, schema=empty_table("reviews").schema))
    >>> found.select("verdict", "n_reviewers", pl.col("score", "agreement").round(2)).row(0)
    ('good', 3, 0.67, 0.33)
    """
    items = _name_items(reviews.lazy())
    superseded = items.select(review_id="supersedes", by="review_id").filter(pl.col("by") != pl.col("review_id"))
    valid = items.join(superseded, on="review_id", how="anti")
    found = _adjudicate(latest_of_each(valid)).join(_combine_draws(items, valid), on=ITEM, nulls_equal=True)
    ordered = found.select(*ITEM, *_COLUMNS).sort(ITEM)
    return cast(Frame, ordered.collect() if isinstance(reviews, pl.DataFrame) else ordered)


_COLUMNS = (
    "verdict", "score", "n_reviewers", "n_good", "n_bad", "n_unsure", "n_unusable", "agreement", "stream",
    "inclusion_probability", "reviewers", "reviewed_at",
)  # fmt: skip


def independent_reviews(reviews: pl.LazyFrame) -> pl.LazyFrame:
    """Return what each reviewer says of their own accord: one row per item and reviewer.

    The latest review of each. A review that supersedes another person's settles a question, and is left out;
    the one it supersedes stays.
    """
    items = _name_items(reviews)
    replaced = items.select("reviewer", review_id="supersedes", by="review_id").drop_nulls("review_id")
    authors = items.select("review_id", author="reviewer")
    settled = replaced.join(authors, on="review_id").filter(pl.col("author") != pl.col("reviewer"))
    own = replaced.filter(pl.col("by") != pl.col("review_id"))
    return latest_of_each(
        items.join(settled.select(review_id="by"), on="review_id", how="anti").join(
            own, on=("review_id", "reviewer"), how="anti"
        )
    )


def latest_of_each(reviews: pl.LazyFrame) -> pl.LazyFrame:
    """Return the latest review of each reviewer: one row per item and reviewer, sorted by these."""
    in_order = reviews.sort(*ITEM, "reviewer", *_LATEST_LAST)
    return in_order.unique((*ITEM, "reviewer"), keep="last", maintain_order=True)


def share_of_pairs(counts: tuple[str, ...]) -> pl.Expr:
    """Return the share of pairs that say the same, given how many say each thing; null under two."""
    n = pl.sum_horizontal(counts)
    alike = pl.sum_horizontal(pl.col(name) * (pl.col(name) - 1) for name in counts)
    return pl.when(n >= 2).then(alike / (n * (n - 1)))


def _name_items(reviews: pl.LazyFrame) -> pl.LazyFrame:
    """Return each review once, those of a session without an interaction."""
    answer = pl.when(level="response").then("interaction_id")
    return reviews.unique("review_id").with_columns(answer.alias("interaction_id"))


def _adjudicate(latest: pl.LazyFrame) -> pl.LazyFrame:
    said = {f"n_{verdict}": pl.col("verdict") == verdict for verdict in ("good", "bad", "unsure", "unusable")}
    is_decided = pl.col("verdict").is_in(["good", "bad"])
    grade = pl.coalesce("score", said["n_good"].cast(pl.Float64))
    counted = latest.group_by(ITEM, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("n_reviewers"),
        *(is_said.sum().cast(pl.Int64).alias(name) for name, is_said in said.items()),
        grade.filter(is_decided).mean().alias("score"),
        pl.col("reviewer").alias("reviewers"),
        pl.col("reviewed_at").max(),
    )
    good, bad = pl.col("n_good"), pl.col("n_bad")
    return counted.with_columns(
        verdict=pl.when(2 * pl.col("n_unusable") > pl.col("n_reviewers"))
        .then(pl.lit("unusable"))
        .when(good > bad)
        .then(pl.lit("good"))
        .when(bad > good)
        .then(pl.lit("bad"))
        .otherwise(pl.lit("unsure")),
        agreement=share_of_pairs(("n_good", "n_bad", "n_unusable")),
    )


def _combine_draws(items: pl.LazyFrame, valid: pl.LazyFrame) -> pl.LazyFrame:
    """Return `stream` and `inclusion_probability` of each item.

    Of several reviews from one draw the latest says its probability, one that was not superseded before others.
    """
    probability = pl.col("inclusion_probability")
    marked = items.join(valid.select("review_id", is_valid=True), on="review_id", how="left")
    ranked = marked.with_columns(pl.col("is_valid").fill_null(value=False), _rank_stream()).sort(
        *ITEM, "draw_id", "is_valid", *_LATEST_LAST
    )
    draws = (
        ranked.filter(pl.col("rank") == pl.col("rank").min().over(ITEM))
        .group_by(*ITEM, "draw_id", maintain_order=True)
        .agg(pl.col("rank").first(), probability.drop_nulls().last())
    )
    known = probability.drop_nulls()
    together = (
        pl.when(known.len() > 1).then(1 - (1 - known).product()).otherwise(known.first()).alias("inclusion_probability")
    )
    combined = draws.group_by(ITEM, maintain_order=True).agg(pl.col("rank").first(), together)
    return combined.with_columns(stream=pl.col("rank").replace_strict(_STREAMS, return_dtype=pl.String))


_STREAMS = {0: "rate", 1: "mining", 2: "import"}


def _rank_stream() -> pl.Expr:
    is_rate = (pl.col("stream") == "rate") & pl.col("inclusion_probability").is_not_null()
    rank = pl.when(is_rate).then(0).when(stream="mining").then(1).otherwise(2)
    return rank.alias("rank")
