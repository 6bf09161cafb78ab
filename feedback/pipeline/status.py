"""Where the store stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from feedback.store import Store
from feedback.store.run import Run


@dataclass(frozen=True)
class StoreStatus:
    """What is stored, how fresh it is and what could not be used.

    `rows` counts the rows of every table that has any; `quarantine` the rows per reason; `oldest_event` and
    `newest_event` are null without events.
    """

    last_run: Run | None
    oldest_event: datetime | None
    newest_event: datetime | None
    rows: Mapping[str, int]
    quarantine: Mapping[str, int]


def summarise_store(store: Store) -> StoreStatus:
    """Return where the store stands, as of its latest run."""
    snapshot = store.at()
    events = snapshot.table("events").select(
        oldest=pl.col("occurred_at").min(), newest=pl.col("occurred_at").max()
    )  # fmt: skip
    oldest, newest = events.collect().row(0)
    reasons = snapshot.table("quarantine").group_by("reason").len().sort("len", "reason", descending=[True, False])
    return StoreStatus(
        last_run=snapshot.run,
        oldest_event=oldest,
        newest_event=newest,
        rows={
            name: n
            for name in ("events", "quarantine", "interactions", "labels", "open_labels", "quality", "reviews")
            if (n := snapshot.table(name).select(pl.len()).collect().item())
        },
        quarantine=dict(reasons.collect().iter_rows()),
    )


def current_labels(store: Store) -> pl.LazyFrame:
    """Return the labels that hold now, one row per interaction: final ones and open ones, told apart by `is_final`.

    Of the final ones, each interaction's row with the greatest label version.
    """
    snapshot = store.at()
    finals = snapshot.table("labels").sort("interaction_id", "label_version").unique("interaction_id", keep="last")
    return pl.concat(
        [
            finals.with_columns(is_final=pl.lit(value=True)),
            snapshot.table("open_labels").with_columns(is_final=pl.lit(value=False)),
        ],
        how="diagonal",
    ).sort("final_at", "interaction_id")
