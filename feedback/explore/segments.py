"""What got worse, where, and is it real: the segments of a store, one of them up close, and versions side by side."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from feedback.errors import UnknownNameError
from feedback.explore.degraded import explain_windows
from feedback.explore.labels import final_labels
from feedback.schemas.people import choose_people
from feedback.segments.coding import holds
from feedback.segments.compared import Compared, sample_people
from feedback.segments.days import Days
from feedback.segments.disparity import Allowance, measure_disparity
from feedback.segments.drilldown import Details
from feedback.segments.periods import choose_periods
from feedback.segments.versions import MARGIN, compare_versions
from feedback.settings import Disparity
from feedback.store.snapshot import Snapshot

# Long enough for small groups to have labels, short enough to be about now.
_DISPARITY_DAYS = 28
_ENOUGH = 50_000


def list_segments(snapshot: Snapshot) -> pl.DataFrame:
    """Return the segments that got worse, by comparison, most lost successes first (table `segments`)."""
    return snapshot.table("segments").sort("first_day", "rank", descending=[True, False]).collect()


def explain(snapshot: Snapshot, segment: str, first_day: date, *, time_zone: str = "UTC") -> Details:
    """Return a segment of the table up close: trend, onset, signals that moved, terms and examples.

    Parameters
    ----------
    snapshot
        The tables.
    segment, first_day
        Which row of table `segments`.
    time_zone
        The declared zone.

    Raises
    ------
    UnknownNameError
        When the table has no such row.
    """
    found = list_segments(snapshot).filter(segment=segment, first_day=first_day)
    if found.is_empty():
        raise UnknownNameError(f"no segment {segment!r} got worse since {first_day}")
    row = found.row(0, named=True)
    days = Days(row["first_day"], row["last_day"])
    # Only the labels of the segment are read; of very many those of some people show it as well.
    both = choose_periods(final_labels(snapshot).filter(holds(row["definition"])), days.span(time_zone))
    one_in = max(sample_people(window.lazy(), most=_ENOUGH).one_in for window in both)
    before, after = (choose_people(window.lazy(), one_in).collect() for window in both)
    return explain_windows(
        snapshot, Compared(before, after, row["value"], one_in), row["definition"], time_zone=time_zone
    )


def compare(
    snapshot: Snapshot,
    dimension: str,
    first: str,
    second: str,
    *,
    by: Sequence[str] = (),
    margin: float = MARGIN,
) -> pl.DataFrame:
    """Return how a second version compares with a first, in all and per segment, as `compare_versions`."""
    labels = final_labels(snapshot).collect()
    return compare_versions(
        labels,
        dimension=dimension,
        first=first,
        second=second,
        value=quality_column(labels),
        segments=by,
        margin=margin,
    )


def disparities(snapshot: Snapshot, allowed: Sequence[Disparity]) -> pl.DataFrame:
    """Return how groups compare with others in the latest four weeks, as `measure_disparity`.

    Column `promise` says which of those allowed a row belongs to, counted from 0. Of more than a million labels those
    of some people are looked at.
    """
    labels = final_labels(snapshot).drop("evidence_event_ids")
    newest = labels.select(pl.col("shown_at").max()).collect().item()
    if newest is None or not allowed:
        return pl.DataFrame()
    within = labels.filter(pl.col("shown_at") > newest - timedelta(days=_DISPARITY_DAYS))
    recent = sample_people(within).labels.collect()
    return pl.concat(
        measure_disparity(
            recent,
            one.dimensions,
            value=quality_column(recent),
            min_n=one.min_n,
            reference=one.reference,
            allowance=Allowance(one.max_gap, one.min_ratio),
        ).with_columns(promise=pl.lit(place, pl.Int64))
        for place, one in enumerate(allowed)
    )


def quality_column(labels: pl.DataFrame) -> str:
    """Return the column that tells how good a response was: `p_good` once it is calibrated, else `score`."""
    return "p_good" if labels["p_good"].count() else "score"
