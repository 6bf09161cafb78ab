"""Writing how well the data arrive, hour by hour."""

from datetime import timedelta

import polars as pl

from feedback.pipeline.batches import batch_days
from feedback.pipeline.dimensions import known_columns
from feedback.pipeline.horizons import read_horizons
from feedback.pipeline.scope import Scope
from feedback.schemas import TABLES, UTC
from feedback.store.writer import Writer

MOST_EVENTS = 5_000_000
_HOUR = pl.col("occurred_at").dt.truncate("1h").alias("hour")


def write_health(writer: Writer, scope: Scope, *, session_gap: timedelta) -> int:
    """Return how many new events were late, once the hours in which events came or went are written anew.

    An event is late when it could have changed an interaction that was final by then: one of its session that it
    precedes, or in the window of which it lies.
    """
    before = writer.table("data_health").collect()
    late = _find_late(writer, scope, session_gap)
    # Hours of which events have aged out are not counted twice: what is left of them is not all there was.
    since = read_horizons(writer).events
    settled = before.filter(pl.col("hour") < pl.lit(since, UTC))
    if scope.changes is None:
        hours, kept = _hours_without(writer, settled), settled
    else:
        moved = pl.concat([scope.changes.added.select(_HOUR), scope.changes.removed.select(_HOUR)])
        hours = moved.unique().join(settled.lazy().select("hour"), on="hour", how="anti").collect()["hour"]
        kept = before.filter(~pl.col("hour").is_in(hours.implode()))
    found = _sum_up(writer, hours).join(_add_late(before, late), on="hour", how="left", maintain_order="left")
    fresh = found.with_columns(pl.col("n_late").fill_null(0)).select(
        pl.col(name).cast(dtype) for name, dtype in TABLES["data_health"].columns.items()
    )
    writer.replace("data_health", pl.concat([kept, fresh]))
    return int(late["n_late"].sum())


def recount_hours(writer: Writer, hours: pl.Series) -> None:
    """Write some hours anew, by the events that are left; one without any goes. What was counted as late stays so.

    Hours of which events have aged out stay as they are.
    """
    before = writer.table("data_health").collect()
    since = read_horizons(writer).events
    again = hours.filter(hours >= since) if since else hours
    if before.is_empty() or again.is_empty():
        return
    kept = before.filter(~pl.col("hour").is_in(again.implode()))
    late = before.select("hour", "n_late")
    found = _sum_up(writer, again).join(late, on="hour", how="left", maintain_order="left")
    fresh = found.with_columns(pl.col("n_late").fill_null(0)).select(
        pl.col(name).cast(dtype) for name, dtype in TABLES["data_health"].columns.items()
    )
    writer.replace("data_health", pl.concat([kept, fresh]))


def _hours_without(writer: Writer, settled: pl.DataFrame) -> pl.Series | None:
    """Return the hours with events that are not settled yet; null for all hours."""
    if settled.is_empty():
        return None
    hours = writer.table("events").select(_HOUR).unique()
    return hours.join(settled.lazy().select("hour"), on="hour", how="anti").collect()["hour"]


def _sum_up(writer: Writer, hours: pl.Series | None) -> pl.DataFrame:
    """Return one row per hour: events, sessions, responses, delay, and dimension values not recorded."""
    events = writer.table("events").select("session_id", "kind", "occurred_at", "received_at")
    shown = writer.table("interactions").with_columns(occurred_at="shown_at")
    if hours is not None:
        events, shown = (_within(frame, hours) for frame in (events, shown))
    batches = [_count_hours(batch) for batch in batch_days(events, "occurred_at", time_zone="UTC", most=MOST_EVENTS)]
    counted = pl.concat(batches) if batches else _count_hours(events.clear())
    return counted.join(_null_shares(writer, shown).collect(), on="hour", how="left").sort("hour")


def _count_hours(events: pl.LazyFrame) -> pl.DataFrame:
    lag = (pl.col("received_at") - pl.col("occurred_at")).dt.total_microseconds() / 1e6
    return (
        events.group_by(_HOUR)
        .agg(
            n_events=pl.len(),
            n_sessions=pl.col("session_id").n_unique(),
            n_responses=(pl.col("kind") == "response").sum(),
            lag_s=lag.median(),
        )
        .collect()
    )


def _null_shares(writer: Writer, shown: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per hour with the share of dimension values of its responses that are not recorded."""
    names = known_columns(writer, shown, role="dimension")
    if not names:
        return shown.select(_HOUR, null_share=pl.lit(None, pl.Float64)).unique()
    nulls = shown.select(_HOUR, n_null=pl.sum_horizontal(pl.col(names).is_null().cast(pl.Int64)))
    return nulls.group_by("hour").agg(null_share=pl.col("n_null").sum() / (pl.len() * len(names)))


def _within(frame: pl.LazyFrame, hours: pl.Series) -> pl.LazyFrame:
    """Return the rows of these hours; the span of them lets files be skipped."""
    if hours.is_empty():
        return frame.filter(pl.lit(value=False))
    first, last = hours.min(), hours.max()
    at = pl.col("occurred_at")
    return frame.filter(at >= first, at < pl.lit(last) + pl.duration(hours=1), _HOUR.is_in(hours.implode()))


def _find_late(writer: Writer, scope: Scope, session_gap: timedelta) -> pl.DataFrame:
    """Return one row per hour in which late events happened: `hour`, `n_late`."""
    nothing = pl.DataFrame(schema={"hour": TABLES["data_health"].columns["hour"], "n_late": pl.Int64})
    if scope.changes is None or scope.final_ids.is_empty():
        return nothing
    finals = (
        writer.table("interactions")
        .select("interaction_id", "session_id", "shown_at", "window_ends_at")
        .join(scope.final_ids.lazy(), on="interaction_id", how="semi")
        .sort("window_ends_at")
    )
    concerned = (
        scope.changes.added.select("session_id", "occurred_at")
        .sort("occurred_at")
        .join_asof(
            finals,
            left_on="occurred_at",
            right_on="window_ends_at",
            by="session_id",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .filter(pl.col("shown_at") - pl.col("occurred_at") <= session_gap)
    )
    return concerned.group_by(_HOUR).agg(n_late=pl.len().cast(pl.Int64)).collect()


def _add_late(before: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """Return one row per hour with all late events so far."""
    counts = pl.concat([before.select("hour", pl.col("n_late").cast(pl.Int64)), late])
    return counts.group_by("hour").agg(pl.col("n_late").sum())
