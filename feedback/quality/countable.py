"""What a rate is over: the labels, or the sessions they are in."""

from collections.abc import Sequence

import polars as pl

from feedback.errors import SchemaError, SettingsError, name_some

BY = "by "
RATE_COLUMNS = ("n", "n_reviewed", "proxy_rate", "rate", "low", "high", "n_effective", "method", "n_unanswered")
_OPTIONAL = {"user_id": pl.String, "p_good": pl.Float64, "score": pl.Float64, "is_automated": pl.Boolean}


def countable_labels(labels: pl.DataFrame | pl.LazyFrame, by: Sequence[str], *further: str) -> pl.DataFrame:
    """Return the labels a rate is over: one row per label.

    Rows of automated sessions are left out.

    Parameters
    ----------
    labels
        One row per interaction: `interaction_id`, `session_id`, the columns of `by`, and `user_id`, `p_good`,
        `is_automated` where they are known.
    by
        The columns that name a group.
    further
        Columns to keep as they are: `session_id`, `score`, `shown_at`.

    Returns
    -------
    pl.DataFrame
        `further`, `item`, `person` (the session where no user is known), `p` (null while uncalibrated) and the
        columns of `by` behind a prefix, so that they may have any name.

    Raises
    ------
    SchemaError
        When a column is missing.
    SettingsError
        When a column of `by` has the name of a column of the result.

    Examples
    --------
    >>> labels = pl.DataFrame({"interaction_id": ["i1"], "session_id": ["s1"], "feature": ["chat"], "p_good": [0.9]})
    >>> countable_labels(labels, ["feature"]).row(0, named=True)
    {'by feature': 'chat', 'item': 'i1', 'person': 's1', 'p': 0.9}
    """
    present = require(labels, ("interaction_id", "session_id", *by), what="labels")
    clash = [name for name in by if name in RATE_COLUMNS]
    if clash:
        raise SettingsError(f"the rates have a column {name_some(clash)} of their own; rename that of the labels")
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in present]
    return (
        labels.lazy()
        .with_columns(absent)
        .filter(~pl.col("is_automated").fill_null(value=False))
        .select(
            *further,
            *(pl.col(name).alias(BY + name) for name in by),
            item="interaction_id",
            person=pl.coalesce("user_id", "session_id"),
            p=pl.col("p_good").cast(pl.Float64).fill_nan(None),
        )
        # In one order, as the last digit of a sum depends on it.
        .sort("item")
        .collect()
    )


def countable_sessions(labels: pl.DataFrame | pl.LazyFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the sessions a rate is over: one row per session, like `countable_labels`.

    `p` is the mean `p_good` of its labels, null when none has one; person and group are those of the first of
    its labels by `shown_at` and `interaction_id`.
    """
    require(labels, ("shown_at",), what="labels")
    in_order = countable_labels(labels, by, "session_id", "shown_at").sort("shown_at", "item")
    sessions = in_order.group_by("session_id", maintain_order=True)
    return sessions.agg(pl.col("p").mean(), pl.col("person", *prefixed(by)).first()).rename({"session_id": "item"})


def prefixed(names: Sequence[str]) -> list[str]:
    """Return the names of the columns of a group behind their prefix."""
    return [BY + name for name in names]


def require(frame: pl.DataFrame | pl.LazyFrame, columns: Sequence[str], *, what: str) -> list[str]:
    """Return the columns of the frame once those needed are among them.

    Raises
    ------
    SchemaError
        Naming what is missing.
    """
    present = frame.lazy().collect_schema().names()
    missing = [name for name in columns if name not in present]
    if missing:
        raise SchemaError(f"{what} need the column {name_some(missing)}; there are {name_some(present, most=20)}")
    return present
