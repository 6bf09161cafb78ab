"""How the data arrive: runs, rows that could not be used, events per day, columns."""

import polars as pl

from feedback.store.snapshot import Snapshot


def list_runs(snapshot: Snapshot) -> pl.DataFrame:
    """Return what was written when, the latest first.

    One row per run: `run`, `command`, `started_at`, `took_s`, `watermark`, `label_version` and `counts`, a
    list of `name` and `n`.
    """
    took = (pl.col("finished_at") - pl.col("started_at")).dt.total_microseconds() / 1e6
    return (
        snapshot.table("runs")
        .select("run", "command", "started_at", "watermark", "label_version", "counts", took_s=took)
        .sort("run", descending=True)
        .collect()
    )


def count_rows_read(snapshot: Snapshot) -> dict[str, int]:
    """Return what became of the rows of all ingests together, by the names that the ingests counted under."""
    counts = (
        snapshot.table("runs")
        .filter(pl.col("command") == "ingest")
        .select(pl.col("counts").explode().struct.unnest())
        .drop_nulls()
        .group_by("name")
        .agg(pl.col("n").sum())
        .sort("name")
        .collect()
    )
    return dict(counts.iter_rows())


def summarise_quarantine(snapshot: Snapshot) -> pl.DataFrame:
    """Return why rows could not be used, the most frequent first.

    One row per reason, column and file: `reason`, `column` (null: the whole row), `file`, `n` and the first
    of its rows, `first_row` (1-based; null for an event that was stored before).
    """
    return (
        snapshot.table("quarantine")
        .group_by("reason", "column", "file")
        .agg(n=pl.len().cast(pl.Int64), first_row=pl.col("row").min())
        .sort("n", "reason", "file", "column", descending=[True, False, False, False])
        .collect()
    )


def count_events(snapshot: Snapshot, *, time_zone: str = "UTC") -> pl.DataFrame:
    """Return how much arrived per day of event time, also on days on which nothing did.

    One row per day: `day`, `n_events`, `n_sessions`, `n_responses`, `lag_s` (median seconds from happening to
    arriving; null where arrival is unknown).
    """
    lag = (pl.col("received_at") - pl.col("occurred_at")).dt.total_microseconds() / 1e6
    found = (
        snapshot.table("events")
        .group_by(day=pl.col("occurred_at").dt.convert_time_zone(time_zone).dt.date())
        .agg(
            n_events=pl.len().cast(pl.Int64),
            n_sessions=pl.col("session_id").n_unique().cast(pl.Int64),
            n_responses=(pl.col("kind") == "response").sum().cast(pl.Int64),
            lag_s=lag.median(),
        )
        .sort("day")
        .collect()
    )
    if found.is_empty():
        return found
    return found.upsample("day", every="1d").with_columns(pl.col("n_events", "n_sessions", "n_responses").fill_null(0))


def describe_columns(snapshot: Snapshot) -> pl.DataFrame:
    """Return the further columns of the log.

    One row per column, by role and name: `column`, `role`, `incoming_name`, `since`, `recorded_share` (share of the
    interactions for which it is known; null without interactions) and `n_values` (different values).
    """
    columns = snapshot.table("columns").collect()
    interactions = snapshot.table("interactions")
    names = [name for name in columns["column"] if name in interactions.collect_schema().names()]
    schema = {"column": pl.String, "recorded_share": pl.Float64, "n_values": pl.Int64}
    if names:
        known = interactions.select(pl.col(names).is_not_null().mean()).collect().row(0)
        different = interactions.select(pl.col(names).drop_nulls().n_unique()).collect().row(0)
        found = pl.DataFrame(list(zip(names, known, different, strict=True)), schema=schema, orient="row")
    else:
        found = pl.DataFrame(schema=schema)
    return columns.join(found, on="column", how="left").sort("role", "column")
