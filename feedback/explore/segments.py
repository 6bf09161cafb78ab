"""What got worse, where, and is it real: the segments of a store, one of them up close, and versions side by side."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from feedback.decompose import decompose_change
from feedback.errors import UnknownNameError
from feedback.explore.labels import final_labels
from feedback.schemas import empty_table
from feedback.segments.days import Days, latest_days
from feedback.segments.disparity import Allowance, measure_disparity
from feedback.segments.drilldown import Details, explain_segment
from feedback.segments.periods import choose_periods
from feedback.segments.versions import MARGIN, compare_versions
from feedback.settings import Disparity
from feedback.store.snapshot import Snapshot

# Long enough for small groups to have labels, short enough to be about now.
_DISPARITY_DAYS = 28


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
    before, after = _windows(snapshot, Days(row["first_day"], row["last_day"]), time_zone)
    known = pl.concat([before, after], how="diagonal").select("interaction_id").lazy()
    votes, interactions = (
        snapshot.table(name).join(known, on="interaction_id", how="semi") for name in ("votes", "interactions")
    )
    return explain_segment(
        before,
        after,
        row["definition"],
        value=row["value"],
        votes=votes.collect(),
        interactions=interactions.select("interaction_id", "request_text").collect(),
        time_zone=time_zone,
    )


def split_change(
    snapshot: Snapshot, dimension: str, *, window: timedelta, n_days: int = 14, time_zone: str = "UTC"
) -> pl.DataFrame:
    """Return whether quality changed or only the mix: the latest complete days against as many before.

    One row for everything, then one per value of the dimension, as `decompose_change`; none where a window is empty.

    Parameters
    ----------
    snapshot
        The tables.
    dimension
        By whose values the change is split.
    window
        The longest observation window: a day is complete once it has passed for all its responses.
    n_days
        How many days on either side.
    time_zone
        The declared zone.

    Raises
    ------
    UnknownNameError
        When the labels have no such dimension.
    """
    if snapshot.run is None or snapshot.run.watermark is None:
        return decompose_change(*_nothing(dimension), [dimension], value="score")
    if dimension not in snapshot.table("labels").collect_schema():
        raise UnknownNameError(f"there is no dimension {dimension!r}")
    days = latest_days(snapshot.run.watermark, window=window, time_zone=time_zone, n_days=n_days)
    before, after = _windows(snapshot, days, time_zone)
    return decompose_change(before, after, [dimension], value=quality_column(pl.concat([before, after])))


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
    """Return how groups compare with others in the latest four weeks, as `measure_disparity`."""
    labels = final_labels(snapshot).collect()
    newest = labels["shown_at"].max()
    if newest is None or not allowed:
        return pl.DataFrame()
    recent = labels.filter(pl.col("shown_at") > pl.lit(newest) - pl.duration(days=_DISPARITY_DAYS))
    return pl.concat(
        measure_disparity(
            recent,
            one.dimensions,
            value=quality_column(labels),
            min_n=one.min_n,
            reference=one.reference,
            allowance=Allowance(one.max_gap, one.min_ratio),
        )
        for one in allowed
    )


def quality_column(labels: pl.DataFrame) -> str:
    """Return the column that tells how good a response was: `p_good` once it is calibrated, else `score`."""
    return "p_good" if labels["p_good"].count() else "score"


def _nothing(dimension: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    empty = empty_table("labels").with_columns(pl.lit(None, pl.String).alias(dimension))
    return empty, empty


def _windows(snapshot: Snapshot, days: Days, time_zone: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    before, after = choose_periods(final_labels(snapshot), days.span(time_zone))
    return before.lazy().collect(), after.lazy().collect()
