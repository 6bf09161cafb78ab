"""From a crossing to an alarm: since when, by how much, of what kind, after which release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl

from feedback.drift.kinds import Windows, likely_kind
from feedback.drift.onset import Onset, estimate_onset
from feedback.drift.reading import PERSON
from feedback.drift.releases import release_before
from feedback.drift.settings import WatchSettings
from feedback.drift.track import Crossing, Series, Track
from feedback.schemas import TABLES
from feedback.stats import Indices, Numbers, mean_of_clusters

BEFORE = timedelta(weeks=4)
"""how far back the rate before a change is taken from"""
MOST_SEARCHED = 200_000
"""values an onset is searched among, and labels the rate before a change is taken from; the latest"""


@dataclass(frozen=True)
class Log:
    """What alarms are made from: labels in order, when each was shown, releases, and how the watch is set up.

    `time` names the column that dates a change: when a response was shown, where that is known.
    """

    labels: pl.DataFrame
    time: str
    releases: pl.DataFrame
    settings: WatchSettings
    stated: str

    @property
    def label_version(self) -> int:
        """The greatest label version among the labels; 1 where they name none."""
        known = self.labels["label_version"].max() if "label_version" in self.labels.columns else None
        return int(known) if known is not None else 1  # pyright: ignore[reportArgumentType]


def describe_crossing(log: Log, track: Track, crossing: Crossing, segment: str) -> dict[str, Any] | None:
    """Return the row of an alarm; null when the change goes the other way than the series is watched for."""
    series = track.series[crossing.series]
    rows = _rows_of(track, series, crossing.row)
    since = int(np.searchsorted(rows, crossing.since))
    learns = crossing.since > 0 or track.reference.expected is None
    began = min(since + (log.settings.warmup if learns else _n_reference(track, rows)), len(rows) - 1)
    onset = _onset(track, series, rows, since, began, is_learned=learns)
    first, low, high = (int(rows[began + at]) for at in onset)
    before = _within_reach(log, rows[since : began + onset.at], first)
    after = rows[began + onset.at :]
    values = track.reference.values
    change = float(values[after].mean() - values[before].mean()) if len(before) else None
    if change is not None and (change > 0) != (series.direction == "rise"):
        return None
    labels = log.labels[log.time]
    onset_at, onset_low, onset_high = (labels[row] for row in (first, low, high))
    frames = log.labels[before], log.labels[after]
    windows = Windows(*frames, log.settings)
    mix = _mix(track, windows, before, after)
    return {
        "alarm_id": alarm_identity(segment, track.metric.name, log.settings.detector, onset_at),
        "label_version": log.label_version,
        "segment": segment,
        "metric": track.metric.name,
        "direction": series.direction,
        "detector": log.settings.detector,
        "detected_at": log.labels["final_at"][crossing.row],
        "onset_at": onset_at,
        "onset_low": min(onset_low, onset_at),
        "onset_high": max(onset_high, onset_at),
        **_rate(frames[0], values[before], "before"),
        **_rate(frames[1], values[after], "after"),
        "times_usual": None,
        "mix": mix,
        "within": None if mix is None or change is None else change - mix,
        "change_kind": likely_kind(windows, metric=track.metric.name, change=change, mix=mix),
        "follows_release": release_before(
            log.releases, frames[1], onset=onset_at, low=onset_low, high=max(onset_high, onset_at)
        ),
        **_evidence(crossing),
        "budget": log.stated,
        "is_replayed": False,
    }


def alarm_table(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return table `alarms`, in order of detection."""
    return pl.DataFrame(rows, schema=TABLES["alarms"].columns).sort("detected_at", "alarm_id")


def _rows_of(track: Track, series: Series, last: int) -> Indices:
    """Return the rows of the series' labels, up to the last."""
    inside = track.codes[series.roster][: last + 1] == series.segment
    return np.flatnonzero(inside & ~np.isnan(track.reference.values[: last + 1]))


def _n_reference(track: Track, rows: Indices) -> int:
    return int(np.searchsorted(rows, track.reference.n_rows))


def _onset(track: Track, series: Series, rows: Indices, since: int, began: int, *, is_learned: bool) -> Onset:
    """Return the onset among the rows from `began` on, against the level of those before it."""
    earlier = max(len(rows) - MOST_SEARCHED, began)
    values, expected = track.reference.oriented(rows[earlier:], series.direction)
    if is_learned or not track.reference.n_rows:
        learned_from = rows[since:began] if began > since else rows[earlier:]
        known, hoped = track.reference.oriented(learned_from, series.direction)
        level = expected + (known - hoped).mean() if is_learned else expected
    else:
        known, hoped = track.reference.oriented(rows[since:began], series.direction)
        level = expected + ((known - hoped).sum() / (len(known) + 1))
    found = estimate_onset(values, level)
    return Onset(*(at + earlier - began for at in found))


def _within_reach(log: Log, before: Indices, first: int) -> Indices:
    """Return those of the rows that are not too long before the onset."""
    if not len(before):
        return before
    before = before[-MOST_SEARCHED:]
    times = log.labels["final_at"].gather(before)
    return before[(times >= log.labels["final_at"][first] - BEFORE).to_numpy()]


def _mix(track: Track, windows: Windows, before: Indices, after: Indices) -> float | None:
    """Return how much the expected rate moved because the labels are of other strata and hours."""
    if not len(before):
        return None
    expected = track.reference.expected
    if expected is None:
        return windows.shift(track.metric.expression)[1]
    return float(expected[after].mean() - expected[before].mean())


def _rate(labels: pl.DataFrame, values: Numbers, side: str) -> dict[str, Any]:
    people = labels.select(PERSON).with_columns(value=pl.Series(values)).group_by(PERSON).agg(
        total=pl.col("value").sum(), n_values=pl.len(), group=pl.lit(0)
    )  # fmt: skip
    found = mean_of_clusters(people.lazy(), by=["group"]).collect()
    mean, low, high = found.select("mean", "low", "high").row(0) if found.height else (None, None, None)
    return {f"n_{side}": labels.height, f"rate_{side}": mean, f"{side}_low": low, f"{side}_high": high}


def _evidence(crossing: Crossing) -> dict[str, float | None]:
    known = not np.isnan(crossing.evidence)
    return {
        "evidence": min(crossing.evidence, np.finfo(float).max) if known else None,
        "threshold": crossing.threshold if known else None,
    }


def alarm_identity(segment: str, metric: str, detector: str, onset_at: datetime) -> str:
    """Return the id of an alarm: a hash of segment, metric, detector and day of onset."""
    day = onset_at.astimezone(UTC).date().isoformat()
    return sha256("\x1f".join((segment, metric, detector, day)).encode()).hexdigest()[:32]
