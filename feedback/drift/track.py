"""One metric on its way through the log: a series per segment and direction, each with its detector."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.drift.bank import Bank, Stretches
from feedback.drift.detectors import ObjectBank
from feedback.drift.drop_detector import Direction
from feedback.drift.references import Expected, Reference
from feedback.drift.watched import NOT_WATCHED, Metric
from feedback.stats import Indices, Numbers

_SMALL = np.iinfo(np.int16).max


class Series(NamedTuple):
    """A segment of a roster, watched in one direction."""

    roster: int
    segment: int
    direction: Direction


class Position(NamedTuple):
    """A label's place in the log."""

    final_at: datetime
    interaction_id: str


class Crossing(NamedTuple):
    """Where a series reported: at which label, with what evidence, what it took, and what the series rests on.

    `n_tested` values made the evidence, `n_learned` before them taught it its level: `level` above what was expected
    of them, NaN where not known. With none learned, all labels before were its reference.
    """

    at: Position
    track: int
    series: int
    evidence: float
    threshold: float
    n_tested: int
    n_learned: int
    level: float


@dataclass(frozen=True)
class Part:
    """The next labels of a log as one metric has them.

    Attributes
    ----------
    labels
        The labels, in order.
    values
        One entry per label, NaN where nothing is known.
    expected
        What is expected of each; none where every series learns its level.
    codes
        By number of the roster, the segment of each label.
    """

    labels: pl.DataFrame
    values: Numbers
    expected: Expected | None
    codes: Sequence[Indices]

    def oriented(self, rows: Indices, direction: Direction) -> tuple[Numbers, Numbers]:
        """Return values and expectations of some labels, a rise turned into a drop; 0 expected where nothing is."""
        values = self.values[rows] if direction == "drop" else 1 - self.values[rows]
        if self.expected is None:
            return values, np.zeros(len(rows))
        return values, self.expected.oriented(direction)[rows]


@dataclass
class Track:
    """The series of one metric.

    Attributes
    ----------
    number
        Position among the tracks.
    metric, reference
        What is watched, and what is expected of it.
    bank
        Their detectors.
    rosters
        Numbers of the rosters it uses.
    series
        What each row of the bank is about, and the number of its row.
    n_values
        By roster, how many labels of each segment have had a value.
    """

    number: int
    metric: Metric
    reference: Reference
    bank: Bank | ObjectBank
    rosters: tuple[int, ...]
    series: dict[Series, int] = field(default_factory=dict)
    n_values: dict[int, Indices] = field(default_factory=dict)

    @property
    def listed(self) -> list[Series]:
        """The series by the number of their row in the bank."""
        return list(self.series)

    def add_series(self, sizes: Sequence[int]) -> None:
        """Add the series of segments that have none yet; `sizes` are the numbers of segments by roster."""
        for roster in self.rosters:
            known = len(self.n_values.get(roster, ()))
            if sizes[roster] == known:
                continue
            self.n_values[roster] = np.pad(self.n_values.get(roster, _NONE), (0, sizes[roster] - known))
            fresh = [
                at for at in range(sizes[roster]) if Series(roster, at, self.metric.directions[0]) not in self.series
            ]
            self._add(roster, np.array(fresh, np.int64), sizes[roster])

    def _add(self, roster: int, fresh: Indices, n_segments: int) -> None:
        shift, margin = self.reference.shifts(roster, n_segments)
        for direction in self.metric.directions:
            sign = 1 if direction == "drop" else -1
            is_learning = np.full(len(fresh), not self.reference.is_given)
            self.bank.add(sign * shift[fresh] - margin[fresh], is_learning=is_learning)
            begin = len(self.series)
            self.series.update({Series(roster, at, direction): begin + n for n, at in enumerate(fresh.tolist())})

    def count(self, part: Part) -> Numbers:
        """Return how many series take in each label, once it is counted how many have a value."""
        is_known = ~np.isnan(part.values)
        n = np.zeros(len(part.values))
        for roster in self.rosters:
            code = part.codes[roster]
            inside = is_known & (code != NOT_WATCHED)
            n += inside
            self.n_values[roster] += np.bincount(code[inside], minlength=len(self.n_values[roster]))
        return n * len(self.metric.directions)

    def advance(self, part: Part, start: int, stop: int, thresholds: Numbers) -> list[Crossing]:
        """Take in the labels from one row up to another; `thresholds` has one entry per row of the part."""
        rows, given = self._stretches(part, start, stop, thresholds)
        crossed = self.bank.update(given)
        if not len(crossed.series):
            return []
        at_rows = rows[crossed.position]
        places = part.labels.select("final_at", "interaction_id")[at_rows].rows()
        parts = (
            crossed.series,
            crossed.evidence,
            thresholds[at_rows],
            crossed.n_tested,
            crossed.n_learned,
            crossed.level,
        )
        return [
            Crossing(Position(*place), self.number, *found)
            for place, found in zip(places, zip(*(of.tolist() for of in parts), strict=True), strict=True)
        ]

    def _stretches(self, part: Part, start: int, stop: int, thresholds: Numbers) -> tuple[Indices, Stretches]:
        """Return the rows in the order of their series, and what they hold."""
        rows, series, ends, values, expected = [], [], [], [], []
        for roster, some, segments, sizes in self._by_segment(part, start, stop):
            for direction in self.metric.directions:
                oriented = part.oriented(some, direction)
                rows.append(some)
                series += [self.series[Series(roster, at, direction)] for at in segments.tolist()]
                ends.append(sizes)
                values.append(oriented[0])
                expected.append(oriented[1])
        at = _joined(rows, np.int64)
        lengths = _joined(ends, np.int64)
        given = Stretches(
            np.array(series, np.int64), np.cumsum(lengths), _joined(values), _joined(expected), thresholds[at]
        )
        return at, given

    def _by_segment(self, part: Part, start: int, stop: int) -> Iterator[tuple[int, Indices, Indices, Indices]]:
        """Yield for each roster the rows by segment, the segments among them and how many rows each has."""
        is_known = ~np.isnan(part.values[start:stop])
        for roster in self.rosters:
            some = part.codes[roster][start:stop]
            rows = np.flatnonzero(is_known & (some != NOT_WATCHED))
            if not len(rows):
                continue
            code = some[rows]
            order = np.argsort(code.astype(np.int16) if code.max() < _SMALL else code, kind="stable")
            code = code[order]
            first = np.flatnonzero(np.diff(code, prepend=-2))
            yield roster, rows[order] + start, code[first], np.diff(first, append=len(code))


_NONE = np.empty(0, np.int64)


def _joined(parts: list[np.ndarray], dtype: type = np.float64) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype)
