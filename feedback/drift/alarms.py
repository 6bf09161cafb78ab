"""From a crossing to an alarm: since when, by how much, of what kind, after which release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl

from feedback.drift.baselines import Coding
from feedback.drift.echoes import Beside, Root, find_root, forget_old
from feedback.drift.kinds import Windows, likely_kind
from feedback.drift.lookback import Lookback
from feedback.drift.onset import Onset
from feedback.drift.past import Past, View
from feedback.drift.reading import PERSON, LabelLog
from feedback.drift.releases import Releases, release_before
from feedback.drift.settings import WatchSettings
from feedback.drift.track import Crossing, Series, Track
from feedback.drift.volume import MISSING_BELOW, VOLUME, Flow, time_of
from feedback.drift.watched import Roster
from feedback.schemas import TABLES
from feedback.stats import Indices, Numbers, mean_of_clusters

_OF_ROOTS = ("alarm_id", "metric", "direction", "onset_low", "onset_high", "detected_at")


@dataclass(frozen=True)
class Scene:
    """What alarms are made from: the log, its segments and releases, and how the watch is set up.

    `time` names the column that dates a change: when a response was shown, where that is known. `roots` are the alarms
    of their own so far.
    """

    log: LabelLog | Lookback
    time: str
    coding: Coding
    rosters: Sequence[Roster]
    releases: Releases
    settings: WatchSettings
    stated: str
    label_version: int
    roots: list[Root]

    def alarm(self, segment: str, metric: str, onset_at: datetime, **said: object) -> dict[str, Any]:
        """Return the row of an alarm."""
        return {
            "alarm_id": alarm_identity(segment, metric, self.settings.detector, onset_at),
            "label_version": self.label_version,
            "segment": segment,
            "metric": metric,
            "detector": self.settings.detector,
            "onset_at": onset_at,
            "budget": self.stated,
            "is_replayed": False,
            **said,
        }


def describe_crossing(scene: Scene, track: Track, crossing: Crossing) -> dict[str, Any] | None:
    """Return the row of an alarm; null when the change goes the other way than the series is watched for."""
    series = track.listed[crossing.series]
    segment = scene.rosters[series.roster]
    view = View(scene.log, track, series.direction, scene.coding, scene.settings.time_zone, crossing.at)
    past = view.read(segment.condition(series.segment), tested=crossing.n_tested, learned=crossing.n_learned)
    onset = past.onset(crossing.level, track.reference.offset(series.roster, series.segment, series.direction))
    before, after = past.before(onset.at), np.arange(onset.at, len(past.values))
    change = past.change(before, after) if len(before) else None
    if change is not None and (change > 0) != (series.direction == "rise"):
        return None
    row = scene.alarm(
        segment.name(series.segment),
        track.metric.name,
        past.labels[scene.time][onset.at],
        direction=series.direction,
        detected_at=crossing.at.final_at,
        **_evidence(crossing),
        **_said(scene, track, past, onset, before, after, change),
    )
    row["echo_of"] = _explain(scene, row, series, view, past, onset.at)
    return row


def _said(
    scene: Scene, track: Track, past: Past, onset: Onset, before: Indices, after: Indices, change: float | None
) -> dict[str, Any]:
    """Return what an alarm says of the change."""
    onset_at, low, high = (past.labels[scene.time][at] for at in onset)
    low, high = min(low, onset_at), max(high, onset_at)
    frames = past.labels[before], past.labels[after]
    windows = Windows(*frames, scene.settings)
    mix = _mix(track, past, windows, before, after)
    releases = scene.releases.known(past.labels["final_at"][-1])
    return {
        "onset_low": low,
        "onset_high": high,
        **_rate(frames[0], past.natural[before], "before"),
        **_rate(frames[1], past.natural[after], "after"),
        "mix": mix,
        "within": None if mix is None or change is None else change - mix,
        "change_kind": likely_kind(windows, metric=track.metric.name, change=change, mix=mix),
        "follows_release": release_before(releases, frames[1], onset=onset_at, low=low, high=high),
    }


def _explain(scene: Scene, row: dict[str, Any], series: Series, view: View, past: Past, onset: int) -> str | None:
    """Return the earlier alarm that explains this one; one of its own is kept to explain later ones."""
    mine = scene.rosters[series.roster].condition(series.segment)
    began = past.labels["final_at"][onset]

    def theirs(root: Root) -> pl.Expr:
        return scene.rosters[root.roster].condition(root.segment)

    def rest(root: Root) -> tuple[Beside, bool]:
        whole = view.read(theirs(root))
        return whole.compare(began, mine), past.falls_beyond(whole.without(mine), began)

    scene.roots[:] = forget_old(scene.roots, row["detected_at"])
    found = find_root(
        row,
        scene.roots,
        beside=lambda root: past.compare(began, theirs(root)),
        rest=rest,
    )
    if found is None:
        said = {name: row[name] for name in _OF_ROOTS}
        scene.roots.append(Root(**said, roster=series.roster, segment=series.segment))
    return found


def describe_flow(scene: Scene, flow: Flow) -> dict[str, Any]:
    """Return the row of an alarm about traffic."""
    return scene.alarm(
        scene.rosters[flow.roster].name(flow.segment),
        VOLUME,
        time_of(flow.onset),
        direction=flow.direction,
        detected_at=time_of(flow.detected),
        onset_low=time_of(flow.low),
        onset_high=time_of(flow.high),
        n_before=flow.n_before,
        n_after=flow.n_after,
        times_usual=flow.times_usual,
        change_kind="missing data" if flow.times_usual < MISSING_BELOW else "volume",
        evidence=flow.evidence,
        threshold=flow.threshold,
    )


def alarm_table(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return table `alarms`, in order of detection; what a row does not say is null."""
    columns = TABLES["alarms"].columns
    full = [dict.fromkeys(columns) | row for row in rows]
    return pl.DataFrame(full, schema=columns).sort("detected_at", "alarm_id")


def alarm_identity(segment: str, metric: str, detector: str, onset_at: datetime) -> str:
    """Return the id of an alarm: a hash of segment, metric, detector and day of onset."""
    day = onset_at.astimezone(UTC).date().isoformat()
    return sha256("\x1f".join((segment, metric, detector, day)).encode()).hexdigest()[:32]


def _mix(track: Track, past: Past, windows: Windows, before: Indices, after: Indices) -> float | None:
    """Return how much the expected rate moved because the labels are of other strata and hours."""
    if not len(before):
        return None
    if past.expected is None:
        return windows.shift(track.metric.expression)[1]
    return float(past.expected.rate[after].mean() - past.expected.rate[before].mean())


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
        "evidence": min(crossing.evidence, float(np.finfo(float).max)) if known else None,
        "threshold": crossing.threshold if known else None,
    }
