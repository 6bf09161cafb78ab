"""From stored events to labels and quality."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl

from feedback.errors import SettingsError
from feedback.interactions import derive_interactions
from feedback.labelling import LabellingFunction, cast_votes, registered_functions
from feedback.pipeline.daily import write_quality
from feedback.pipeline.predictions import label_interactions
from feedback.pipeline.versions import open_version, read_model
from feedback.pipeline.watermark import advance_watermark
from feedback.reviews import response_verdicts
from feedback.settings import Settings
from feedback.store import Store
from feedback.store.run import Run
from feedback.store.writer import Writer

Clock = Callable[[], datetime]
STEPS = ("interactions", "votes", "labels", "quality", "commit")


@dataclass(frozen=True)
class RunSummary:
    """What a run made: labels that became final now and in all, those still open, and the watermark."""

    run: int
    watermark: datetime | None
    label_version: int
    n_interactions: int
    n_new_final: int
    n_final: int
    n_open: int
    n_voted: int


def run_labels(
    store: Store,
    *,
    clock: Clock,
    settings: Settings | None = None,
    watermark: datetime | Literal["end"] | None = None,
    functions: Iterable[LabellingFunction] | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> RunSummary:
    """Return what became of the stored events: interactions, votes, labels and daily quality are written.

    The label model of the current label version is applied, never fitted: that is `fit_labels`. A label
    that is final in the current label version is never touched again. Other labelling functions,
    weights or windows than those of the current label version start a new one, in which every
    interaction is labelled anew; the labels of the old one are kept.

    Parameters
    ----------
    store
        The store with the events.
    clock
        Says what time it is.
    settings
        Windows, lateness and time zone.
    watermark
        Event time up to which the log is complete; `end` closes every window. None: by the latest event
        of each source and the allowed lateness. The watermark never goes back.
    functions
        Labelling functions to ask; all registered ones by default.
    on_step
        Called with the name of each step before it begins.

    Raises
    ------
    SettingsError
        When a given watermark has no time zone.
    StoreLockedError
        When another process is writing.
    """
    settings = settings or Settings()
    chosen = registered_functions() if functions is None else tuple(functions)
    started_at = clock()
    with store.writer(clock=started_at) as writer:
        last = store.last_run()
        reached = _reach(writer, last, settings, watermark)
        current = last.label_version if last else None
        version, is_new = open_version(writer, current, settings, chosen, started_at)
        done = _final_ids(writer, version)
        on_step("interactions")
        fresh = derive_interactions(
            writer.table("events"),
            observation_window=settings.observation_window,
            session_gap=settings.session_gap,
            watermark=reached,
            previous_watermark=None if is_new else last and last.watermark,
        )
        fresh = fresh.join(done.lazy(), on="interaction_id", how="anti").collect(engine="in-memory")
        on_step("votes")
        votes = cast_votes(fresh, chosen)
        on_step("labels")
        model = read_model(writer, version)
        labels = label_interactions(fresh, votes, chosen, label_version=version, model=model)
        _write_labels(writer, fresh, votes, labels, done)
        on_step("quality")
        verdicts = response_verdicts(writer.table("reviews").collect())
        finals = write_quality(writer, settings, version, verdicts)
        on_step("commit")
        counts = {
            "n_interactions": done.height + fresh.height,
            "n_new_final": int(labels["is_final"].sum()),
            "n_final": finals.height,
            "n_open": int((~labels["is_final"]).sum()),
            "n_voted": int((finals["n_votes"] > 0).sum()),
        }
        run = writer.commit(
            command="run",
            started_at=started_at,
            finished_at=clock(),
            watermark=reached,
            label_version=version,
            sources=last.sources if last else {},
            counts=counts,
        )
    return RunSummary(run=run, watermark=reached, label_version=version, **counts)


def _reach(
    writer: Writer, last: Run | None, settings: Settings, watermark: datetime | Literal["end"] | None
) -> datetime | None:
    """Return the watermark of this run, never before the last one."""
    previous = last.watermark if last else None
    if watermark is None:
        return advance_watermark(previous, last.sources if last else {}, lateness=settings.lateness)
    reached = _end_of_log(writer, settings) if isinstance(watermark, str) else watermark
    if reached is not None and reached.tzinfo is None:
        raise SettingsError("the watermark needs a time zone, for instance 2026-01-31T12:00Z")
    return max(filter(None, (previous, reached)), default=None)


def _end_of_log(writer: Writer, settings: Settings) -> datetime | None:
    """Return the time at which the window of even the last event has closed; null without events."""
    latest: datetime | None = writer.table("events").select(pl.col("occurred_at").max()).collect().item()
    return latest + max(settings.observation_window.values()) if latest else None


def _final_ids(writer: Writer, version: int) -> pl.DataFrame:
    return writer.table("labels").filter(pl.col("label_version") == version).select("interaction_id").collect()


def _write_labels(
    writer: Writer, interactions: pl.DataFrame, votes: pl.DataFrame, labels: pl.DataFrame, done: pl.DataFrame
) -> None:
    """Write what is new and keep what was final."""
    for name, fresh in (("interactions", interactions), ("votes", votes)):
        kept = writer.table(name).join(done.lazy(), on="interaction_id", how="semi").collect()
        writer.replace(name, pl.concat([kept, fresh], how="diagonal") if kept.height else fresh)
    writer.append("labels", labels.filter("is_final").drop("is_final"))
    writer.replace("open_labels", labels.filter(~pl.col("is_final")).drop("is_final"))
