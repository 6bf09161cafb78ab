"""The columns that labels must have for a detector, and the order they are taken in."""

from collections.abc import Sequence

import polars as pl

from feedback.errors import SchemaError, name_some

ORDER = ("final_at", "interaction_id")


def check_labels(labels: pl.LazyFrame, columns: Sequence[str] = ()) -> pl.Schema:
    """Return the types of the labels' columns, once it is sure that detectors can read them.

    Raises
    ------
    SchemaError
        When `final_at`, the id or one of `columns` is missing, or `final_at` has no time zone.

    Examples
    --------
    >>> check_labels(pl.LazyFrame({"interaction_id": ["i1"]}))
    Traceback (most recent call last):
    feedback.errors.SchemaError: labels need the column final_at; there are interaction_id
    """
    types = labels.collect_schema()
    if missing := [name for name in (*ORDER, *columns) if name not in types]:
        raise SchemaError(f"labels need the column {name_some(missing)}; there are {name_some(types, most=20)}")
    if getattr(types["final_at"], "time_zone", None) is None:
        raise SchemaError(f"final_at is a time with a time zone, not {types['final_at']}")
    return types
