"""From stored events to labels and quality."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import polars as pl

from feedback.engines import Engine, LocalEngine
from feedback.engines.work import LabelSessions, Progress, ignore_progress
from feedback.errors import SettingsError
from feedback.labelling import LabellingFunction, registered_functions
from feedback.pipeline.alarms import write_alarms
from feedback.pipeline.audit import write_audit
from feedback.pipeline.daily import write_quality
from feedback.pipeline.health import write_health
from feedback.pipeline.horizons import keep_aged, read_horizons
from feedback.pipeline.report import Report
from feedback.pipeline.retention import age_out, say_aged
from feedback.pipeline.scope import Scope, everything, find_scope, last_run_of
from feedback.pipeline.segments import write_segments
from feedback.pipeline.surprises import write_surprises
from feedback.pipeline.versions import open_version, read_model
from feedback.pipeline.watermark import advance_watermark
from feedback.pipeline.writing import Written, write_shards
from feedback.reviews import response_verdicts
from feedback.settings import Settings
from feedback.store import Store
from feedback.store.run import Run
from feedback.store.writer import Writer

Clock = Callable[[], datetime]
STEPS = ("changes", "labels", "data health", "quality", "segments", "surprises", "alarms", "retention",
         "commit")  # fmt: skip
COMMAND = "run"
BY = "feedback"
"""who does what a run does of itself"""


@dataclass(frozen=True)
class RunSummary(Report):
    """What a run made.

    `n_new_final` labels became final now, of `n_final` in all, of which `n_voted` have a vote; `n_open` are still
    open. `n_events` events were looked at: those of sessions with something new, and of sessions of which a window
    has closed. `n_late` events came after what they concern was final, and changed nothing. `n_new_alarms` were
    raised. Texts of `n_aged_texts` responses, and `n_aged_events` events, were older than they are kept.
    """

    run: int
    watermark: datetime | None
    label_version: int
    n_interactions: int
    n_new_final: int
    n_final: int
    n_open: int
    n_voted: int
    n_events: int
    n_late: int
    n_new_alarms: int
    n_aged_texts: int = 0
    n_aged_events: int = 0


def run_labels(
    store: Store,
    *,
    clock: Clock,
    settings: Settings | None = None,
    watermark: datetime | Literal["end"] | None = None,
    functions: Iterable[LabellingFunction] | None = None,
    engine: Engine | None = None,
    on_step: Callable[[str], None] = lambda _: None,
    on_progress: Progress = ignore_progress,
) -> RunSummary:
    """Return what became of the stored events: interactions, votes, labels and daily quality are written.

    Only sessions with new events are looked at, and those of which the watermark has passed a window: the cost
    grows with what is new, not with what is stored. The label model of the current label version is applied, never
    fitted: that is `fit_labels`. A label that is final in the current label version is never touched again. Other
    labelling functions, weights or windows than those of the current label version start a new one, in which
    every interaction is labelled anew whose texts and events are still there; the labels of the old one are kept.

    Parameters
    ----------
    store
        The store with the events.
    clock
        Says what time it is.
    settings
        Windows, lateness, time zone, and how long texts and events are kept: older ones go, by the clock.
    watermark
        Event time up to which the log is complete; `end` closes every window. None: by the latest event
        of each source and the allowed lateness. The watermark never goes back.
    functions
        Labelling functions to ask; all registered ones by default.
    engine
        Where to label: in this process by default, in bounded memory. What comes out is the same.
    on_step
        Called with the name of each step before it begins.
    on_progress
        Called with the number of events labelled so far, and in all.

    Raises
    ------
    SettingsError
        When a given watermark has no time zone.
    StoreLockedError
        When another process is writing.
    EngineError
        When the engine gave up.
    """
    settings = settings or Settings()
    chosen = registered_functions() if functions is None else tuple(functions)
    engine = engine or LocalEngine(store.path / ".scratch")
    started_at = clock()
    with store.writer(clock=started_at) as writer:
        on_step("changes")
        last = store.last_run()
        reached = _reach(writer, last, settings, watermark)
        horizons = read_horizons(writer)
        version, is_new = open_version(
            writer, last.label_version if last else None, settings, chosen, started_at, since=horizons.labels_from
        )
        previous = None if is_new else last_run_of(writer, COMMAND)
        scope = everything(writer) if is_new else find_scope(writer, previous, watermark=reached)
        if is_new and horizons.labels_from is not None:
            scope = _leave_aged(scope, keep_aged(writer, horizons.labels_from, chosen))
        on_step("labels")
        work = LabelSessions(
            settings, chosen, version, model=read_model(writer, version), watermark=reached,
            previous_watermark=previous and previous.watermark,
        )  # fmt: skip
        written = write_shards(
            writer,
            engine.label(scope.events, work, on_progress=on_progress),
            final_ids=scope.final_ids,
            open_rows=scope.open_rows,
            untouched=work.label(scope.untouched_rows),
            start_anew=is_new and horizons.labels_from is None,
        )
        on_step("data health")
        n_late = write_health(writer, scope, session_gap=settings.session_gap)
        on_step("quality")
        days = None if scope.sessions is None else _days(written.shown, settings)
        write_quality(writer, settings, response_verdicts(writer.table("reviews").collect()), days=days)
        on_step("segments")
        write_segments(writer, settings, watermark=reached, label_version=version, before=last)
        on_step("surprises")
        write_surprises(writer, label_version=version, clock=started_at)
        on_step("alarms")
        raised = write_alarms(writer, settings, watermark=reached, label_version=version, before=last, clock=started_at)
        on_step("retention")
        aged = age_out(writer, settings, watermark=reached, clock=started_at)
        on_step("commit")
        counts = {
            **_count(writer, written, n_late), "n_new_alarms": raised.n_new, "n_aged_texts": aged.n_texts,
            "n_aged_events": aged.n_events,
        }  # fmt: skip
        run = writer.commit(
            command=COMMAND,
            started_at=started_at,
            finished_at=clock(),
            watermark=reached,
            label_version=version,
            sources=last.sources if last else {},
            counts=counts,
        )
    if aged.n_events or aged.n_texts:
        note = f"aged out: {say_aged(aged.n_texts, aged.n_events)}"
        write_audit(store, action="retained", by=BY, at=clock(), about=f"run {run}", note=note)
    return RunSummary(run=run, watermark=reached, label_version=version, **counts)


def _leave_aged(scope: Scope, kept: pl.DataFrame) -> Scope:
    """Return what a new label version labels where some of it has aged out: these ids stay, all others are gone."""
    return replace(scope, open_rows=scope.open_rows.clear(), final_ids=kept)


def _days(shown: Iterable[pl.Series], settings: Settings) -> list[date]:
    """Return the days on which labels that became final now were shown."""
    in_zone = (times.dt.convert_time_zone(settings.time_zone).dt.date().unique() for times in shown)
    return sorted({day for days in in_zone for day in days})


def _count(writer: Writer, written: Written, n_late: int) -> dict[str, int]:
    """Return the counts of a run, by the names that `RunSummary` gives them."""
    is_final = writer.table("interactions").select("is_final").collect()["is_final"]
    has_vote = pl.any_horizontal(pl.all().exclude("interaction_id").is_not_null())
    n_voted = writer.table("votes").select(has_vote.sum()).collect().item()
    n_open_voted = writer.table("open_labels").filter(pl.col("n_votes") > 0).select(pl.len()).collect().item()
    return {
        "n_interactions": len(is_final),
        "n_new_final": sum(map(len, written.shown)),
        "n_final": int(is_final.sum()),
        "n_open": int((~is_final).sum()),
        "n_voted": int(n_voted) - n_open_voted,
        "n_events": written.n_events,
        "n_late": n_late,
    }


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
