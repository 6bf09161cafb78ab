"""How the data arrive: runs, rows that could not be used, events per day, columns."""

import polars as pl

from feedback.explore.sample import sample_labels
from feedback.quality import find_unusual_hours
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
    """Return how much arrived per day of event time, also on days on which nothing did, as counted per hour.

    One row per day: `day`, `n_events`, `n_responses`, `lag_s` (median over its hours of the median seconds from
    happening to arriving; null where arrival is unknown).
    """
    found = (
        snapshot.table("data_health")
        .group_by(day=pl.col("hour").dt.convert_time_zone(time_zone).dt.date())
        .agg(pl.col("n_events", "n_responses").sum(), lag_s=pl.col("lag_s").median())
        .sort("day")
        .collect()
    )
    if found.is_empty():
        return found
    return found.upsample("day", every="1d").with_columns(pl.col("n_events", "n_responses").fill_null(0))


def describe_columns(snapshot: Snapshot) -> pl.DataFrame:
    """Return the further columns of the log.

    One row per column, by role and name: `column`, `role`, `incoming_name`, `since`, `recorded_share` (share of the
    interactions for which it is known; null without interactions) and `n_values` (different values). On a long log
    both are told by the interactions of some people (`sample_labels`).
    """
    columns = snapshot.table("columns").collect()
    sample = sample_labels(snapshot)
    looked_at = snapshot.table("interactions") if sample.one_in == 1 else sample.labels.lazy()
    names = [name for name in columns["column"] if name in looked_at.collect_schema().names()]
    schema = {"column": pl.String, "recorded_share": pl.Float64, "n_values": pl.Int64}
    if names:
        known = looked_at.select(pl.col(names).is_not_null().mean()).collect().row(0)
        different = looked_at.select(pl.col(names).drop_nulls().n_unique()).collect().row(0)
        found = pl.DataFrame(list(zip(names, known, different, strict=True)), schema=schema, orient="row")
    else:
        found = pl.DataFrame(schema=schema)
    return columns.join(found, on="column", how="left").sort("role", "column")


def summarise_arrival(snapshot: Snapshot) -> dict[str, float | None]:
    """Return how the events arrive, as shares in [0, 1] and seconds; null where nothing is known yet.

    `late_share` of the events came after what they concern was final; `duplicate_share` of the rows read were stored
    before; `quarantined_share` of the rows read could not be used; `lag_s` and `lag_s_95` are the median over hours
    of the seconds from happening to arriving, and what 95 % of the hours stay under; `sessions_per_user` and
    `sessions_per_user_95` the same of people, on a long log of some of them (`sample_labels`).
    """
    arrived = (
        snapshot.table("data_health")
        .select(
            late_share=pl.col("n_late").sum() / pl.col("n_events").sum(),
            lag_s=pl.col("lag_s").median(),
            lag_s_95=pl.col("lag_s").quantile(0.95),
        )
        .collect()
    )
    people = sample_labels(snapshot).labels.drop_nulls("user_id").group_by("user_id")
    sessions = people.agg(n=pl.col("session_id").n_unique())
    visits = sessions.select(sessions_per_user=pl.col("n").median(), sessions_per_user_95=pl.col("n").quantile(0.95))
    read = count_rows_read(snapshot)
    n_rows = read.get("n_rows", 0)
    shares = {
        f"{name}_share": read.get(counted, 0) / n_rows if n_rows else None
        for name, counted in (("duplicate", "n_duplicates"), ("quarantined", "n_quarantined"))
    }
    return shares | arrived.row(0, named=True) | visits.row(0, named=True)


def unusual_hours(snapshot: Snapshot, *, time_zone: str = "UTC") -> pl.DataFrame:
    """Return the hours with far more or fewer events than usual, as `find_unusual_hours`."""
    return find_unusual_hours(snapshot.table("data_health").collect(), time_zone=time_zone)
