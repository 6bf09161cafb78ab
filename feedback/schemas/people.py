"""Whose labels they are, and the same few people again and again where there are too many."""

import polars as pl

_PERSON = ("user_id", "session_id")


def choose_people(labels: pl.LazyFrame, one_in: int, *, also: pl.Expr | None = None) -> pl.LazyFrame:
    """Return the labels of one person in so many, of everybody for 1; the same people whatever else is asked.

    The person is the session where no user is known. Labels with neither of these columns are all kept, and those of
    which `also` is true.

    Examples
    --------
    >>> labels = pl.LazyFrame({"session_id": ["s1", "s2", "s3", "s2"], "user_id": [None, None, "u1", None]})
    >>> choose_people(labels, 1).collect().height
    4
    >>> choose_people(labels, 2).collect().equals(choose_people(labels, 2).collect())
    True
    """
    known = [name for name in _PERSON if name in labels.collect_schema()] if one_in > 1 else []
    if not known:
        return labels
    is_chosen = pl.coalesce(known).hash(seed=0) % one_in == 0
    return labels.filter(is_chosen if also is None else is_chosen | also)
