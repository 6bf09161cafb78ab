"""How many labels come in an hour, of each segment: too few, too many, or none at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from feedback.drift.alarms import Log, alarm_identity
from feedback.drift.bank import Bank, Stretches
from feedback.drift.baselines import CELLS
from feedback.drift.drop_detector import Direction
from feedback.drift.learning import margin_errors
from feedback.drift.onset import estimate_shift
from feedback.drift.watched import BOTH, Roster
from feedback.stats import Indices, Numbers

VOLUME = "volume"
SHARE = 0.1
"""of the budget"""
LEAST_PER_HOUR = 5.0
"""labels an hour in the reference under which a segment's traffic is too thin to watch"""
LEAST_DAYS = 7
WEEK_H, DAY_H = 168, 24
MISSING_BELOW = 0.1
"""times the usual traffic under which data are missing rather than few"""
_HOUR = timedelta(hours=1)


class Hours(NamedTuple):
    """Labels per hour: one row per hour, of one segment, and how many are usual at that hour of the week."""

    counts: Numbers
    usual: Numbers

    @property
    def loads(self) -> Numbers:
        """The traffic of each hour in [0, 1]: count / (count + usual), NaN where less than one label is usual."""
        known = self.usual >= 1
        return np.where(known, self.counts / np.maximum(self.counts + self.usual, 1e-9), np.nan)


