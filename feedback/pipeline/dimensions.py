"""By which columns labels can be broken down."""

import polars as pl

from feedback.store.snapshot import Snapshot
from feedback.store.writer import Writer


def known_columns(
    store: Writer | Snapshot, labels: pl.DataFrame | pl.LazyFrame, *, role: str | None = None
) -> list[str]:
    """Return the dimensions and measures that labels have, by name; of one role only where it is named."""
    columns = store.table("columns")
    chosen = columns if role is None else columns.filter(pl.col("role") == role)
    names = chosen.select("column").collect()["column"].sort()
    present = labels.lazy().collect_schema().names()
    return [name for name in names if name in present]
