"""How many labels come in an hour, of each segment: too few, too many, or none at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.drift.bank import Bank, Crossings, Stretches
from feedback.drift.baselines import CELLS
from feedback.drift.budget import Budget
from feedback.drift.drop_detector import Direction
from feedback.drift.learning import margin_errors
from feedback.drift.onset import estimate_shift
from feedback.drift.watched import BOTH
from feedback.stats import Indices, Numbers

VOLUME = "volume"
SHARE = 0.1
"""of the budget"""
LEAST_PER_HOUR = 5.0
"""labels an hour in the reference under which a segment's traffic is too thin to watch"""
LEAST_DAYS = 7
WEEK_H, DAY_H = 168, 24
KEPT_H = 8 * WEEK_H
"""hours that are kept to say since when traffic changed"""
MISSING_BELOW = 0.1
"""times the usual traffic under which data are missing rather than few"""
_HOUR = timedelta(hours=1)
_HOUR_US = 3_600_000_000


class Usual(NamedTuple):
    """The traffic of the reference: one row per segment.

    `segments` are pairs of roster and segment; `mean` labels an hour; `level` and `variance` of the loads, and by how
    much the level may be too high; `profile` the traffic of each quarter-day of the week over the mean.
    """

    segments: Indices
    mean: Numbers
    level: Numbers
    variance: Numbers
    margin: Numbers
    profile: Numbers

    def loads(self, counts: Numbers, cells: Indices, rows: Indices | slice) -> Numbers:
        """Return the traffic of hours in [0, 1]: count / (count + usual), NaN where less than one label is usual."""
        usual = self.mean[rows, None] * self.profile[cells]
        return np.where(usual >= 1, counts / np.maximum(counts + usual, 1e-9), np.nan)


class Flow(NamedTuple):
    """Where the traffic of a segment crossed: in hours since 1970, what was counted and how it compares."""

    roster: int
    segment: int
    direction: Direction
    detected: int
    onset: int
    low: int
    high: int
    n_before: int
    n_after: int
    times_usual: float
    evidence: float
    threshold: float


