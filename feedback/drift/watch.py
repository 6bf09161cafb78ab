"""Watching every segment inside one false-alarm budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from feedback.drift.alarms import Log, alarm_table, describe_crossing
from feedback.drift.bank import Bank
from feedback.drift.baselines import Coding
from feedback.drift.budget import Budget
from feedback.drift.detectors import OURS, ObjectBank, make_detector
from feedback.drift.reading import read_labels
from feedback.drift.references import Reference, refer_to_labels, refer_to_rates
from feedback.drift.releases import find_releases
from feedback.drift.saved import Saved, resume, save
from feedback.drift.settings import Baseline, WatchSettings
from feedback.drift.thresholds import Thresholds, find_thresholds
from feedback.drift.track import Crossing, Track
from feedback.drift.volume import SHARE, VOLUME, watch_volume
from feedback.drift.watched import Metric, Roster, choose_metrics, metric_values
from feedback.errors import SettingsError
from feedback.stats import Indices, Numbers

Labels = pl.DataFrame | pl.LazyFrame


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
        What to resume from; null for detectors that are always replayed.
    """

    alarms: pl.DataFrame
    watched: pl.DataFrame
    pooled: pl.DataFrame
    n_labels: int
    n_null: int
    n_automated: int
    n_unplaced: int
    is_resumed: bool
    state: bytes | None


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
    state: bytes | None = None,
    until: datetime | None = None,
    replayed_until: datetime | None = None,
) -> Followed:
    """Return the alarms of a watch, what it watched, and its state.

    Labels are taken in (`final_at`, `interaction_id`) order, whatever order they come in. Watching a log in one go or
    in parts, each time with the state of the last, raises the same alarms.

    Parameters
    ----------
    labels
        Table `labels`: all final labels of one label version so far, those already seen among them.
    settings
        How to watch.
    votes, interactions
        The tables, to watch how often labelling functions fire and events happen.
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
    reading = read_labels(labels, _columns(settings), votes=votes, interactions=interactions)
    frame = reading.labels
    metrics = choose_metrics(frame, settings.metric, rises=settings.rises, further=settings.further)
    n_reference = _n_reference(frame, settings)
    saved = resume(state, frame, settings, metrics) or Saved.fresh(settings, n_reference)
    codes = [roster.assign(frame, n_reference) for roster in saved.rosters]
    tracks = _tracks(frame, settings, metrics, saved, codes, n_reference)
    has_volume = VOLUME in settings.further and n_reference > 0 and settings.detector == OURS
    thresholds = find_thresholds(frame, settings.budget, tracks, spent=SHARE if has_volume else 0.0)
    crossings = _advance(tracks, thresholds, saved.n_rows, frame.height, settings)
    log = _log(frame, settings)
    rows = _describe(log, tracks, saved.rosters, crossings)
    if has_volume:
        rows += watch_volume(log, saved.rosters, codes, n_reference, until=until)
    return Followed(
        alarms=_news(rows, saved.reported, replayed_until),
        watched=_watched(tracks, saved.rosters, thresholds),
        pooled=_pooled(saved.rosters),
        n_labels=frame.height,
        n_null=int(np.isnan(tracks[0].reference.values).sum()),
        n_automated=reading.n_automated,
        n_unplaced=reading.n_unplaced,
        is_resumed=saved.is_resumed,
        state=save(frame, settings, metrics, saved, tracks) if settings.detector == OURS else None,
    )


def _columns(settings: WatchSettings) -> list[str]:
    named = [] if settings.metric == "auto" else [settings.metric]
    return [*settings.dimensions, *named]


def _n_reference(frame: pl.DataFrame, settings: WatchSettings) -> int:
    """Return how many of the first labels are the reference."""
    if not isinstance(settings.baseline, datetime) or frame.is_empty():
        return 0
    n = int((frame["final_at"] < settings.baseline).sum())
    if not n:
        raise SettingsError(
            f"no label became final before the baseline {settings.baseline.isoformat()}; the first did at "
            f"{frame['final_at'][0].isoformat()}. Name a later time, or none to learn from the beginning"
        )
    return n


def _tracks(
    frame: pl.DataFrame,
    settings: WatchSettings,
    metrics: Sequence[Metric],
    saved: Saved,
    codes: Sequence[Indices],
    n_reference: int,
) -> list[Track]:
    """Return the tracks, as they were left or fresh, with series for all segments there are now."""
    values = metric_values(frame, metrics)
    coding = Coding.of(frame[:n_reference], settings.dimensions)
    numbered = {
        roster.dimensions[0]: (code, [segment[0] for segment in roster.segments])
        for roster, code in zip(saved.rosters, codes, strict=True)
        if len(roster.dimensions) == 1 and not roster.n_pooled and frame[roster.dimensions[0]].dtype == pl.String
    }
    where = coding.strata(frame, time_zone=settings.time_zone, numbered=numbered)
    tracks = []
    for number, metric in enumerate(metrics):
        numbers = values[metric.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        if isinstance(settings.baseline, pl.DataFrame) and metric.is_main:
            reference = refer_to_rates(numbers, frame, settings.baseline, margin_se=settings.margin_se)
        elif n_reference:
            reference = refer_to_labels(numbers, where, coding, n_rows=n_reference, margin_se=settings.margin_se)
        else:
            reference = Reference(numbers)
        used = {at: code for at, code in enumerate(codes) if metric.is_main or len(saved.rosters[at].dimensions) < 2}
        bank, series, since = saved.track(metric.name) or (_bank(settings), [], [])
        track = Track(number, metric, reference, bank, used, series, since)
        track.add_series([roster.size for roster in saved.rosters])
        tracks.append(track)
    return tracks


def _bank(settings: WatchSettings) -> Bank | ObjectBank:
    if settings.detector == OURS:
        return Bank(settings.warmup, settings.margin_se)
    return ObjectBank(make_detector(settings.detector))


def _advance(
    tracks: Sequence[Track], thresholds: Thresholds, start: int, stop: int, settings: WatchSettings
) -> list[Crossing]:
    """Return the crossings of the labels from `start` on; with an fdr, segments are compared at the end of each day."""
    if settings.budget.fdr is None or settings.detector != OURS:
        return [found for track in tracks for found in track.advance(start, stop, thresholds.of(track))]
    crossings = []
    for day_start, day_stop in thresholds.days(start, stop):
        crossings += [found for track in tracks for found in track.advance(day_start, day_stop, thresholds.of(track))]
        if day_stop < stop:
            crossings += _compare(tracks, thresholds, day_stop - 1)
    return crossings


def _compare(tracks: Sequence[Track], thresholds: Thresholds, row: int) -> list[Crossing]:
    """Return the series whose evidence is high enough beside the others' (e-BH): the k-th highest reaches A / k."""
    ratios: Numbers = np.concatenate([track.bank.evidence / thresholds.of(track)[row] for track in tracks])  # pyright: ignore[reportAttributeAccessIssue]
    order = np.argsort(-ratios, kind="stable")
    enough = np.flatnonzero(ratios[order] * np.arange(1, len(ratios) + 1) >= 1)
    k = int(enough[-1]) + 1 if len(enough) else 0
    offsets = np.cumsum([0, *(len(track.series) for track in tracks)])
    found = []
    for at in order[:k].tolist():
        track = tracks[int(np.searchsorted(offsets, at, side="right")) - 1]
        series = at - int(offsets[track.number])
        threshold = float(thresholds.of(track)[row])
        evidence = float(ratios[at]) * threshold
        found.append(Crossing(track.number, series, row, evidence, threshold / k, track.since[series]))
        track.restart(series, row)
    return found


