"""Rows that could not be used, as rows of the table `quarantine`."""

from datetime import UTC, datetime
from hashlib import sha256

import polars as pl

from feedback.schemas import UTC as UTC_TIME
from feedback.schemas import find_table

_IDS = ("event_id", "session_id", "interaction_id")


def quarantine_faults(faults: pl.DataFrame, *, file: str, clock: datetime) -> pl.DataFrame:
    """Return the table `quarantine` for the faults found in a file, in order of row and reason.

    Parameters
    ----------
    faults
        One row per row and fault: `row`, `column`, `reason`, and the ids `event_id`, `session_id`,
        `interaction_id` where they could be read; `part` tells the events of one record apart, 1 where missing.
    file
        Where the rows came from.
    clock
        Time of the ingest.

    Examples
    --------
    >>> from datetime import UTC
    >>> faults = pl.DataFrame({"row": [3], "column": ["kind"], "reason": ["kind is missing"]})
    >>> table = quarantine_faults(faults, file="a.csv", clock=datetime(2025, 1, 6, tzinfo=UTC))
    >>> table.select("row", "column", "event_id").row(0)
    (3, 'kind', None)
    """
    listed = faults.with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in ("column", *_IDS) if name not in faults.columns),
        *(pl.lit(1).alias(name) for name in ("part",) if name not in faults.columns),
    ).sort("row", "part", "reason")
    hashes = (
        hash_parts(file, row, reason, *([part] if part > 1 else []))
        for row, reason, part in listed.select("row", "reason", "part").iter_rows()
    )
    return listed.with_columns(
        pl.Series("quarantine_id", hashes, dtype=pl.String),
        file=pl.lit(file),
        quarantined_at=pl.lit(clock.astimezone(UTC)).cast(UTC_TIME),
    ).select(*find_table("quarantine").columns)


def quarantine_broken(broken: pl.DataFrame, *, file: str, clock: datetime) -> pl.DataFrame:
    """Return the table `quarantine` for rows that no reader could make out: one row per `row` and `reason`."""
    return quarantine_faults(broken, file=file, clock=clock)


def hash_parts(*parts: object) -> str:
    """Return an id made of the parts: the same on every machine, 32 hexadecimal digits.

    Examples
    --------
    >>> hash_parts("a.csv", 3, "kind is missing")
    'fab9f26b056bf686fe500bbb65c90056'
    """
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:32]
