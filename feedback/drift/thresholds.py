"""The evidence an alarm takes on each day: set by the budget and by what was watched up to the day before."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import numpy as np

from feedback.drift.budget import Budget, values_per_horizon
from feedback.stats import Indices, Numbers

DAY_S = 86_400


@dataclass
class DailyValues:
    """How many values were watched each day by the series that share a part of the budget.

    Attributes
    ----------
    share
        Their part of the budget.
    first_at_s
        Time of the first label, in seconds; infinite before it.
    counts
        By day since 1970, how many values the series of all segments and directions took in.
    """

    share: float
    first_at_s: float = float("inf")
    counts: Counter[int] = field(default_factory=Counter)

    def add(self, day: Indices, values: Numbers, first_at_s: float) -> None:
        """Count the values of the next labels: of each its day, and how many series take it in."""
        if not len(day):
            return
        self.first_at_s = min(self.first_at_s, first_at_s)
        first = int(day[0])
        for at, n in enumerate(np.bincount(day - first, weights=values).tolist()):
            self.counts[first + at] += int(n)

    def thresholds(self, budget: Budget, days: Indices) -> Numbers:
        """Return the evidence an alarm takes on each of these days; NaN where none can be raised.

        A = values per horizon / F, taken from the days before.
        """
        known = values_per_horizon(self.counts, self.first_at_s, days, budget.horizon)
        return np.array([budget.threshold(n, share=self.share) if np.isfinite(n) else np.nan for n in known])


def day_of(time: datetime) -> int:
    """Return the number of the day since 1970."""
    return int(time.timestamp() // DAY_S)


def split_days(day: Indices) -> Iterator[tuple[int, int, int]]:
    """Yield each day with the positions of its first label and of the one past its last."""
    cuts = np.flatnonzero(np.diff(day)) + 1
    bounds = [0, *cuts.tolist(), len(day)]
    yield from ((int(day[low]), low, high) for low, high in pairwise(bounds) if low < high)
