"""Where a watch was left, and whether it can go on from there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from feedback.drift.bank import Bank
from feedback.drift.checkpoint import fingerprint, read_state, write_state
from feedback.drift.settings import WatchSettings
from feedback.drift.track import Series, Track
from feedback.drift.watched import Metric, Roster


@dataclass
class Saved:
    """Where a watch was left: the rows it has seen, its segments, the alarms raised, and its detectors by metric."""

    n_rows: int
    rosters: list[Roster]
    reported: set[str] = field(default_factory=set)
    tracks: dict[str, tuple[Bank, list[Series], list[int]]] = field(default_factory=dict)
    is_resumed: bool = False

    @classmethod
    def fresh(cls, settings: WatchSettings, n_reference: int) -> "Saved":
        """Return the start of a watch: past the reference, with nothing seen."""
        kept = [(), *((name,) for name in settings.dimensions), *(tuple(pair) for pair in settings.pairs)]
        return cls(n_reference, [Roster(dimensions, settings.most_values) for dimensions in kept])

    def track(self, metric: str) -> tuple[Bank, list[Series], list[int]] | None:
        """Return the detectors of a metric, their series and where each began; null for a fresh watch."""
        return self.tracks.get(metric)


def resume(
    state: bytes | None, labels: pl.DataFrame, settings: WatchSettings, metrics: Sequence[Metric]
) -> Saved | None:
    """Return where the watch was left, null when it must be replayed.

    That is when the bytes are of other versions or settings, or when the labels it has seen are not the first of
    those given: one came in between, or was labelled anew.
    """
    found = read_state(state) if state else None
    if found is None:
        return None
    header, arrays = found
    n_rows = header["n_rows"]
    if header["made_for"] != _made_for(settings, metrics) or not 0 < n_rows <= labels.height:
        return None
    if header["last"] != _position(labels, n_rows):
        return None
    rosters = Saved.fresh(settings, 0).rosters
    for roster, segments in zip(rosters, header["segments"], strict=True):
        roster.segments = [tuple(segment) for segment in segments]
    tracks = {name: _read_track(of, arrays, settings) for name, of in header["tracks"].items()}
    return Saved(n_rows, rosters, set(header["reported"]), tracks, is_resumed=True)


def save(
    labels: pl.DataFrame, settings: WatchSettings, metrics: Sequence[Metric], saved: Saved, tracks: Sequence[Track]
) -> bytes:
    """Return the state of a watch that has seen all these labels."""
    header = {
        "made_for": _made_for(settings, metrics),
        "n_rows": labels.height,
        "last": _position(labels, labels.height),
        "segments": [roster.segments for roster in saved.rosters],
        "reported": sorted(saved.reported),
        "tracks": {
            track.metric.name: {"number": track.number, "series": track.series, "since": track.since}
            for track in tracks
        },
    }
    arrays = {f"{track.number}.{name}": getattr(track.bank, name) for track in tracks for name in Bank.state_names()}
    return write_state(header, arrays)


def _read_track(
    of: dict[str, Any], arrays: dict[str, np.ndarray], settings: WatchSettings
) -> tuple[Bank, list[Series], list[int]]:
    held = {key: arrays[f"{of['number']}.{key}"] for key in Bank.state_names()}
    return Bank(settings.warmup, settings.margin_se, **held), [Series(*row) for row in of["series"]], of["since"]


def _made_for(settings: WatchSettings, metrics: Sequence[Metric]) -> str:
    given = settings.baseline
    plain = (given.columns, given.rows()) if isinstance(given, pl.DataFrame) else given
    return fingerprint(replace(settings, baseline=None), plain, [(one.name, one.directions) for one in metrics])


def _position(labels: pl.DataFrame, n_rows: int) -> list[str]:
    """Return what names the last of the rows: its time and id, and the label version."""
    seen = labels[:n_rows]
    version = seen["label_version"].max() if "label_version" in seen.columns else None
    last = seen.select("final_at", "interaction_id").tail(1).rows()
    return [str(last), str(version)]
