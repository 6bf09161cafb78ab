"""A watch on its way through the log: what it has learned, where it stands, and how it takes in the next labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl

from feedback.drift.bank import Bank
from feedback.drift.baselines import Coding, Strata
from feedback.drift.detectors import OURS, ObjectBank, make_detector
from feedback.drift.echoes import Root
from feedback.drift.references import Reference, refer_to_labels
from feedback.drift.releases import Releases
from feedback.drift.settings import WatchSettings
from feedback.drift.thresholds import DAY_S, DailyValues, day_of, split_days
from feedback.drift.track import Crossing, Part, Position, Track
from feedback.drift.volume import SHARE, VOLUME, Flow, Traffic, hour_of, hours_of, learn_traffic
from feedback.drift.watched import Metric, Roster, metric_values
from feedback.stats import Indices, Numbers

HALF = 0.5
"""of the budget for the labels themselves; the rest, but for that of the volume, is for everything watched besides"""
ROWS_AT_ONCE = 262_144
"""labels whose values of all metrics are in memory at a time"""


@dataclass
class Watcher:
    """Everything a watch knows.

    Attributes
    ----------
    settings, metrics
        How it is set up, and what is watched.
    coding, rosters, tracks, traffic
        The values of the reference, the segments, and the detectors.
    main, further
        Values watched per day, of the label itself and of everything besides.
    releases
        Values of release columns seen.
    position
        The last label taken in; null before the first after the reference.
    reached_at
        The time up to which it has taken in all labels.
    seen, learned_from
        What tells those labels, and those of the reference, from others.
    reported, roots
        Ids of the alarms raised, and those of late that were of their own.
    """

    settings: WatchSettings
    metrics: list[Metric]
    rosters: list[Roster]
    tracks: list[Track]
    main: DailyValues
    further: DailyValues
    coding: Coding
    releases: Releases = field(default_factory=Releases)
    traffic: Traffic | None = None
    position: Position | None = None
    reached_at: datetime | None = None
    seen: list = field(default_factory=list)
    learned_from: list = field(default_factory=list)
    reported: set[str] = field(default_factory=set)
    roots: list[Root] = field(default_factory=list)
    n_labels: int = 0
    n_null: int = 0

    @classmethod
    def fresh(cls, settings: WatchSettings, metrics: list[Metric], reference: Reference | None = None) -> "Watcher":
        """Return a watch that has seen nothing; `reference` says what to expect of the main metric, if anything."""
        kept = [(), *((name,) for name in settings.dimensions), *(tuple(pair) for pair in settings.pairs)]
        rosters = [Roster(dimensions, settings.most_values) for dimensions in kept]
        narrow = tuple(at for at, roster in enumerate(rosters) if len(roster.dimensions) < 2)
        tracks = [
            Track(
                number,
                metric,
                (reference if metric.is_main else None) or Reference(margin_se=settings.margin_se),
                _bank(settings),
                tuple(range(len(rosters))) if metric.is_main else narrow,
            )
            for number, metric in enumerate(metrics)
        ]
        spent = SHARE if _has_volume(settings) else 0.0
        share = HALF if len(metrics) > 1 else 1.0 - spent
        unknown = Coding.of(pl.DataFrame(schema=dict.fromkeys(settings.dimensions, pl.String)), settings.dimensions)
        return cls(settings, metrics, rosters, tracks, DailyValues(share), DailyValues(1.0 - share - spent), unknown)

    @property
    def sizes(self) -> list[int]:
        """How many segments each roster has."""
        return [roster.size for roster in self.rosters]

    def learn(self, labels: pl.DataFrame, *, one_in: int) -> None:
        """Learn the reference from the labels before the baseline, or from one in so many of them."""
        codes = [roster.assign(labels, is_reference=True) for roster in self.rosters]
        self.coding = Coding.of(labels, self.settings.dimensions)
        where = self.coding.strata(labels, time_zone=self.settings.time_zone)
        for track, values in self._values(labels):
            used = {at: codes[at] for at in track.rosters}
            track.reference = refer_to_labels(
                values, where, self.coding, codes=used, sizes=self.sizes, margin_se=self.settings.margin_se
            )
            track.add_series(self.sizes)
            self._count(track, Part(labels, values, None, codes), one_in)
        self._note(labels)
        if _has_volume(self.settings):
            self.traffic = self._learn_traffic(labels, codes, one_in)

    def take_in(self, labels: pl.DataFrame) -> Iterator[tuple[list[Crossing], list[Flow]]]:
        """Yield what crossed among the next labels, some of them at a time."""
        for start in range(0, labels.height, ROWS_AT_ONCE):
            some = labels[start : start + ROWS_AT_ONCE]
            codes = [roster.assign(some) for roster in self.rosters]
            self._note(some)
            crossings = self._take_in(some, codes)
            yield crossings, self._follow_traffic(some, codes)

    def miss(self, until: datetime) -> list[Flow]:
        """Return what crossed because no labels came up to a time."""
        return self.traffic.follow(hour_of(until), self.settings.budget) if self.traffic else []

    def thresholds_now(self) -> dict[bool, float]:
        """Return the evidence an alarm would take on the day of the last label, for the main metric and others."""
        if self.position is None:
            return {True: float("nan"), False: float("nan")}
        day = np.array([day_of(self.position.final_at)])
        return {
            at: float(of.thresholds(self.settings.budget, day)[0])
            for at, of in ((True, self.main), (False, self.further))
        }

    def _values(self, labels: pl.DataFrame) -> Iterator[tuple[Track, Numbers]]:
        found = metric_values(labels, self.metrics)
        for track in self.tracks:
            yield track, found[track.metric.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def _count(self, track: Track, part: Part, one_in: int = 1) -> None:
        seconds = part.labels["final_at"].dt.epoch("us").to_numpy() / 1e6
        n = track.count(part) * one_in
        daily = self.main if track.metric.is_main else self.further
        if len(n):
            daily.add((seconds // DAY_S).astype(np.int64), n, float(seconds[0]))
        if track.metric.is_main:
            self.n_null += int(np.isnan(part.values).sum()) * one_in

    def _note(self, labels: pl.DataFrame) -> None:
        self.releases.note(labels, self.settings.releases, time=dating(labels.columns))

    def _learn_traffic(self, labels: pl.DataFrame, codes: Sequence[Indices], one_in: int) -> Traffic | None:
        hours = hours_of(labels["final_at"])
        hourly = [
            pl.DataFrame({"hour": hours, "segment": code}).group_by("hour", "segment").agg(n=pl.len() * one_in)
            for roster, code in zip(self.rosters, codes, strict=True)
            if len(roster.dimensions) < 2
        ]
        # That traffic leaves the old version is what a release is for.
        released = {
            at for at, roster in enumerate(self.rosters) if set(roster.dimensions) & set(self.settings.releases)
        }
        hourly = [rows.clear() if at in released else rows for at, rows in enumerate(hourly)]
        first, last = labels["final_at"][0], labels["final_at"][-1]
        zone, margin_se = self.settings.time_zone, self.settings.margin_se
        return learn_traffic(hourly, first, last, time_zone=zone, margin_se=margin_se)

    def _follow_traffic(self, labels: pl.DataFrame, codes: Sequence[Indices]) -> list[Flow]:
        if self.traffic is None:
            return []
        hours = hours_of(labels["final_at"])
        self.traffic.count(hours, codes)
        return self.traffic.follow(int(hours[-1]), self.settings.budget)

    def _take_in(self, labels: pl.DataFrame, codes: Sequence[Indices]) -> list[Crossing]:
        where = self._strata(labels, codes)
        parts = []
        for track, values in self._values(labels):
            track.add_series(self.sizes)
            expected = track.reference.expected(labels, where, self.coding.sizes)
            parts.append(Part(labels, values, expected, codes))
            self._count(track, parts[-1])
        self.n_labels += labels.height
        day = hours_of(labels["final_at"]) // 24
        compares = self.settings.budget.fdr is not None and self.settings.detector == OURS
        stretches = split_days(day) if compares else [(int(day[0]), 0, len(day))]
        found = []
        for first_day, start, stop in stretches:
            found += self._compare_day(first_day) if compares else []
            found += self._advance(parts, day, start, stop)
            self.position = Position(*labels.select("final_at", "interaction_id").row(stop - 1))
        return found

    def _strata(self, labels: pl.DataFrame, codes: Sequence[Indices]) -> Strata:
        numbered = {
            roster.dimensions[0]: (code, [segment[0] for segment in roster.segments])
            for roster, code in zip(self.rosters, codes, strict=True)
            if len(roster.dimensions) == 1 and not roster.pooled and labels[roster.dimensions[0]].dtype == pl.String
        }
        return self.coding.strata(labels, time_zone=self.settings.time_zone, numbered=numbered)

    def _advance(self, parts: Sequence[Part], day: Indices, start: int, stop: int) -> list[Crossing]:
        days = np.arange(int(day[0]), int(day[-1]) + 1)
        found = []
        for daily, is_main in ((self.main, True), (self.further, False)):
            thresholds = daily.thresholds(self.settings.budget, days)[day - day[0]]
            for track, part in zip(self.tracks, parts, strict=True):
                if track.metric.is_main == is_main:
                    found += track.advance(part, start, stop, thresholds)
        return found

    def _compare_day(self, next_day: int) -> list[Crossing]:
        """Return the series whose evidence is high enough beside the others' (e-BH): the k-th highest reaches A / k.

        Once the day of the last label is over.
        """
        at = self.position
        if at is None or day_of(at.final_at) >= next_day:
            return []
        now = self.thresholds_now()
        threshold = np.concatenate([np.full(len(track.series), now[track.metric.is_main]) for track in self.tracks])
        ratios: Numbers = np.concatenate([track.bank.evidence for track in self.tracks]) / threshold  # pyright: ignore[reportAttributeAccessIssue]
        order = np.argsort(-ratios, kind="stable")
        enough = np.flatnonzero(ratios[order] * np.arange(1, len(ratios) + 1) >= 1)
        k = int(enough[-1]) + 1 if len(enough) else 0
        offsets = np.cumsum([0, *(len(track.series) for track in self.tracks)])
        found = []
        for one in order[:k].tolist():
            track = self.tracks[int(np.searchsorted(offsets, one, side="right")) - 1]
            series = one - int(offsets[track.number])
            found.append(_raise(track, series, at, float(threshold[one]) / k))
        return found


def dating(columns: Sequence[str]) -> str:
    """Return the column that dates a change: when a response was shown, where that is known."""
    return "shown_at" if "shown_at" in columns else "final_at"


def _raise(track: Track, series: int, at: Position, threshold: float) -> Crossing:
    """Return the crossing of a series, which begins anew."""
    bank: Bank = track.bank  # pyright: ignore[reportAssignmentType]
    rows = np.array([series])
    evidence = float(bank.evidence[series])
    n_tested, n_learned, level = (of[0].item() for of in bank.account(rows))
    bank.restart(rows)
    return Crossing(at, track.number, series, evidence, threshold, n_tested, n_learned, level)


def _bank(settings: WatchSettings) -> Bank | ObjectBank:
    if settings.detector == OURS:
        return Bank(settings.warmup, settings.margin_se)
    return ObjectBank(make_detector(settings.detector), settings.warmup)


def _has_volume(settings: WatchSettings) -> bool:
    return VOLUME in settings.further and isinstance(settings.baseline, datetime) and settings.detector == OURS