def watch_volume(
    log: Log, rosters: Sequence[Roster], codes: Sequence[Indices], n_reference: int, *, until: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the rows of alarms about traffic, in order of detection.

    The traffic of an hour is c / (c + u), u being what is usual for its quarter-day of the week; its mean is
    watched like that of any label, both ways, for the whole and for each value with five labels an hour or more. Only
    hours that are over count: those before the last label, or before `until`. Needs a reference of a week or more,
    otherwise nothing is watched.

    Parameters
    ----------
    log
        The labels.
    rosters, codes
        The segments, and that of each label.
    n_reference
        How many of the first labels are the reference.
    until
        The time up to which all labels are here, to notice that none come any more.
    """
    if not n_reference or log.labels.is_empty():
        return []
    seconds = log.labels["final_at"].dt.epoch("us").to_numpy() / 3.6e9
    hour = seconds.astype(np.int64)
    first = int(hour[0]) + 1
    end = int(until.timestamp() // 3600) if until is not None else int(hour[-1])
    baseline = int(hour[n_reference - 1]) + 1
    if baseline - first < LEAST_DAYS * DAY_H or end <= baseline:
        return []
    cell = _cells(first, end, log.settings.time_zone)
    profile = _profile(hour, first, baseline, cell)
    watched = [
        (roster.name(segment), Hours(counts, counts[: baseline - first].mean() * profile[cell]))
        for roster, code in zip(rosters, codes, strict=True)
        if len(roster.dimensions) < 2
        for segment, counts in _counts(hour, code, roster.size, first, end)
        if counts[: baseline - first].mean() >= LEAST_PER_HOUR
    ]
    rows = []
    threshold = log.settings.budget.threshold(2 * len(watched) * (log.settings.budget.horizon / _HOUR), share=SHARE)
    for name, hours in watched:
        for direction in BOTH:
            rows += _follow(log, name, hours, direction, threshold, first, baseline)
    return sorted(rows, key=lambda row: (row["detected_at"], row["alarm_id"]))


def _cells(first: int, end: int, time_zone: str) -> Indices:
    hours = pl.Series([datetime.fromtimestamp(first * 3600, UTC)]).dt.offset_by("0h")
    times = pl.select(
        pl.datetime_range(hours[0], hours[0] + (end - first) * _HOUR, "1h", closed="left", time_unit="us")
    ).to_series().dt.convert_time_zone(time_zone)  # fmt: skip
    return ((times.dt.weekday().cast(pl.Int64) - 1) * 4 + times.dt.hour().cast(pl.Int64) // 6).to_numpy()


def _profile(hour: Indices, first: int, baseline: int, cell: Indices) -> Numbers:
    """Return the traffic of each quarter-day of the week over the mean traffic, in the reference."""
    counts = np.bincount(hour[(hour >= first) & (hour < baseline)] - first, minlength=baseline - first)
    known = cell[: baseline - first]
    n_hours = np.bincount(known, minlength=CELLS)
    per_hour = np.bincount(known, weights=counts, minlength=CELLS) / np.maximum(n_hours, 1)
    return np.where(n_hours > 0, per_hour / max(counts.mean(), 1e-9), 1.0)


def _counts(hour: Indices, code: Indices, size: int, first: int, end: int) -> list[tuple[int, Numbers]]:
    inside = (code >= 0) & (hour >= first) & (hour < end)
    width = end - first
    table = np.bincount(code[inside] * width + hour[inside] - first, minlength=size * width).reshape(size, width)
    return [(segment, row.astype(float)) for segment, row in enumerate(table)]


def _follow(
    log: Log, name: str, hours: Hours, direction: Direction, threshold: float, first: int, baseline: int
) -> list[dict[str, Any]]:
    """Return the alarms of one segment and direction."""
    loads = hours.loads if direction == "drop" else 1 - hours.loads
    n_reference = baseline - first
    level = _level(loads[:n_reference], log.settings.margin_se)
    later = np.flatnonzero(~np.isnan(loads[n_reference:])) + n_reference
    bank = Bank(WEEK_H, log.settings.margin_se)
    bank.add(np.array([level]), is_learning=np.array([False]))
    given = Stretches(
        np.array([0]), np.array([len(later)]), loads[later], np.zeros(len(later)), np.full(len(later), threshold)
    )
    found = bank.update(given)
    rows, since = [], 0
    for at, evidence in zip(found.position.tolist(), found.evidence.tolist(), strict=True):
        began = 0 if since == 0 else min(since + WEEK_H, at)
        usual = loads[:n_reference] if since == 0 else loads[later[since:began]]
        onset = estimate_shift(loads[later[began : at + 1]], float(np.nanmean(usual)), float(np.nanvar(usual)))
        span = later[began + onset.at], later[began + onset.low], later[began + onset.high], later[at]
        rows.append(_row(log, name, hours, direction, [int(of) for of in span], first, evidence, threshold))
        since = at + 1
    return rows


def _level(loads: Numbers, margin_se: float) -> float:
    """Return the level to expect: the mean of the reference less a margin that lets the hours of a day be alike."""
    days = loads[: len(loads) // DAY_H * DAY_H].reshape(-1, DAY_H)
    known = ~np.isnan(days)
    means = (np.nansum(days, axis=1) / np.maximum(known.sum(axis=1), 1))[known.any(axis=1)]
    error = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else 0.5
    return float(np.nanmean(loads) - margin_errors(len(loads), margin_se) * error)


def _row(
    log: Log,
    name: str,
    hours: Hours,
    direction: Direction,
    span: list[int],
    first: int,
    evidence: float,
    threshold: float,
) -> dict[str, Any]:
    onset, low, high, at = span
    onset_at, low_at, high_at, end_at = (
        datetime.fromtimestamp((first + of) * 3600, UTC) for of in (onset, low, high, at + 1)
    )
    usual = float(hours.usual[onset : at + 1].sum())
    times = float(hours.counts[onset : at + 1].sum()) / max(usual, 1e-9)
    return {
        "alarm_id": alarm_identity(name, VOLUME, log.settings.detector, onset_at),
        "label_version": log.label_version,
        "segment": name,
        "metric": VOLUME,
        "direction": direction,
        "detector": log.settings.detector,
        "detected_at": end_at,
        "onset_at": onset_at,
        "onset_low": low_at,
        "onset_high": high_at,
        "n_before": int(hours.counts[:onset].sum()),
        "n_after": int(hours.counts[onset : at + 1].sum()),
        **dict.fromkeys(("rate_before", "before_low", "before_high", "rate_after", "after_low", "after_high")),
        "times_usual": times,
        "mix": None,
        "within": None,
        "change_kind": "missing data" if times < MISSING_BELOW else "volume",
        "follows_release": None,
        "evidence": min(evidence, np.finfo(float).max),
        "threshold": threshold,
        "budget": log.stated,
        "is_replayed": False,
    }
