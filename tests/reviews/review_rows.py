"""Literal reviews for tests: a few columns, everything else at its default."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.reviews import NormalisedReviews, normalise_reviews
from feedback.schemas import empty_table

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
KNOWN = pl.DataFrame({"interaction_id": ["i1", "i2", "i3"], "session_id": ["s1", "s1", "s2"]})


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes - 10_000)


def review_table(*rows: dict) -> pl.DataFrame:
    """Return table `reviews`: good, by ann, of i1, ids r1, r2 ... unless the row says otherwise."""
    usual = {
        "interaction_id": "i1", "session_id": "s1", "level": "response", "verdict": "good", "reviewer": "ann",
        "stream": "import", "tags": [],
    }  # fmt: skip
    filled = [{"review_id": f"r{n}", "reviewed_at": at(n), **usual, **row} for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(filled, schema=empty_table("reviews").schema)


def said(reviewer: str, verdict: str, **columns) -> dict:
    return {"reviewer": reviewer, "verdict": verdict, **columns}


def read(columns: dict | pl.DataFrame, **settings) -> NormalisedReviews:
    """Return what normalising the columns of a file gives; ann is the default reviewer."""
    raw = columns if isinstance(columns, pl.DataFrame) else pl.DataFrame(columns)
    defaults = {"file": "a.csv", "clock": NOW, "interactions": KNOWN, "default_reviewer": "ann"}
    return normalise_reviews(raw, **{**defaults, **settings})
