"""Writing what is counted per day: quality, the sums behind it, outcomes."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from feedback.label_model import latest_labels
from feedback.pipeline.batches import batch_days
from feedback.pipeline.dimensions import known_columns
from feedback.quality.daily import Days, derive_days
from feedback.schemas import empty_table
from feedback.settings import Settings
from feedback.store.writer import Writer


def write_quality(
    writer: Writer, settings: Settings, verdicts: pl.DataFrame, *, days: Iterable[date] | None = None
) -> None:
    """Write what is counted of some days anew, and of every day with a review; null stands for all days.

    Tables `quality`, `tallies` and `outcomes`. A review counts for a rate together with those of other days, so days
    with reviews go together, up to half a million labels at a time.
    """
    labels = writer.table("labels")
    dimensions = known_columns(writer, labels, role="dimension")
    kept = Days(*(empty_table(name) for name in Days._fields))
    # A store from before there were tallies has none of its earlier days.
    if days is not None and (writer.version("quality").files == () or writer.version("tallies").files):
        days = {*days, *_reviewed_days(labels, verdicts, settings.time_zone)}
        kept = Days(*(writer.table(name).filter(~pl.col("day").is_in(list(days))).collect() for name in Days._fields))
    else:
        days = None
    found = [
        derive_days(_in_force(batch, dimensions), dimensions=dimensions, reviews=verdicts, time_zone=settings.time_zone)
        for batch in batch_days(labels, "shown_at", time_zone=settings.time_zone, days=days)
    ]
    for name, parts in zip(Days._fields, zip(kept, *found, strict=True), strict=True):
        writer.replace(name, pl.concat(parts))


def _reviewed_days(labels: pl.LazyFrame, verdicts: pl.DataFrame, time_zone: str) -> list[date]:
    if verdicts.is_empty():
        return []
    reviewed = labels.filter(pl.col("interaction_id").is_in(verdicts["interaction_id"].implode()))
    day = pl.col("shown_at").dt.convert_time_zone(time_zone).dt.date()
    return reviewed.select(day.unique()).collect().to_series().to_list()


def _in_force(labels: pl.LazyFrame, dimensions: list[str]) -> pl.DataFrame:
    """Return the columns that quality is made of, of each interaction's latest label."""
    wanted = ("interaction_id", "label_version", "session_id", "user_id", "shown_at", "is_automated", "score", "p_good",
              "n_votes", "outcome")  # fmt: skip
    return in_force(labels.select(*dict.fromkeys((*wanted, *dimensions))))


def in_force(labels: pl.LazyFrame) -> pl.DataFrame:
    """Return each interaction's label of the greatest label version."""
    found = labels.collect()
    # Sorting a whole table is not cheap, and mostly there is nothing to choose between.
    return found if found["label_version"].n_unique() < 2 else latest_labels(found.lazy()).collect()
