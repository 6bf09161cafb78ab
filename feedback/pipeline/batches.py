"""Days in batches that fit into memory, however long the log is."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

# Rows at a time. Half a million labels, summed up by ten dimensions and person, take about a GiB.
MOST_ROWS = 500_000


def batch_days(
    rows: pl.LazyFrame, at: str, *, time_zone: str, days: Iterable[date] | None = None, most: int = MOST_ROWS
) -> Iterator[pl.LazyFrame]:
    """Yield the rows of some days, or of all, as many whole days at a time as have up to `most` rows.

    Parameters
    ----------
    rows
        The rows.
    at
        Their column of time.
    time_zone
        Zone whose midnights part the days.
    days
        The days; null for all there are.
    most
        Most rows at a time; a single day may have more.

    Examples
    --------
    >>> rows = pl.LazyFrame({"at": pl.datetime_range(datetime(2026, 1, 5), datetime(2026, 1, 8), "12h", eager=True,
    ...                                              time_zone="UTC")})
    >>> [batch.collect().height for batch in batch_days(rows, "at", time_zone="UTC", most=4)]
    [4, 3]
    """
    day = pl.col(at).dt.convert_time_zone(time_zone).dt.date()
    counts = rows.select(day.alias("day")).group_by("day").len().sort("day").collect()
    if days is not None:
        counts = counts.filter(pl.col("day").is_in(list(days)))
    for batch in _batch(counts, most):
        # The span lets files and row groups be skipped, whose least and greatest times are known.
        within = pl.col(at).is_between(
            _midnight(batch[0], time_zone), _midnight(batch[-1] + timedelta(days=1), time_zone)
        )
        yield rows.filter(within, day.is_in(batch))


def _batch(counts: pl.DataFrame, most: int) -> Iterator[list[date]]:
    batch: list[date] = []
    n_rows = 0
    for day, n in counts.iter_rows():
        if batch and n_rows + n > most:
            yield batch
            batch, n_rows = [], 0
        batch.append(day)
        n_rows += n
    if batch:
        yield batch


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone))
