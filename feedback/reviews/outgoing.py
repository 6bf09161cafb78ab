"""Reviews as rows that any file format can hold, and that read back to the same reviews."""

import json

import polars as pl
import polars.selectors as cs

from feedback.schemas import find_table


def export_reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return the reviews as text and numbers only: one row per review, by `reviewed_at` and `review_id`.

    Parameters
    ----------
    reviews
        The table of that name.

    Returns
    -------
    pl.DataFrame
        The columns of table `reviews`. `reviewed_at` is ISO 8601 text in UTC; `tags` a JSON array as text,
        null without tags. Written to CSV, JSON Lines or Parquet and read by `normalise_reviews`, every row
        has the id and content it had.

    Examples
    --------
    >>> from datetime import datetime
    >>> from feedback.schemas import empty_table
    >>> rows = [{"review_id": "r", "reviewed_at": datetime(2026, 1, 5, 9), "tags": ["slow"]}]
    >>> table = pl.DataFrame(rows, schema=empty_table("reviews").schema)
    >>> export_reviews(table).select("reviewed_at", "tags").row(0)
    ('2026-01-05T09:00:00.000000Z', '["slow"]')
    """
    table = find_table("reviews")
    tags = [json.dumps(tags, ensure_ascii=False) if tags else None for tags in reviews["tags"].to_list()]
    plain = reviews.with_columns(
        pl.col("reviewed_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"), pl.Series("tags", tags, dtype=pl.String)
    )
    # A zero byte would make a CSV file unreadable as a whole.
    plain = plain.with_columns(cs.string().str.replace_all("\0", "", literal=True))
    return plain.unique("review_id").select(*table.columns).sort(table.order)
