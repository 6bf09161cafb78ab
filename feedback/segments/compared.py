"""Labels of two windows, ready to be compared: of how many people, and by which of their values."""

from typing import NamedTuple

import polars as pl

from feedback.schemas.people import choose_people
from feedback.segments.periods import Periods

# Bounds the time and memory that a comparison takes on a long log.
MOST_LABELS = 1_000_000
# What a comparison needs of a label beside its dimensions and measures.
COMPARED = (
    "interaction_id", "label_version", "session_id", "user_id", "shown_at", "is_automated", "score", "p_good",
)  # fmt: skip


class Sample(NamedTuple):
    """Labels of some people, and of one person in how many they are."""

    labels: pl.LazyFrame
    one_in: int


class Compared(NamedTuple):
    """Labels of two windows, which of their values tells how good they are, and of one person in how many they are."""

    before: pl.DataFrame
    after: pl.DataFrame
    value: str
    one_in: int


def sample_people(labels: pl.LazyFrame, *, most: int = MOST_LABELS) -> Sample:
    """Return the labels of everybody or, where they are more than `most`, of one person in 2, 3, 4 ...

    The person is the session where no user is known. The same people are chosen whatever the window.

    Examples
    --------
    >>> labels = pl.LazyFrame({"session_id": ["s1", "s2", "s3"], "user_id": [None, None, "u1"]})
    >>> sample_people(labels, most=3).one_in, sample_people(labels, most=2).one_in
    (1, 2)
    """
    one_in = -(-labels.select(pl.len()).collect().item() // most) or 1
    return Sample(choose_people(labels, one_in), one_in)


def pair_up(periods: Periods, one_in: int = 1) -> Compared:
    """Return both windows with the value they are compared by: `p_good` where both have some, else the score.

    Examples
    --------
    >>> labels = pl.DataFrame({"score": [0.5], "p_good": [None]}, schema_overrides={"p_good": pl.Float64})
    >>> pair_up(Periods(labels, labels)).value
    'score'
    """
    before, after = (window.lazy().collect() for window in periods)
    is_calibrated = all("p_good" in window.columns and window["p_good"].count() for window in (before, after))
    return Compared(before, after, "p_good" if is_calibrated else "score", one_in)


def name_sample(one_in: int) -> str:
    """Return in words that not everybody was looked at; nothing where everybody was.

    Examples
    --------
    >>> name_sample(3), name_sample(1)
    (' (one person in 3)', '')
    """
    return f" (one person in {one_in})" if one_in > 1 else ""
