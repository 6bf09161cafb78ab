"""Writing which segments got worse in the latest week."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from feedback.pipeline.daily import in_force
from feedback.pipeline.dimensions import known_columns
from feedback.schemas import TABLES, empty_table
from feedback.segments.compared import COMPARED, Compared, name_sample, pair_up, sample_people
from feedback.segments.days import Days, latest_days
from feedback.segments.find import find_degraded
from feedback.segments.onsets import add_onsets
from feedback.segments.periods import choose_periods
from feedback.settings import Settings
from feedback.store.run import Run
from feedback.store.writer import Writer

LENGTHS = (7, 14)


def write_segments(
    writer: Writer, settings: Settings, *, watermark: datetime | None, label_version: int, before: Run | None
) -> None:
    """Write the segments anew, once a day is over: the latest complete days against as many before.

    One week against the week before shows what has just happened, two against two what came slowly. Until the
    next midnight nothing changes about complete days, so nothing is written, unless the labels themselves are
    others: those of another label version. `before` is the latest run there was.
    """
    days = _days(watermark, settings)
    known = before and (before.label_version, _days(before.watermark, settings))
    if not days or known == (label_version, days):
        return
    found = [_find(writer, settings, one) for one in days]
    told = pl.concat(found, how="diagonal").with_columns(label_version=pl.lit(label_version, pl.Int64))
    writer.replace("segments", told.select(TABLES["segments"].columns.keys()))


def _find(writer: Writer, settings: Settings, days: Days) -> pl.DataFrame:
    labels = writer.table("labels")
    columns = known_columns(writer, labels)
    if not columns:
        # Nothing to look into: the whole alone is no segment.
        return empty_table("segments")
    compared = compare_days(labels, days, columns, settings.time_zone)
    found = find_degraded(compared.before, compared.after, columns, value=compared.value)
    both = pl.concat([compared.before, compared.after])
    return add_onsets(found, both, value=compared.value).with_columns(
        comparison=pl.lit(
            f"{days.first} to {days.last} against the {days.n_days} days before{name_sample(compared.one_in)}"
        ),
        first_day=pl.lit(days.first),
        last_day=pl.lit(days.last),
        value=pl.lit(compared.value),
    )


def compare_days(labels: pl.LazyFrame, days: Days, columns: Sequence[str], time_zone: str) -> Compared:
    """Return the labels of these days and of as many before, or those of some people where they are very many."""
    span = days.span(time_zone)
    near = labels.filter(pl.col("shown_at").is_between(span.starts_at - (span.ends_at - span.starts_at), span.ends_at))
    chosen, one_in = sample_people(near)
    wanted = chosen.select(*dict.fromkeys((*COMPARED, *columns)))
    return pair_up(choose_periods(in_force(wanted).lazy(), span), one_in)


def _days(watermark: datetime | None, settings: Settings) -> list[Days]:
    window = max(settings.observation_window.values())
    zone = settings.time_zone
    return [latest_days(watermark, window=window, time_zone=zone, n_days=n) for n in LENGTHS] if watermark else []