@dataclass
class Traffic:
    """The traffic of each segment on its way through the log.

    The traffic of an hour is c / (c + u), u being what is usual for its quarter-day of the week; its mean is
    watched like that of any label, both ways, for the whole and for each value with five labels an hour or more. Only
    hours that are over count.

    Attributes
    ----------
    usual
        The traffic of the reference.
    bank
        A detector per segment and direction.
    begins, done
        The hour the counts begin with, and the first one that is not over.
    counts
        Labels of each segment and hour.
    """

    usual: Usual
    bank: Bank
    time_zone: str
    begins: int
    done: int
    counts: Numbers

    def count(self, hours: Indices, codes: Sequence[Indices]) -> None:
        """Count the next labels: the hour of each, and by roster its segment."""
        if not len(hours):
            return
        self._reach(int(hours[-1]) + 1)
        width = self.counts.shape[1]
        inside = hours >= self.begins
        for at, (roster, segment) in enumerate(self.usual.segments.tolist()):
            chosen = inside & (codes[roster] == segment)
            self.counts[at] += np.bincount(hours[chosen] - self.begins, minlength=width)

    def follow(self, end: int, budget: Budget) -> list[Flow]:
        """Return where traffic crossed in the hours before `end` that have not been looked at."""
        if end <= self.done:
            return []
        self._reach(end)
        threshold = budget.threshold(2 * len(self.usual.mean) * (budget.horizon / _HOUR), share=SHARE)
        window = slice(self.done - self.begins, end - self.begins)
        loads = self.usual.loads(self.counts[:, window], _cells(self.done, end, self.time_zone), slice(None))
        found = []
        for way, direction in enumerate(BOTH):
            hours, given = self._stretches(loads if direction == "drop" else 1 - loads, way, threshold)
            found += self._describe(self.bank.update(given), hours, direction, threshold)
        self.done = end
        self.forget()
        return found

    def _stretches(self, loads: Numbers, way: int, threshold: float) -> tuple[Indices, Stretches]:
        known = ~np.isnan(loads)
        segments = np.flatnonzero(known.any(axis=1))
        hours = np.nonzero(known)[1] + self.done
        values = loads[known]
        series = segments + way * len(self.usual.mean)
        ends = np.cumsum(known.sum(axis=1)[segments])
        return hours, Stretches(series, ends, values, np.zeros(len(values)), np.full(len(values), threshold))

    def _describe(self, crossed: Crossings, hours: Indices, direction: Direction, threshold: float) -> list[Flow]:
        """Return what is told of each crossing."""
        rows = zip(crossed.series.tolist(), hours[crossed.position].tolist(), strict=True)
        return [
            self._flow(
                series % len(self.usual.mean), hour, direction,
                tested=int(crossed.n_tested[at]), learned=int(crossed.n_learned[at]),
                evidence=min(float(crossed.evidence[at]), float(np.finfo(float).max)), threshold=threshold,
            )
            for at, (series, hour) in enumerate(rows)
        ]  # fmt: skip

    def _flow(
        self, at: int, hour: int, direction: Direction, *, tested: int, learned: int, evidence: float, threshold: float
    ) -> Flow:
        """Return since when the traffic of a segment is another, from the hours kept."""
        first = max(self.begins, hour + 1 - KEPT_H)
        counts = self.counts[at, first - self.begins : hour + 1 - self.begins]
        cells = _cells(first, hour + 1, self.time_zone)
        loads = self.usual.loads(counts[None, :], cells, np.array([at]))[0]
        known = np.flatnonzero(~np.isnan(loads))
        inside, earlier = known[-tested:], known[: max(len(known) - tested, 0)]
        level, variance = float(self.usual.level[at]), float(self.usual.variance[at])
        if learned and len(earlier):
            taught = loads[earlier[-learned:]]
            level, variance = float(taught.mean()), float(taught.var())
        sign = 1 if direction == "drop" else -1
        onset, low, high = (int(inside[of]) for of in estimate_shift(sign * loads[inside], sign * level, variance))
        usual = float((self.usual.mean[at] * self.usual.profile[cells])[onset:].sum())
        since = counts[onset:].sum()
        return Flow(
            *self.usual.segments[at].tolist(),
            direction=direction,
            detected=hour + 1,
            onset=first + onset,
            low=first + low,
            high=first + high,
            n_before=int(counts[max(onset - 4 * WEEK_H, 0) : onset].sum()),
            n_after=int(since),
            times_usual=float(since) / max(usual, 1e-9),
            evidence=evidence,
            threshold=threshold,
        )

    def _reach(self, end: int) -> None:
        missing = end - self.begins - self.counts.shape[1]
        if missing > 0:
            self.counts = np.pad(self.counts, ((0, 0), (0, missing)))

    def forget(self) -> None:
        """Drop the hours that are no longer needed."""
        old = self.done - KEPT_H - self.begins
        if old > 0:
            self.counts = self.counts[:, old:].copy()
            self.begins += old


