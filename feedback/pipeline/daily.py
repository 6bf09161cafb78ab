"""Writing the quality of each day."""

import polars as pl

from feedback.quality import derive_quality
from feedback.settings import Settings
from feedback.store.writer import Writer


def write_quality(writer: Writer, settings: Settings, version: int, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return the final labels of a version, once the quality of their days is written."""
    finals = writer.table("labels").filter(pl.col("label_version") == version).collect()
    known = writer.table("columns").filter(pl.col("role") == "dimension").select("column").collect()
    dimensions = [name for name in known["column"].sort() if name in finals.columns]
    quality = derive_quality(finals, dimensions=dimensions, reviews=verdicts, time_zone=settings.time_zone)
    writer.replace("quality", quality)
    return finals
