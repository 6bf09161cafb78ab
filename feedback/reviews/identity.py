"""The id of a review: a hash of what it says."""

import json
from datetime import datetime
from hashlib import sha256

import polars as pl

from feedback.schemas import UTC as UTC_TIME

CONTENT = (
    "level", "interaction_id", "session_id", "verdict", "score", "reviewer", "reviewed_at", "draw_id",
    "inclusion_probability", "stream", "corrected_text", "tags", "note", "supersedes",
)  # fmt: skip
_OURS = r"^[0-9a-f]{32}$"


def identify_reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return the reviews with their `review_id`: 32 hexadecimal digits, the same for the same content.

    Parameters
    ----------
    reviews
        One row per review: the columns of table `reviews` but for `review_id`. Which labels were current
        when it was judged is not part of what was said, so `label_version_seen` does not count.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> rows = [{"session_id": "s1", "level": "session", "verdict": "good", "reviewer": "ann", "tags": []}]
    >>> identify_reviews(pl.DataFrame(rows, schema=empty_table("reviews").schema))["review_id"].to_list()
    ['...']
    """
    return reviews.with_columns(review_id=_ids(reviews))


def keep_ids(rows: pl.DataFrame, *, is_timed: str) -> pl.DataFrame:
    """Return the rows, in any order, with the `review_id` they are to have.

    A row that came with an id of ours keeps it while it still says the same. If not, it was edited: it
    supersedes the review of that id. A time that was not written is not part of the content.

    Parameters
    ----------
    rows
        One row per review: the columns of table `reviews`, `review_id` null where none was given.
    is_timed
        Name of a column that is null where `reviewed_at` was not written.
    """
    is_ours = pl.col("review_id").str.contains(_OURS).fill_null(value=False)
    claimed = rows.filter(is_ours)
    untimed = claimed.with_columns(pl.lit(None, UTC_TIME).alias("reviewed_at"))
    is_same = (claimed["review_id"] == _ids(claimed)) | (claimed["review_id"] == _ids(untimed))
    edited = claimed.filter(~is_same).with_columns(supersedes="review_id")
    fresh = pl.concat([rows.filter(~is_ours), edited])
    written = fresh.with_columns(pl.when(pl.col(is_timed).is_not_null()).then("reviewed_at"))
    return pl.concat([claimed.filter(is_same), fresh.with_columns(review_id=_ids(written))])


def _ids(reviews: pl.DataFrame) -> pl.Series:
    return pl.Series(map(_hash_row, reviews.select(CONTENT).iter_rows()), dtype=pl.String)


def _hash_row(row: tuple) -> str:
    # Empty text and no text are one thing in a CSV file.
    content = [None if value == "" else value for value in row]
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_write_time)
    return sha256(written.encode()).hexdigest()[:32]


def _write_time(value: datetime) -> str:
    return value.isoformat(timespec="microseconds")
