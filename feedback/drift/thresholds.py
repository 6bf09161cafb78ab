"""The evidence an alarm takes on each day: set by the budget and by what was watched up to the day before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from feedback.drift.budget import Budget, values_per_horizon
from feedback.drift.track import Track
from feedback.stats import Indices, Numbers

HALF = 0.5
"""of the budget for the labels themselves; the rest, but for that of the volume, is for everything watched besides"""
_DAY_S = 86_400


@dataclass(frozen=True)
class Thresholds:
    """The evidence an alarm takes at each label, for the main metric and all others; NaN where none can be raised."""

    day: Indices
    main: Numbers
    further: Numbers

    def of(self, track: Track) -> Numbers:
        """Return the threshold at each label for the series of a track."""
        return self.main if track.metric.is_main else self.further

    def days(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the first row and the row past the last of each day."""
        cuts = np.flatnonzero(np.diff(self.day[start:stop])) + start + 1
        yield from zip([start, *cuts.tolist()], [*cuts.tolist(), stop], strict=True)


def find_thresholds(labels: pl.DataFrame, budget: Budget, tracks: Sequence[Track], *, spent: float = 0.0) -> Thresholds:
    """Return the thresholds at each label, in order.

    A = values per horizon / F, the values of every segment, metric and direction counted; a share `spent` of the
    budget is left out.
    """
    seconds = labels["final_at"].dt.epoch("us").to_numpy() / 1e6
    day = (seconds // _DAY_S).astype(np.int64)
    main = [track for track in tracks if track.metric.is_main]
    further = [track for track in tracks if not track.metric.is_main]
    share = HALF if further else 1.0 - spent
    of_main = _of_group(main, day, seconds, budget, share)
    return Thresholds(day, of_main, _of_group(further, day, seconds, budget, 1.0 - share - spent))


def _of_group(tracks: Sequence[Track], day: Indices, seconds: Numbers, budget: Budget, share: float) -> Numbers:
    if not tracks or not len(day):
        return np.full(len(day), np.nan)
    first_row = int(day[0])
    daily = np.zeros(int(day[-1]) - first_row + 1)
    inside: dict[tuple[int, ...], Numbers] = {}
    for track in tracks:
        rosters = tuple(track.codes)
        if rosters not in inside:
            inside[rosters] = sum((code >= 0).astype(float) for code in track.codes.values())  # pyright: ignore[reportArgumentType]
        n = inside[rosters] * ~np.isnan(track.reference.values) * len(track.metric.directions)
        daily += np.bincount(day - first_row, weights=n, minlength=len(daily))
    counts = {first_row + at: int(n) for at, n in enumerate(daily)}
    days = np.arange(first_row, int(day[-1]) + 1)
    known = values_per_horizon(counts, float(seconds[0]), days, budget.horizon)
    by_day = np.array([budget.threshold(n, share=share) if np.isfinite(n) else np.nan for n in known])
    return by_day[day - first_row]
