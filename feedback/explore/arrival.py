"""How the events arrive: how fresh each source is, what came late, and what was not recorded."""

import polars as pl

from feedback.store.snapshot import Snapshot


def list_sources(snapshot: Snapshot) -> pl.DataFrame:
    """Return how fresh each source is, the most behind first.

    One row per source: `source`, `latest_at` (its latest event), `behind_s` (seconds behind the freshest source).
    """
    if snapshot.run is None:
        return pl.DataFrame(schema={"source": pl.String, "latest_at": pl.Datetime("us", "UTC"), "behind_s": pl.Float64})
    sources = pl.DataFrame(
        list(snapshot.run.sources.items()),
        schema={"source": pl.String, "latest_at": pl.Datetime("us", "UTC")},
        orient="row",
    )
    behind = (pl.col("latest_at").max() - pl.col("latest_at")).dt.total_microseconds() / 1e6
    return sources.with_columns(behind_s=behind).sort("behind_s", "source", descending=[True, False])


def daily_arrival(snapshot: Snapshot, *, time_zone: str = "UTC") -> pl.DataFrame:
    """Return how the events of each day arrived: one row per day.

    `day`, `n_events`, `n_late`, `late_share` (of the events of the day, those about an interaction that was final when
    they came), `lag_s` (median over its hours of the seconds from happening to arriving), `null_share` (of the
    dimension values of its responses, those not recorded; null without responses).
    """
    day = pl.col("hour").dt.convert_time_zone(time_zone).dt.date()
    shown = pl.col("n_responses").filter(pl.col("null_share").is_not_null())
    nulls = (pl.col("null_share") * pl.col("n_responses")).sum()
    return (
        snapshot.table("data_health")
        .group_by(day=day)
        .agg(
            pl.col("n_events", "n_late").sum(),
            lag_s=pl.col("lag_s").median(),
            null_share=pl.when(shown.sum() > 0).then(nulls / shown.sum()),
        )
        .with_columns(late_share=pl.when(pl.col("n_events") > 0).then(pl.col("n_late") / pl.col("n_events")))
        .select("day", "n_events", "n_late", "late_share", "lag_s", "null_share")
        .sort("day")
        .collect()
    )


def sample_quarantine(
    snapshot: Snapshot, reason: str, column: str | None, file: str, *, most: int = 20
) -> pl.DataFrame:
    """Return some of the rows that could not be used for a reason, the first of the file first.

    One row per row: `file`, `row` (1-based; null for an event that was stored before), `column`, `reason`,
    `quarantined_at`. What stood in it is in the file, not here.
    """
    is_it = (pl.col("reason") == reason) & pl.col("column").eq_missing(pl.lit(column)) & (pl.col("file") == file)
    found = snapshot.table("quarantine").filter(is_it).sort("row", "quarantined_at").head(most)
    return found.select("file", "row", "column", "reason", "quarantined_at").collect()
