"""Sums by which any span of days can be summed up without a look at its labels (tables `tallies` and `outcomes`).

Means over several days need an interval that allows for one person's answers of all these days being alike, and whose
answers they were is nothing to keep for every day and value. So people are put into groups by a hash, each always into
the same one, and groups take the place of people: between 128 groups a mean scatters as between people, and what it
scatters by is known almost as well. Under 128 people most groups are one person.
"""

from collections.abc import Sequence

import polars as pl

from feedback.quality.people import values_of
from feedback.schemas import TABLES

GROUPS = 128
_GROUP_OF = pl.col("person").hash(seed=0) % GROUPS
_KEY = ["day", "dimension", "value"]


def tally_people(people: pl.DataFrame) -> pl.DataFrame:
    """Return one row per day, dimension, value and group of people (table `tallies`).

    Parameters
    ----------
    people
        One row per day, dimension, value and person, as `sum_up_people` gives them.

    Examples
    --------
    >>> from datetime import date
    >>> one = {"day": date(2026, 1, 5), "dimension": "all", "value": "all", "n": 1, "n_voted": 1, "n_scored": 1,
    ...        "total": 0.5, "n_calibrated": 0, "total_p_good": 0.0}
    >>> both = pl.DataFrame([{**one, "person": "ann"}, {**one, "person": "bob"}])
    >>> tally_people(both).select(pl.col("n", "total").sum()).row(0)
    (2, 1.0)
    """
    sums = pl.col("n", "n_voted", "n_scored", "total", "n_calibrated", "total_p_good").sum()
    tallied = people.group_by(*_KEY, people=_GROUP_OF.cast(pl.Int64), maintain_order=True).agg(sums)
    return tallied.select(pl.col(name).cast(dtype) for name, dtype in TABLES["tallies"].columns.items())


def count_outcomes(prepared: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """Return one row per day, dimension, value and outcome: `n` labels (table `outcomes`).

    Parameters
    ----------
    prepared
        One row per label, as `prepare_labels` gives them, with `day`.
    dimensions
        What to break them down by.
    """
    known = prepared.lazy().filter(pl.col("outcome").is_not_null())
    counts = [
        known.group_by("day", dimension=pl.lit(dimension), value=value, outcome="outcome").agg(n=pl.len())
        for dimension, value in values_of(dimensions).items()
    ]
    columns = TABLES["outcomes"].columns
    return pl.concat(counts).select(pl.col(name).cast(dtype) for name, dtype in columns.items()).collect()
