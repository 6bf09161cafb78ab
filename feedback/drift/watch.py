"""Watching every segment inside one false-alarm budget."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from feedback.drift.alarms import Scene, alarm_table, describe_crossing, describe_flow
from feedback.drift.budget import Budget
from feedback.drift.detectors import OURS
from feedback.drift.lookback import Lookback
from feedback.drift.past import BEFORE
from feedback.drift.reading import LabelLog, Labels, Survey, open_log
from feedback.drift.references import refer_to_rates
from feedback.drift.saved import State, made_for, resume, save
from feedback.drift.settings import Baseline, WatchSettings
from feedback.drift.track import Crossing
from feedback.drift.volume import Flow
from feedback.drift.watched import Metric, choose_metrics
from feedback.drift.watcher import Watcher, dating
from feedback.drift.watching import list_pooled, list_watched
from feedback.errors import SettingsError

MOST_REFERENCE = 2_000_000
"""labels a reference is learned from; of more, one in two, three ... of them"""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Followed:
    """What came of watching.

    Attributes
    ----------
    alarms
        Table `alarms`; only the new ones when the watch was resumed.
    watched
        One row per series: `segment`, `metric`, `direction`, `n` labels with a value, `is_learning`, `evidence` and
        the `threshold` it would take now.
    pooled
        One row per set of dimensions: `dimensions`, `n_segments` watched on their own, `n_pooled` segments watched
        together as `(other values)`, and `n_labels` of theirs.
    n_labels, n_null
        Labels the watch has seen, and those of them without a value of the main metric.
    n_automated, n_unplaced
        Labels left out: of automated sessions, and without a time or an id.
    is_resumed
        Whether the state given was taken up; otherwise the log was replayed from the start.
    state
        What to resume from; null for detectors that are always replayed, and before the reference is over.
    """

    alarms: pl.DataFrame
    watched: pl.DataFrame
    pooled: pl.DataFrame
    n_labels: int
    n_null: int
    n_automated: int
    n_unplaced: int
    is_resumed: bool
    state: State | None


def watch_segments(
    labels: Labels,
    *,
    dimensions: Sequence[str],
    metric: str = "auto",
    budget: Budget | None = None,
    baseline: Baseline = None,
    detector: str = OURS,
    votes: Labels | None = None,
) -> pl.DataFrame:
    """Return the alarms that watching the labels raises (table `alarms`): one row per alarm, in order of detection.

    Parameters
    ----------
    labels
        Table `labels`: final labels of one label version, one row per interaction, in any order.
    dimensions
        Columns whose every value is a segment, beside the whole.
    metric
        `auto` is `p_good` where it is calibrated, else `score`; or a column of shares in [0, 1].
    budget
        How many false alarms may come: one a week by default.
    baseline
        A time (final labels before it are the reference), a frame of expected rates per stratum, or None (learned
        from each segment's beginning).
    detector
        `drop`, or one of river's by name.
    votes
        Table `votes`, to watch how often each labelling function fires, and to tell a signal that changed its
        meaning from a change of quality.

    See Also
    --------
    follow_segments : with every setting, resumable, and with an account of what was watched.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> at = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(6000)]
    >>> scores = [0.0 if minute % 5 == 0 or minute > 4000 else 1.0 for minute in range(6000)]
    >>> labels = pl.DataFrame({"interaction_id": [f"i{n:04}" for n in range(6000)], "final_at": at, "score": scores})
    >>> alarms = watch_segments(labels, dimensions=[], baseline=datetime(2026, 1, 3, tzinfo=UTC))
    >>> alarms.filter(metric="score").select("segment", "onset_at", "rate_before").row(0)
    ('all', datetime.datetime(2026, 1, 3, 18, 40, tzinfo=...), 0.8)
    """
    settings = WatchSettings(dimensions, metric, budget or Budget(), baseline, detector)
    return follow_segments(labels, settings, votes=votes).alarms


def follow_segments(
    labels: Labels,
    settings: WatchSettings,
    *,
    votes: Labels | None = None,
    interactions: Labels | None = None,
    surprises: Labels | None = None,
    state: State | None = None,
    until: datetime | None = None,
    replayed_until: datetime | None = None,
) -> Followed:
    """Return the alarms of a watch, what it watched, and its state.

    Labels are taken in (`final_at`, `interaction_id`) order, whatever order they come in, a million at a time. Watching
    a log in one go or in parts, each time with the state of the last, raises the same alarms. With a state only labels
    after those it has seen are read, and of the others the latest eight weeks of a segment that raises an alarm.

    Parameters
    ----------
    labels
        Table `labels`: all final labels of one label version so far, those already seen among them.
    settings
        How to watch.
    votes, interactions, surprises
        The tables, to watch how often labelling functions fire and events happen, and how little was expected.
    state
        From the last time. Where it does not fit these labels, settings or versions, the log is replayed.
    until
        The watermark: the time up to which all labels are here. Without it the traffic is watched up to the last label
        only, and labels that stop coming are not missed.
    replayed_until
        Alarms detected up to then are marked replayed: they were news under an earlier label version.

    Raises
    ------
    SchemaError
        When a column is missing, `final_at` has no time zone, or what is watched lies outside [0, 1].
    SettingsError
        When there are labels but none before the baseline.
    """
    log = open_log(labels, _columns(labels, settings), votes=votes, interactions=interactions, surprises=surprises)
    survey = log.survey()
    metrics = choose_metrics(
        log.columns, settings.metric, is_calibrated=survey.is_calibrated, rises=settings.rises, further=settings.further
    )
    fits = made_for(settings, metrics, survey.label_version)
    known = _resume(state, log, settings, metrics, fits)
    if known is None and not _is_over(settings.baseline, survey):
        return _not_yet(Watcher.fresh(settings, metrics), survey)
    watcher = known or _begin(log, survey, settings, metrics)
    rows = _take_in(watcher, log, survey, until)
    fresh = _news(rows, watcher.reported, replayed_until)
    reference = state.reference if known and state else None
    return Followed(
        alarms=fresh,
        watched=list_watched(watcher),
        pooled=list_pooled(watcher),
        n_labels=watcher.n_labels,
        n_null=watcher.n_null,
        n_automated=survey.n_automated,
        n_unplaced=survey.n_unplaced,
        is_resumed=known is not None,
        state=_state(watcher, log, fits, reference),
    )


def _is_over(baseline: Baseline, survey: Survey) -> bool:
    """Return whether the reference is over: until then the next labels belong to it, and nothing is watched."""
    if not isinstance(baseline, datetime) or survey.last_at is None:
        return True
    return survey.last_at >= baseline


def _not_yet(watcher: Watcher, survey: Survey) -> Followed:
    return Followed(
        alarm_table([]), list_watched(watcher), list_pooled(watcher), survey.n_labels, 0, survey.n_automated,
        survey.n_unplaced, is_resumed=False, state=None,
    )  # fmt: skip


def _columns(labels: Labels, settings: WatchSettings) -> list[str]:
    named = [] if settings.metric == "auto" else [settings.metric]
    present = labels.lazy().collect_schema()
    return [*settings.dimensions, *named, *(name for name in settings.releases if name in present)]


def _resume(
    state: State | None, log: LabelLog, settings: WatchSettings, metrics: list[Metric], fits: str
) -> Watcher | None:
    """Return the watch as it was left, none when the labels it has seen are not those there are up to then."""
    watcher = resume(state, settings, metrics, fits)
    if watcher is None or watcher.reached_at is None:
        return None
    return watcher if list(log.seen(watcher.reached_at)) == watcher.seen else None


def _begin(log: LabelLog, survey: Survey, settings: WatchSettings, metrics: list[Metric]) -> Watcher:
    """Return a watch that has learned what to expect and seen nothing else."""
    baseline = settings.baseline
    if isinstance(baseline, pl.DataFrame):
        rates = refer_to_rates(log.columns, baseline, margin_se=settings.margin_se)
        return Watcher.fresh(settings, metrics, rates)
    watcher = Watcher.fresh(settings, metrics)
    if baseline is None or survey.first_at is None:
        return watcher
    if survey.first_at >= baseline:
        raise SettingsError(
            f"no label became final before the baseline {baseline.isoformat()}; the first did at "
            f"{survey.first_at.isoformat()}. Name a later time, or none to learn from the beginning"
        )
    seen = log.seen(baseline - _INSTANT)
    one_in = -(-seen.n // MOST_REFERENCE)
    watcher.learn(log.read(before=baseline, one_in=one_in), one_in=one_in)
    watcher.n_labels, watcher.learned_from = seen.n, [*seen, one_in]
    watcher.reached_at = baseline - _INSTANT
    return watcher


def _take_in(watcher: Watcher, log: LabelLog, survey: Survey, until: datetime | None) -> list[dict[str, Any]]:
    """Return the rows of the alarms raised by the labels that come next."""
    scene = _scene(watcher, log, survey.label_version)
    rows = []
    for labels in log.parts(after=watcher.reached_at):
        first, last = labels["final_at"][0], labels["final_at"][-1]
        scene = replace(scene, log=Lookback(log, since=first - 2 * BEFORE, until=last))
        for crossings, flows in watcher.take_in(labels):
            rows += _describe(scene, watcher, crossings, flows)
        watcher.reached_at = last
    if until is not None and watcher.reached_at is not None and until > watcher.reached_at:
        rows += _describe(scene, watcher, [], watcher.miss(until))
        watcher.reached_at = until
    return rows


def _scene(watcher: Watcher, log: LabelLog, label_version: int) -> Scene:
    settings = watcher.settings
    stated = str(settings.budget) if settings.detector == OURS else f"none: {settings.detector} at river's defaults"
    return Scene(
        log, dating(log.columns), watcher.coding, watcher.rosters, watcher.releases, settings, stated, label_version,
        watcher.roots,
    )  # fmt: skip


def _describe(
    scene: Scene, watcher: Watcher, crossings: Sequence[Crossing], flows: Sequence[Flow]
) -> list[dict[str, Any]]:
    """Return the rows of the alarms that crossings make."""
    ordered = sorted(crossings, key=lambda one: (one.at, one.track, one.series))
    found = [describe_crossing(scene, watcher.tracks[one.track], one) for one in ordered]
    return [*(row for row in found if row is not None), *(describe_flow(scene, flow) for flow in flows)]


def _news(rows: Sequence[dict[str, Any]], reported: set[str], replayed_until: datetime | None) -> pl.DataFrame:
    """Return the alarms not raised before; a second of the same day of onset, segment and metric is the first."""
    fresh = []
    for row in sorted(rows, key=lambda row: row["detected_at"]):
        if row["alarm_id"] not in reported:
            reported.add(row["alarm_id"])
            fresh.append(row | {"is_replayed": replayed_until is not None and row["detected_at"] <= replayed_until})
    return alarm_table(fresh)


def _state(watcher: Watcher, log: LabelLog, fits: str, reference: bytes | None) -> State | None:
    if watcher.settings.detector != OURS or watcher.reached_at is None:
        return None
    watcher.seen = list(log.seen(watcher.reached_at))
    return save(watcher, fits, reference=reference)
