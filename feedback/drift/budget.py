"""How many false alarms may come, and how much evidence that takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from feedback.errors import SettingsError
from feedback.settings import parse_span
from feedback.stats import Indices, Numbers

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Budget:
    """At most so many false alarms per horizon over everything watched, or at most such a share of the alarms.

    Attributes
    ----------
    false_alarms
        Expected number of false alarms per horizon, over all series together.
    per
        The horizon, for instance `7d`.
    fdr
        When given, the expected share of false ones among the alarms of a horizon, and `false_alarms` is not used:
        the more segments show evidence, the less it takes (e-BH).

    References
    ----------
    Wang and Ramdas (2022), False discovery rate control with e-values, JRSS B 84. Dandapanthula and Ramdas (2025),
    Multiple testing in multi-stream sequential change detection, arXiv 2501.04130.

    Examples
    --------
    >>> Budget().threshold(1_000_000)
    1000000.0
    >>> print(Budget(false_alarms=2, per="1d"))
    at most 2 false alarms per 1d over everything watched
    """

    false_alarms: float = 1.0
    per: str = "7d"
    fdr: float | None = None

    def __post_init__(self) -> None:
        """Check what was given."""
        if not 0 < self.false_alarms < float("inf") or (self.fdr is not None and not 0 < self.fdr < 1):
            raise SettingsError(
                f"a budget is false alarms above 0, or an fdr in (0, 1), not {self.false_alarms} and {self.fdr}"
            )
        if self.horizon < DAY:
            raise SettingsError(f"a budget is for a day or longer, not for {self.per}")

    @property
    def horizon(self) -> timedelta:
        """The time the budget is for."""
        return parse_span(self.per)

    def threshold(self, values_per_horizon: float, *, share: float = 1.0) -> float:
        """Return the evidence an alarm takes when so many values are watched in a horizon with a share of the budget.

        A = values / F: the evidence of no series passes A in n values with a probability above n / A.
        """
        return max(values_per_horizon / (share * (self.fdr or self.false_alarms)), 1.0)

    def __str__(self) -> str:
        """Return the budget in words."""
        if self.fdr is not None:
            return f"at most {self.fdr:.0%} of the alarms of {self.per} false, over everything watched"
        noun = "false alarm" if self.false_alarms == 1 else "false alarms"
        return f"at most {self.false_alarms:g} {noun} per {self.per} over everything watched"


def values_per_horizon(counts: Mapping[int, int], first_at_s: float, days: Indices, horizon: timedelta) -> Numbers:
    """Return for each day how many values a horizon is taken to hold, from what came before that day only.

    The most that any run of whole days as long as the horizon has held so far; in a log that is still shorter, its
    values scaled up. Infinite on the first day, when nothing is known.

    Parameters
    ----------
    counts
        Values of each day, by day number.
    first_at_s
        Time of the first value, in seconds since day 0.
    days
        The days asked about, ascending.
    horizon
        The time of the budget.

    Examples
    --------
    >>> values_per_horizon({0: 60, 1: 100, 2: 80}, 43_200, np.array([0, 1, 2, 3]), timedelta(days=2)).tolist()
    [inf, 240.0, 240.0, 240.0]
    """
    if not counts:
        return np.full(len(days), np.inf)
    first, last = min(counts), int(max(*counts, days.max(initial=0)))
    daily = np.array([counts.get(day, 0) for day in range(first, last + 1)], float)
    whole = horizon / DAY
    up_to = np.concatenate([[0.0], np.cumsum(daily)])
    ends = np.arange(1, len(daily) + 1)
    held = up_to[ends] - np.interp(ends - whole, np.arange(len(up_to)), up_to)
    seen_days = ends + first - first_at_s / DAY.total_seconds()
    most = np.maximum.accumulate(held * np.maximum(whole / np.maximum(seen_days, 1e-9), 1.0))
    before = np.asarray(days, np.int64) - first
    return np.where(before < 1, np.inf, most[np.clip(before - 1, 0, len(most) - 1)])
