"""A small store with labels and alarms."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from alarm_rows import alarm_table, at, label_rows

from feedback.incidents.states import order_steps
from feedback.pipeline.telling import notify_incidents
from feedback.schemas import TABLES
from feedback.settings import Notify
from feedback.store import Store
from feedback.store.writer import Writer

N_HOURS = 400
CLOCK = at(N_HOURS + 1)
DIMENSIONS = ("feature", "intent", "language")


def clock():
    return CLOCK


def store_with(folder: Path, *alarms: dict, score: float = 0.8) -> Store:
    """Return a store with hourly labels of two features, and these alarms."""
    store = Store(folder / "store")
    empty = pl.DataFrame(schema=TABLES["labels"].columns)
    labels = label_rows(N_HOURS).with_columns(
        pl.lit(1, pl.Int64).alias("label_version"), pl.lit(score).alias("score"), pl.lit(1, pl.Int64).alias("n_votes"),
        pl.lit(0, pl.Int64).alias("session_part"), pl.col("interaction_id").alias("session_id"),
        pl.lit([], pl.List(pl.String)).alias("evidence_event_ids"), is_backfill=False, is_automated=False,
    )  # fmt: skip
    known = [{"column": name, "role": "dimension", "incoming_name": name, "since": CLOCK} for name in DIMENSIONS]
    columns = pl.DataFrame(known, schema=TABLES["columns"].columns)
    with store.writer(clock=CLOCK) as writer:
        writer.append("labels", pl.concat([empty, labels], how="diagonal"))
        writer.append("columns", columns)
        _commit(writer, alarms, 1)
    return store


def add_run(store: Store, *alarms: dict, version: int = 1) -> None:
    """Commit a run that raised these alarms."""
    with store.writer(clock=CLOCK) as writer:
        _commit(writer, alarms, version)


def _commit(writer: Writer, alarms: Sequence[dict], version: int) -> None:
    if alarms:
        writer.append("alarms", alarm_table(*alarms))
    times = {"started_at": CLOCK, "finished_at": CLOCK, "watermark": CLOCK}
    writer.commit(command="run", **times, label_version=version, sources={}, counts={})


def steps_of(store: Store, *actions: str) -> list[str]:
    """Return the steps there are, by what was done and to which alarm, in order of time."""
    steps = order_steps(store.table("incident_events").collect())
    chosen = steps.filter(pl.col("action").is_in(actions)) if actions else steps
    return [f"{action} {alarm}" if alarm else action for action, alarm in chosen.select("action", "alarm_id").rows()]


def tell(path: Path, urls: Sequence[str]) -> None:
    """Send what there is to send."""
    notify_incidents(Store(path), Notify(tuple(urls)), clock=clock, environment={})
