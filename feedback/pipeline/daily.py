"""Writing the quality of each day."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from feedback.label_model import latest_labels
from feedback.pipeline.dimensions import known_columns
from feedback.quality import derive_quality
from feedback.settings import Settings
from feedback.store.writer import Writer


def write_quality(
    writer: Writer, settings: Settings, verdicts: pl.DataFrame, *, days: Iterable[date] | None = None
) -> None:
    """Write the quality of some days anew, and of every day with a review; null stands for all days.

    A review counts for a rate together with those of other days, so days with reviews go together.
    """
    labels = writer.table("labels")
    dimensions = known_columns(writer, labels, role="dimension")
    day = pl.col("shown_at").dt.convert_time_zone(settings.time_zone).dt.date()
    kept = writer.table("quality").collect().clear()
    if days is not None:
        reviewed = labels.filter(pl.col("interaction_id").is_in(verdicts["interaction_id"].implode()))
        chosen = pl.concat([pl.Series("day", list(days), dtype=pl.Date), reviewed.select(day=day).collect()["day"]])
        labels = labels.filter(day.is_in(chosen.unique().implode()))
        kept = writer.table("quality").filter(~pl.col("day").is_in(chosen.unique().implode())).collect()
    found = derive_quality(
        _in_force(labels, dimensions), dimensions=dimensions, reviews=verdicts, time_zone=settings.time_zone
    )
    writer.replace("quality", pl.concat([kept, found], how="diagonal"))


def _in_force(labels: pl.LazyFrame, dimensions: list[str]) -> pl.DataFrame:
    """Return the columns that quality is made of, of each interaction's latest label."""
    wanted = ("interaction_id", "label_version", "session_id", "user_id", "shown_at", "is_automated", "score", "p_good",
              "n_votes")  # fmt: skip
    found = labels.select(*dict.fromkeys((*wanted, *dimensions))).collect()
    # Sorting a whole table is not cheap, and mostly there is nothing to choose between.
    return found if found["label_version"].n_unique() < 2 else latest_labels(found.lazy()).collect()
