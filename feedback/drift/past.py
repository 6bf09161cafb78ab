"""The past of a series as an alarm is made from it: its labels, what was expected of them, since when they changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from feedback.drift.baselines import Coding
from feedback.drift.drop_detector import Direction
from feedback.drift.echoes import Beside, Offsets, compare
from feedback.drift.lookback import Lookback
from feedback.drift.onset import Onset, estimate_onset
from feedback.drift.reading import LabelLog
from feedback.drift.references import Expected
from feedback.drift.track import Position, Track
from feedback.drift.watched import metric_values
from feedback.stats import Indices, Numbers

BEFORE = timedelta(weeks=4)
"""how far back the rate before a change is taken from, and how long before it is reported a change may have begun"""
MOST_SEARCHED = 20_000
"""values an onset is searched among, and labels the rate before a change is taken from; the latest"""
_INSIDE = "inside "
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Past:
    """The labels of a segment that have a value, up to the one at which a series reported.

    Attributes
    ----------
    labels
        In order.
    direction
        In which the series is watched; a rise is turned into a drop in `values` and `hoped`.
    values, hoped
        Of each label, and what was expected of it at least.
    expected
        What was expected, unturned; none where the series learned its level.
    n_tested, n_learned
        The last so many made the evidence; so many before them taught the series its level, none where all of
        the past did.
    """

    labels: pl.DataFrame
    direction: Direction
    values: Numbers
    hoped: Numbers
    expected: Expected | None
    n_tested: int
    n_learned: int

    @property
    def natural(self) -> Numbers:
        """The values as they are, unturned."""
        return self.values if self.direction == "drop" else 1 - self.values

    def onset(self, level: float, offset: float) -> Onset:
        """Return since when the values differ from those before.

        Parameters
        ----------
        level
            How far the values the series learned from lay above what was expected of them; NaN where not known.
        offset
            The same of the reference, for a series that learned from nothing else.
        """
        n = len(self.values)
        reach = int((self.labels["final_at"] < self.labels["final_at"][-1] - BEFORE).sum())
        begin = min(max(n - min(self.n_tested, MOST_SEARCHED), reach), n - 1)
        above = self._level(level) if self.n_learned else offset
        found = estimate_onset(self.values[begin:], self.hoped[begin:] + above)
        return Onset(*(at + begin for at in found))

    def _level(self, level: float) -> float:
        taught = slice(self._first, max(len(self.values) - self.n_tested, 0))
        if not np.isnan(level):
            return level
        off = self.off[taught]
        return float(off.mean()) if len(off) else 0.0

    @property
    def _first(self) -> int:
        """The first label that counts: those from before the series began anew do not."""
        return max(len(self.values) - self.n_tested - self.n_learned, 0) if self.n_learned else 0

    def before(self, onset: int) -> Indices:
        """Return the rows the rate before is taken from."""
        rows = np.arange(self._first, onset)[-MOST_SEARCHED:]
        closed = self.labels["final_at"]
        return rows[(closed.gather(rows) >= closed[onset] - BEFORE).to_numpy()]

    def change(self, before: Indices, after: Indices) -> float:
        """Return the mean after less the mean before, unturned."""
        return float(self.natural[after].mean() - self.natural[before].mean())

    def compare(self, began: datetime, segment: pl.Expr) -> Beside:
        """Return how the labels since a time, and those of some weeks before it, compare with a segment."""
        closed = self.labels["final_at"]
        near = (closed >= began - BEFORE).to_numpy()
        return compare(self.off[near], (closed >= began).to_numpy()[near], self._inside(segment)[near])

    def without(self, segment: pl.Expr) -> Offsets:
        """Return by how much the labels outside a segment lie above what was expected."""
        outside = ~self._inside(segment)
        return Offsets(self.off[outside], self._at[outside])

    def falls_beyond(self, rest: Offsets, began: datetime) -> bool:
        """Return whether the values fell more than others since a time."""
        return Offsets(self.off, self._at).falls_beyond(rest, int(began.timestamp() * 1e6))

    @property
    def off(self) -> Numbers:
        """By how much each label lies above what was expected of it."""
        return self.values - self.hoped

    @property
    def _at(self) -> Indices:
        return self.labels["final_at"].dt.epoch("us").to_numpy()

    def _inside(self, segment: pl.Expr) -> NDArray[np.bool_]:
        inside = self.labels.with_columns(segment.fill_null(value=False).alias(_INSIDE))
        return inside[_INSIDE].to_numpy()


@dataclass(frozen=True)
class View:
    """How the past of a series is looked at: one metric and direction, up to the label at which it reported."""

    log: LabelLog | Lookback
    track: Track
    direction: Direction
    coding: Coding
    time_zone: str
    until: Position

    def read(self, segment: pl.Expr, *, tested: int = 0, learned: int = 0) -> Past:
        """Return the past of a segment, no further back than an onset and the rate before it are looked for."""
        labels = self._latest(segment)
        values = metric_values(labels, [self.track.metric])[self.track.metric.name]
        labels = labels.filter(values.is_not_null())
        known = values.drop_nulls().cast(pl.Float64).to_numpy()
        where = self.coding.strata(labels, time_zone=self.time_zone)
        expected = self.track.reference.expected(labels, where, self.coding.sizes)
        hoped = np.zeros(len(known)) if expected is None else expected.oriented(self.direction)
        turned = known if self.direction == "drop" else 1 - known
        return Past(labels, self.direction, turned, hoped, expected, min(tested, len(known)), learned)

    def _latest(self, segment: pl.Expr) -> pl.DataFrame:
        at, name = pl.col("final_at"), pl.col("interaction_id")
        reached = (at < self.until.final_at) | (name <= self.until.interaction_id)
        times = self.log.times(after=self.until.final_at - 2 * BEFORE, where=segment & (at <= self.until.final_at))
        begin = times[max(len(times) - 2 * MOST_SEARCHED, 0)] if len(times) else self.until.final_at
        return self.log.read(after=begin - _INSTANT, until=self.until.final_at, where=segment & reached)
