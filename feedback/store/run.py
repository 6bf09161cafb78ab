"""One row of `runs` as an object: what was written when, and which versions belong together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from feedback.schemas import TABLES, find_table

PINNED = tuple(name for name, table in TABLES.items() if not table.is_human and name != "runs")
"""derived tables: a run says at which version of each it is to be read"""


@dataclass(frozen=True)
class Run:
    """What an ingest, run, fit or upkeep left.

    `pins` are the versions of the derived tables, `heads` those of people's tables and of `runs` that it read,
    `sources` the latest event time seen from each, `counts` what it read, wrote and left out. `watermark` is
    null before the first event, `label_version` before the first labels.
    """

    run: int
    command: str
    started_at: datetime
    finished_at: datetime
    watermark: datetime | None = None
    label_version: int | None = None
    sources: Mapping[str, datetime] = field(default_factory=dict, hash=False)
    pins: Mapping[str, int] = field(default_factory=dict, hash=False)
    heads: Mapping[str, int] = field(default_factory=dict, hash=False)
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)


_PAIRS = {
    "sources": ("source", "latest_at"),
    "pins": ("table", "version"),
    "heads": ("table", "version"),
    "counts": ("name", "n"),
}


def run_to_frame(run: Run) -> pl.DataFrame:
    """Return the run as the one row of `runs` it is stored as.

    Examples
    --------
    >>> at = datetime.fromisoformat("2024-05-01T12:00:00+00:00")
    >>> row = run_to_frame(Run(1, "run", at, at, pins={"labels": 4}))
    >>> row["pins"].to_list()
    [[{'table': 'labels', 'version': 4}]]
    """
    columns = find_table("runs").columns
    row = {name: getattr(run, name) for name in columns}
    for name, (key, value) in _PAIRS.items():
        row[name] = [{key: left, value: right} for left, right in sorted(row[name].items())]
    return pl.DataFrame([row], schema=columns)


def run_from_row(row: Mapping) -> Run:
    """Return the run that a row of `runs` describes.

    Examples
    --------
    >>> at = datetime.fromisoformat("2024-05-01T12:00:00+00:00")
    >>> run = Run(1, "run", at, at, counts={"events": 9})
    >>> run_from_row(run_to_frame(run).row(0, named=True)) == run
    True
    """
    pairs = {name: {pair[key]: pair[value] for pair in row[name]} for name, (key, value) in _PAIRS.items()}
    return Run(**{**row, **pairs})
