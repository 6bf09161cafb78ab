"""One metric on its way through the log: a series per segment and direction, each with its detector."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from feedback.drift.bank import Bank, Stretches
from feedback.drift.detectors import ObjectBank
from feedback.drift.drop_detector import Direction
from feedback.drift.references import Reference
from feedback.drift.watched import NOT_WATCHED, Metric
from feedback.stats import Indices, Numbers

ROWS_AT_ONCE = 262_144
_SMALL = np.iinfo(np.int16).max


class Series(NamedTuple):
    """A segment of a roster, watched in one direction."""

    roster: int
    segment: int
    direction: Direction


class Crossing(NamedTuple):
    """Where a series reported: the row of the label, the evidence and what it took, and where the series began."""

    track: int
    series: int
    row: int
    evidence: float
    threshold: float
    since: int


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
    codes
        For each roster it uses, by roster number, the segment of every label.
    series
        What each row of the bank is about.
    since
        The row at which each series last began.
    """

    number: int
    metric: Metric
    reference: Reference
    bank: Bank | ObjectBank
    codes: dict[int, Indices]
    series: list[Series] = field(default_factory=list)
    since: list[int] = field(default_factory=list)

    def add_series(self, sizes: Sequence[int]) -> None:
        """Add the series of segments that have none yet; `sizes` are the numbers of segments by roster."""
        known = set(self.series)
        for roster, codes in self.codes.items():
            shift, margin = self.reference.shifts(codes, sizes[roster])
            for direction in self.metric.directions:
                fresh = [at for at in range(sizes[roster]) if Series(roster, at, direction) not in known]
                sign = 1 if direction == "drop" else -1
                is_learning = np.full(len(fresh), self.reference.expected is None)
                self.bank.add(sign * shift[fresh] - margin[fresh], is_learning=is_learning)
                self.series += [Series(roster, at, direction) for at in fresh]
                self.since += [0] * len(fresh)

    def advance(self, start: int, stop: int, thresholds: Numbers) -> list[Crossing]:
        """Take in the labels from row `start` up to `stop`; `thresholds` has one entry per row of the log."""
        found = []
        for begin in range(start, stop, ROWS_AT_ONCE):
            rows, given = self._stretches(begin, min(begin + ROWS_AT_ONCE, stop), thresholds)
            crossed = self.bank.update(given)
            for series, at, evidence in zip(*(of.tolist() for of in crossed.parts()), strict=True):
                row = int(rows[at])
                found.append(Crossing(self.number, series, row, evidence, float(thresholds[row]), self.since[series]))
                self.since[series] = row + 1
        return found

    def restart(self, series: int, row: int) -> None:
        """Make a series begin anew after a row."""
        if isinstance(self.bank, Bank):
            self.bank.restart(np.array([series]))
        self.since[series] = row + 1

    def _stretches(self, start: int, stop: int, thresholds: Numbers) -> tuple[Indices, Stretches]:
        """Return the rows in the order of their series, and what they hold."""
        numbers = {of: at for at, of in enumerate(self.series)}
        rows, series, ends, values, expected = [], [], [], [], []
        for roster, some, segments, sizes in self._by_segment(start, stop):
            for direction in self.metric.directions:
                oriented = self.reference.oriented(some, direction)
                rows.append(some)
                series += [numbers[Series(roster, at, direction)] for at in segments.tolist()]
                ends.append(sizes)
                values.append(oriented[0])
                expected.append(oriented[1])
        at = _joined(rows, np.int64)
        lengths = _joined(ends, np.int64)
        given = Stretches(
            np.array(series, np.int64), np.cumsum(lengths), _joined(values), _joined(expected), thresholds[at]
        )
        return at, given

    def _by_segment(self, start: int, stop: int) -> Iterator[tuple[int, Indices, Indices, Indices]]:
        """Yield for each roster the rows by segment, the segments among them and how many rows each has."""
        is_known = ~np.isnan(self.reference.values[start:stop])
        for roster, codes in self.codes.items():
            some = codes[start:stop]
            rows = np.flatnonzero(is_known & (some != NOT_WATCHED))
            if not len(rows):
                continue
            code = some[rows]
            order = np.argsort(code.astype(np.int16) if code.max() < _SMALL else code, kind="stable")
            code = code[order]
            first = np.flatnonzero(np.diff(code, prepend=-2))
            yield roster, rows[order] + start, code[first], np.diff(first, append=len(code))


def _joined(parts: list[np.ndarray], dtype: type = np.float64) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype)