def _log(frame: pl.DataFrame, settings: WatchSettings) -> Log:
    time = "shown_at" if "shown_at" in frame.columns else "final_at"
    stated = str(settings.budget) if settings.detector == OURS else f"none: {settings.detector} at river's defaults"
    return Log(frame, time, find_releases(frame, settings.releases, time=time), settings, stated)


def _describe(
    log: Log, tracks: Sequence[Track], rosters: Sequence[Roster], crossings: Sequence[Crossing]
) -> list[dict[str, Any]]:
    """Return the rows of the alarms that crossings make."""
    rows = []
    for crossing in sorted(crossings, key=lambda one: (one.row, one.track, one.series)):
        track = tracks[crossing.track]
        series = track.series[crossing.series]
        row = describe_crossing(log, track, crossing, rosters[series.roster].name(series.segment))
        rows += [row] if row is not None else []
    return rows


def _news(rows: Sequence[dict[str, Any]], reported: set[str], replayed_until: datetime | None) -> pl.DataFrame:
    """Return the alarms not raised before; a second of the same day of onset, segment and metric is the first."""
    fresh = []
    for row in rows:
        if row["alarm_id"] not in reported:
            reported.add(row["alarm_id"])
            fresh.append(row | {"is_replayed": replayed_until is not None and row["detected_at"] <= replayed_until})
    return alarm_table(fresh)


def _watched(tracks: Sequence[Track], rosters: Sequence[Roster], thresholds: Thresholds) -> pl.DataFrame:
    schema = {
        "segment": pl.String, "metric": pl.String, "direction": pl.String, "n": pl.Int64,
        "is_learning": pl.Boolean, "evidence": pl.Float64, "threshold": pl.Float64,
    }  # fmt: skip
    rows = []
    for track in tracks:
        known = ~np.isnan(track.reference.values)
        n = {at: np.bincount(code[known & (code >= 0)], minlength=rosters[at].size) for at, code in track.codes.items()}
        now = thresholds.of(track)[-1:].tolist()
        for at, series in enumerate(track.series):
            ours = isinstance(track.bank, Bank)
            rows.append(
                (
                    rosters[series.roster].name(series.segment),
                    track.metric.name,
                    series.direction,
                    int(n[series.roster][series.segment]),
                    bool(track.bank.to_learn[at] > 0) if ours else False,  # pyright: ignore[reportAttributeAccessIssue]
                    float(track.bank.evidence[at]) if ours else None,  # pyright: ignore[reportAttributeAccessIssue]
                    now[0] if now and np.isfinite(now[0]) and ours else None,
                )
            )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _pooled(rosters: Sequence[Roster]) -> pl.DataFrame:
    schema = {"dimensions": pl.String, "n_segments": pl.Int64, "n_pooled": pl.Int64, "n_labels": pl.Int64}
    rows = [
        (
            " & ".join(roster.dimensions) or "all",
            roster.size - bool(roster.n_pooled),
            roster.n_pooled,
            roster.n_rows_pooled,
        )
        for roster in rosters
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")
