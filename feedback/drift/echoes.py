"""Which alarms tell again what an earlier one told: of the whole when one feature fell, of a score after a button."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedback.drift.watched import OF_EVENTS, OF_VOTES, SURPRISE, VOTED
from feedback.stats import Indices, Numbers

TOGETHER = timedelta(days=3)
"""two changes whose onsets lie no further apart may be one"""
REMEMBERED = timedelta(weeks=4)
"""how long an alarm explains later ones"""
CHANGED_Z = 2.5
"""standard errors by which labels outside a segment have changed too"""
INSIDE, OUTSIDE = 0.9, 0.1
"""share of a segment's labels in another from which it lies inside, and below which they have nothing in common"""
_LEAST = 10
_MAIN = ("score", "p_good", VOTED)
Mask = NDArray[np.bool_]


class Root(NamedTuple):
    """An alarm of its own: what it was about, and when."""

    alarm_id: str
    metric: str
    direction: str
    roster: int
    segment: int
    onset_low: datetime
    onset_high: datetime
    detected_at: datetime


class Beside(NamedTuple):
    """How the labels of one segment compare with another segment.

    `share` of those after the onset that lie in it; `change` of the mean of those that do not, and its standard `error`
    (0 where there are too few).
    """

    share: float
    change: float = 0.0
    error: float = 0.0

    @property
    def has_fallen(self) -> bool:
        """Whether those that lie outside have fallen too."""
        return self.error > 0 and self.change <= -CHANGED_Z * self.error


class Offsets(NamedTuple):
    """By how much labels lie above what was expected of them, in order, and when each became final (microseconds)."""

    off: Numbers
    at: Indices

    def falls_beyond(self, rest: "Offsets", began: int) -> bool:
        """Return whether these fell more than others since a time, in all of it or in the latest half, quarter ..."""
        start = int(np.searchsorted(self.at, began))
        before = _difference(self, rest, 0, start, began - _us(REMEMBERED))
        n = len(self.at) - start
        while n >= _LEAST and before is not None:
            since = len(self.at) - n
            after = _difference(self, rest, since, len(self.at), int(self.at[since]))
            if after is not None and after[0] - before[0] <= -CHANGED_Z * np.hypot(after[1], before[1]):
                return True
            n //= 2
        return False


def _difference(one: Offsets, other: Offsets, start: int, stop: int, since: int) -> tuple[float, float] | None:
    """Return the mean of some labels less that of the others of that time, and its error; none with too few."""
    until = int(one.at[stop - 1]) if stop else since
    mine = one.off[start:stop][one.at[start:stop] >= since]
    theirs = other.off[np.searchsorted(other.at, since) : np.searchsorted(other.at, until, side="right")]
    if min(len(mine), len(theirs)) < _LEAST:
        return None
    variance = max(float(mine.var()), 1e-6) / len(mine) + float(theirs.var()) / len(theirs)
    return float(mine.mean() - theirs.mean()), float(np.sqrt(variance))


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def find_root(
    alarm: dict[str, Any],
    roots: Sequence[Root],
    *,
    beside: Callable[[Root], Beside],
    rest: Callable[[Root], tuple[Beside, bool]],
) -> str | None:
    """Return the alarm that explains a new one, null when it tells something of its own.

    That is an earlier one of the same metric and direction, or one about a labelling function where the new alarm is
    about what follows from it, that began at about the same time, and without whose segment nothing changed. Unless the
    new alarm fell beyond the rest of that segment, or lies inside it and the rest has not changed: then it is the
    narrower finding.

    Parameters
    ----------
    alarm
        The row of the new alarm.
    roots
        Earlier alarms of their own.
    beside
        How the labels of the new alarm compare with the segment of an earlier one.
    rest
        The other way round, and whether those of the new alarm fell beyond the rest of that segment.
    """
    for root in roots:
        if not (_is_near(alarm, root) and _may_follow(alarm, root)):
            continue
        inside = beside(root)
        if inside.share < OUTSIDE or inside.has_fallen:
            continue
        other, is_exceeded = rest(root)
        is_told = other.has_fallen if inside.share >= INSIDE else True
        if other.share >= INSIDE or (is_told and not is_exceeded):
            return root.alarm_id
    return None


def forget_old(roots: Sequence[Root], now: datetime) -> list[Root]:
    """Return the alarms that may still explain others."""
    return [root for root in roots if root.detected_at >= now - REMEMBERED]


def compare(off: Numbers, is_after: Mask, is_inside: Mask) -> Beside:
    """Return how labels compare with a segment.

    Parameters
    ----------
    off
        By how much each label lies above what was expected of it.
    is_after, is_inside
        Whether it came after the onset, and lies in the segment.

    Examples
    --------
    >>> falls = np.tile([0.1, -0.1], 40) - np.repeat([0.0, 0.5], 40)
    >>> inside = np.tile([True, True, False, False], 20)
    >>> found = compare(falls, np.repeat([False, True], 40), inside)
    >>> found.share, round(found.change, 3), found.has_fallen
    (0.5, -0.5, True)
    """
    share = float(is_inside[is_after].mean()) if is_after.any() else 0.0
    old, new = off[~is_inside & ~is_after], off[~is_inside & is_after]
    if min(len(old), len(new)) < _LEAST:
        return Beside(share)
    spread = max(float(old.var()) / len(old) + float(new.var()) / len(new), 1e-12)
    return Beside(share, float(new.mean() - old.mean()), float(np.sqrt(spread)))


def _is_near(alarm: dict[str, Any], root: Root) -> bool:
    began_before = root.onset_low - TOGETHER <= alarm["onset_high"]
    return began_before and alarm["onset_low"] <= root.onset_high + TOGETHER


def _may_follow(alarm: dict[str, Any], root: Root) -> bool:
    """Return whether what an alarm is about may follow from what another is about."""
    metric = alarm["metric"]
    if (metric, alarm["direction"]) == (root.metric, root.direction):
        return True
    if metric == SURPRISE:
        return True
    follows = metric.startswith(OF_EVENTS) or (metric in _MAIN and alarm["change_kind"] == "signal")
    return follows and root.metric.startswith(OF_VOTES)
