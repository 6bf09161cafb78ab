"""Labelling the past anew, with what arrived after it was final."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from feedback.engines import Engine, LocalEngine
from feedback.engines.work import LabelledShard, LabelSessions, Progress, ignore_progress
from feedback.errors import SettingsError
from feedback.labelling import LabellingFunction, registered_functions
from feedback.pipeline.alarms import write_alarms
from feedback.pipeline.daily import in_force, write_quality
from feedback.pipeline.horizons import read_horizons
from feedback.pipeline.segments import write_segments
from feedback.pipeline.surprises import write_surprises
from feedback.pipeline.versions import describe_windows, hash_rules, read_model, read_version, write_version
from feedback.reviews import response_verdicts
from feedback.schemas.behaviour import RESTATED
from feedback.settings import Settings
from feedback.store import Store
from feedback.store.run import Run
from feedback.store.writer import Writer

Clock = Callable[[], datetime]
RESTATE_STEPS = ("labels", "quality", "segments", "surprises", "alarms", "commit")
# What a label says; when any of it differs the label has changed.
_SAYS = ("score", "p_good", "n_votes", "reason", "outcome", "conflict")
_KEY = "interaction_id"


@dataclass(frozen=True)
class RestateSummary:
    """What a restatement made: of `n_restated` labels how many changed, and why.

    `causes` counts the changed ones: `late events` gave other evidence or another context, `first labelled now` had
    no label before.
    """

    run: int
    label_version: int
    since: date
    n_restated: int
    n_changed: int
    causes: dict[str, int]


def restate_labels(
    store: Store,
    *,
    since: date,
    clock: Clock,
    settings: Settings | None = None,
    functions: Iterable[LabellingFunction] | None = None,
    engine: Engine | None = None,
    on_step: Callable[[str], None] = lambda _: None,
    on_progress: Progress = ignore_progress,
) -> RestateSummary:
    """Return how the final labels of responses shown from a day on changed, now that late events count too.

    They become a new label version, made by the same labelling functions, windows and label model; the old
    labels are kept. Labels from before that day stay in force. What is open is left to the next run.

    Parameters
    ----------
    store
        The store with the events.
    since
        The first day, in the declared time zone.
    clock
        Says what time it is.
    settings, functions, engine, on_step, on_progress
        As in `run_labels`.

    Raises
    ------
    SettingsError
        When nothing is labelled yet, labelling functions or windows are others than those of the labels, or texts or
        events of that day have aged out.
    StoreLockedError
        When another process is writing.
    """
    settings = settings or Settings()
    chosen = registered_functions() if functions is None else tuple(functions)
    engine = engine or LocalEngine(store.path / ".scratch")
    started_at = clock()
    with store.writer(clock=started_at) as writer:
        last = store.last_run()
        _check_there(writer, since, settings.time_zone)
        version = _open_version(writer, last, settings, chosen, since, started_at)
        on_step("labels")
        work = LabelSessions(
            settings, chosen, version, model=read_model(writer, version), watermark=last and last.watermark,
            previous_watermark=last and last.watermark,
        )  # fmt: skip
        begins = datetime.combine(since, time(), ZoneInfo(settings.time_zone))
        causes, n_restated = _label_anew(writer, begins, engine, work, on_progress)
        on_step("quality")
        write_quality(writer, settings, response_verdicts(writer.table("reviews").collect()))
        on_step("segments")
        watermark = last.watermark if last else None
        write_segments(writer, settings, watermark=watermark, label_version=version, before=last)
        on_step("surprises")
        write_surprises(writer, label_version=version, clock=started_at)
        on_step("alarms")
        write_alarms(writer, settings, watermark=watermark, label_version=version, before=last, clock=started_at)
        on_step("commit")
        counts = {"n_restated": n_restated, "n_changed": sum(causes.values())}
        run = writer.commit(
            command="restate",
            started_at=started_at,
            finished_at=clock(),
            watermark=watermark,
            label_version=version,
            sources=last.sources if last else {},
            counts=counts,
        )
    return RestateSummary(run, version, since, **counts, causes=causes)


def _check_there(writer: Writer, since: date, time_zone: str) -> None:
    """Raise when what labels are made of has aged out."""
    first = read_horizons(writer).first_day(time_zone)
    if first is not None and since < first:
        raise SettingsError(
            f"labels from {since} on cannot be made anew: texts or events of before {first} have aged out"
            f" ([retention]); the old labels stay. Restate from {first} on"
        )


def _open_version(
    writer: Writer,
    last: Run | None,
    settings: Settings,
    functions: tuple[LabellingFunction, ...],
    since: date,
    clock: datetime,
) -> int:
    """Return the number of the new label version, made as the current one was; it is written down.

    Raises
    ------
    SettingsError
        When there is no current one, or it was made by other rules.
    """
    if last is None or last.label_version is None:
        raise SettingsError("there is nothing to restate yet; label first: feedback run")
    current = read_version(writer, last.label_version)
    if (current["rules"], current["window_settings"]) != (hash_rules(functions), describe_windows(settings)):
        raise SettingsError(
            "the labels were made by other labelling functions or windows; feedback run labels everything anew"
        )
    version = last.label_version + 1
    cause = f"{RESTATED} from {since}"
    write_version(writer, {**current, "label_version": version, "since": clock, "cause": cause})
    return version


def _label_anew(
    writer: Writer, begins: datetime, engine: Engine, work: LabelSessions, on_progress: Progress
) -> tuple[dict[str, int], int]:
    """Return how many labels changed by cause, and how many there are, once those shown from then on are written."""
    concerned = _sessions_since(writer, begins)
    events = writer.table("events").filter(pl.col("session_id").is_in(concerned.implode()))
    before = _labels_since(writer, begins)
    marks = before.select(_KEY, was_backfill="is_backfill")
    shards = [_restated(shard, begins, marks) for shard in engine.label(events, work, on_progress=on_progress)]
    labels = pl.concat([shard.labels for shard in shards], how="diagonal").drop("is_final")
    _replace(writer, shards)
    writer.append("labels", labels)
    return _count_causes(before, labels), labels.height


def _sessions_since(writer: Writer, begins: datetime) -> pl.Series:
    """Return the sessions with an event from then on."""
    events = writer.table("events").filter(pl.col("occurred_at") >= begins)
    return events.select(pl.col("session_id").unique()).collect()["session_id"].sort()


def _labels_since(writer: Writer, begins: datetime) -> pl.DataFrame:
    """Return the labels that hold of responses shown from then on."""
    return in_force(writer.table("labels").filter(pl.col("shown_at") >= begins))


def _restated(shard: LabelledShard, begins: datetime, marks: pl.DataFrame) -> LabelledShard:
    """Return the final rows from then on; what was labelled before keeps the mark whether it was backfill."""

    def marked(frame: pl.DataFrame) -> pl.DataFrame:
        kept = frame.filter("is_final", pl.col("shown_at") >= begins).join(
            marks, on=_KEY, how="left", maintain_order="left"
        )
        return kept.with_columns(is_backfill=pl.coalesce("was_backfill", "is_backfill")).drop("was_backfill")

    interactions = marked(shard.interactions)
    votes = shard.votes.join(interactions, on=_KEY, how="semi", maintain_order="left")
    return LabelledShard(interactions, votes, marked(shard.labels), shard.n_events)


def _replace(writer: Writer, shards: list[LabelledShard]) -> None:
    """Put the restated interactions and votes in the place of those there were."""
    for name in ("interactions", "votes"):
        fresh = pl.concat([getattr(shard, name) for shard in shards], how="diagonal")
        stored = writer.table(name)
        writer.delete(name, fresh.select(_KEY).join(stored.select(_KEY).collect(), on=_KEY, how="semi"))
        writer.append(name, fresh)


def _count_causes(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """Return how many labels changed, by cause; nothing where none did."""
    said = [name for name in _SAYS if name in before.columns]
    compared = after.join(before.select(_KEY, *said), on=_KEY, how="left", suffix="_before", nulls_equal=True)
    is_new = ~pl.col(_KEY).is_in(before[_KEY].implode())
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in said)
    counts = compared.select(
        (~is_new & differs).sum().alias("late events"), is_new.sum().alias("first labelled now")
    ).row(0, named=True)
    return {cause: n for cause, n in counts.items() if n}