def learn_traffic(
    hourly: Sequence[pl.DataFrame], first_at: datetime, last_at: datetime, *, time_zone: str, margin_se: float
) -> Traffic | None:
    """Return the traffic as it is after the reference; none when that is shorter than a week.

    Parameters
    ----------
    hourly
        By roster, one row per `hour` (since 1970) and `segment` of the reference, with `n` labels; those of rosters of
        two dimensions are left out by the caller.
    first_at, last_at
        Times of the first and the last label of the reference.
    time_zone, margin_se
        As the watch has them.
    """
    first, baseline = hour_of(first_at) + 1, hour_of(last_at) + 1
    if baseline - first < LEAST_DAYS * DAY_H:
        return None
    tables = [_table(rows, first, baseline) for rows in hourly]
    segments = np.array(
        [
            (roster, segment)
            for roster, table in enumerate(tables)
            for segment in np.flatnonzero(table.mean(axis=1) >= LEAST_PER_HOUR)
        ],
        np.int64,
    ).reshape(-1, 2)
    if not len(segments):
        return None
    cells = _cells(first, baseline, time_zone)
    profile = _profile(tables[0][0], cells)
    counts = np.array([tables[roster][segment] for roster, segment in segments.tolist()])
    usual = _usual(segments, counts, cells, profile, margin_se)
    bank = Bank(WEEK_H, margin_se)
    for sign in (1, -1):
        level = usual.level if sign > 0 else 1 - usual.level
        bank.add(level - usual.margin, is_learning=np.zeros(len(segments), bool))
    traffic = Traffic(usual, bank, time_zone, first, baseline, counts)
    traffic.forget()
    return traffic


def hour_of(time: datetime) -> int:
    """Return the number of the hour since 1970."""
    return int(time.timestamp() // 3600)


def hours_of(times: pl.Series) -> Indices:
    """Return the number of the hour of each time."""
    return times.dt.epoch("us").to_numpy() // _HOUR_US


def time_of(hour: int) -> datetime:
    """Return the time an hour begins."""
    return datetime.fromtimestamp(hour * 3600, UTC)


def _usual(segments: Indices, counts: Numbers, cells: Indices, profile: Numbers, margin_se: float) -> Usual:
    n = len(segments)
    bare = Usual(segments, counts.mean(axis=1), np.zeros(n), np.zeros(n), np.zeros(n), profile)
    loads = bare.loads(counts, cells, slice(None))
    return bare._replace(
        level=np.array([_mean(row) for row in loads]),
        variance=np.array([float(np.nanvar(row)) if not np.isnan(row).all() else 0.0 for row in loads]),
        margin=np.array([_margin(row, margin_se) for row in loads]),
    )


def _mean(loads: Numbers) -> float:
    return float(np.nanmean(loads)) if not np.isnan(loads).all() else 0.5


def _margin(loads: Numbers, margin_se: float) -> float:
    """Return what to take off the level: errors of a mean of days, as the hours of a day are alike."""
    days = loads[: len(loads) // DAY_H * DAY_H].reshape(-1, DAY_H)
    known = ~np.isnan(days)
    means = (np.nansum(days, axis=1) / np.maximum(known.sum(axis=1), 1))[known.any(axis=1)]
    error = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else 0.5
    return float(margin_errors(len(loads), margin_se) * error)


def _table(rows: pl.DataFrame, first: int, baseline: int) -> Numbers:
    """Return labels per segment and hour of the reference."""
    inside = rows.filter(pl.col("hour") >= first, pl.col("hour") < baseline, pl.col("segment") >= 0)
    segment, hour, n = (inside[name].to_numpy() for name in ("segment", "hour", "n"))
    table = np.zeros((int(segment.max(initial=0)) + 1, baseline - first))
    np.add.at(table, (segment, hour - first), n)
    return table


def _cells(first: int, end: int, time_zone: str) -> Indices:
    hours = pl.datetime_range(time_of(first), time_of(end), "1h", closed="left", time_unit="us", eager=True)
    times = hours.dt.convert_time_zone(time_zone)
    return ((times.dt.weekday().cast(pl.Int64) - 1) * 4 + times.dt.hour().cast(pl.Int64) // 6).to_numpy()


def _profile(whole: Numbers, cells: Indices) -> Numbers:
    """Return the traffic of each quarter-day of the week over the mean traffic, in the reference."""
    n_hours = np.bincount(cells, minlength=CELLS)
    per_hour = np.bincount(cells, weights=whole, minlength=CELLS) / np.maximum(n_hours, 1)
    return np.where(n_hours > 0, per_hour / max(whole.mean(), 1e-9), 1.0)
