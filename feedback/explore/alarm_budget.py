"""How many alarms came, against how many false ones are allowed."""

from datetime import datetime, timedelta

import polars as pl

from feedback.settings import parse_span
from feedback.settings.watch import Watch

_TIME = pl.Datetime("us", "UTC")


def count_alarms(
    alarms: pl.DataFrame, watch: Watch, *, begins_at: datetime | None, until: datetime | None
) -> pl.DataFrame:
    """Return how many alarms were reported in each span that the budget is stated for.

    Spans are counted back from the end; the first may reach to before the watch began.

    Parameters
    ----------
    alarms
        As `list_alarms` gives them.
    watch
        Says how many false alarms may come in how long.
    begins_at, until
        First and last moment that is watched; null where nothing is.

    Returns
    -------
    pl.DataFrame
        One row per span, the oldest first: `starts_at`, `ends_at`, `n_alarms` that none explains, `n_echoes`, which an
        earlier one explains, and `n_allowed`, how many false ones the budget lets pass; null where it is a share.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-15T00:00+00:00")
    >>> alarms = pl.DataFrame({"detected_at": [at - timedelta(days=1)], "echo_of": [None]})
    >>> counted = count_alarms(alarms, Watch(), begins_at=at - timedelta(days=10), until=at)
    >>> counted.select("n_alarms", "n_allowed").rows()
    [(0, 1.0), (1, 1.0)]
    """
    spans = _spans(begins_at, until, parse_span(watch.per))
    placed = spans.join_where(
        alarms.select("detected_at", is_echo=pl.col("echo_of").is_not_null()),
        pl.col("detected_at") > pl.col("starts_at"),
        pl.col("detected_at") <= pl.col("ends_at"),
    )
    counted = placed.group_by("starts_at").agg(
        n_alarms=(~pl.col("is_echo")).sum().cast(pl.Int64), n_echoes=pl.col("is_echo").sum().cast(pl.Int64)
    )
    allowed = pl.lit(None if watch.fdr is not None else watch.false_alarms, pl.Float64)
    filled = spans.join(counted, on="starts_at", how="left").with_columns(pl.col("n_alarms", "n_echoes").fill_null(0))
    return filled.with_columns(n_allowed=allowed).sort("starts_at")


def _spans(begins_at: datetime | None, until: datetime | None, length: timedelta) -> pl.DataFrame:
    schema = {"starts_at": _TIME, "ends_at": _TIME}
    if begins_at is None or until is None or begins_at >= until:
        return pl.DataFrame(schema=schema)
    n = -((begins_at - until) // length)
    ends = [until - place * length for place in range(n)]
    return pl.DataFrame([(end - length, end) for end in ends], schema=schema, orient="row")
