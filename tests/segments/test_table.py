"""What `find_degraded` returns can be stored as table `segments`."""

from datetime import date

import polars as pl

from feedback.schemas import check_table
from feedback.segments.find import find_degraded
from feedback.segments.onsets import ONSET_TYPES
from tests.segments.test_find import DIMENSIONS, labels, spoil


def test_the_result_fits_the_table():
    found = find_degraded(labels(3), spoil(labels(4), pl.col("intent") == "c"), DIMENSIONS, value="p_good")
    further = {"label_version": pl.lit(1, pl.Int64), "comparison": pl.lit("previous period"), "value": pl.lit("p_good")}
    further |= {name: pl.lit(date(2026, 3, 1)) for name in ("first_day", "last_day")}
    further |= {name: pl.lit(None, dtype) for name, dtype in ONSET_TYPES.items()}
    assert check_table("segments", found.with_columns(**further)).height == 1
    assert check_table("segments", found.clear().with_columns(**further)).is_empty()
