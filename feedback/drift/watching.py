"""What is watched, and what together with others: an account of a watch."""

import numpy as np
import polars as pl

from feedback.drift.bank import Bank
from feedback.drift.track import Series, Track
from feedback.drift.watcher import Watcher

_WATCHED = {
    "segment": pl.String, "metric": pl.String, "direction": pl.String, "n": pl.Int64,
    "is_learning": pl.Boolean, "evidence": pl.Float64, "threshold": pl.Float64,
}  # fmt: skip
_POOLED = {"dimensions": pl.String, "n_segments": pl.Int64, "n_pooled": pl.Int64, "n_labels": pl.Int64}


def list_watched(watcher: Watcher) -> pl.DataFrame:
    """Return one row per series: what it watches, of how many labels, and its evidence beside the threshold now."""
    now = watcher.thresholds_now()
    rows = [
        _row(watcher, track, series, at, now[track.metric.is_main])
        for track in watcher.tracks
        for series, at in sorted(track.series.items())
    ]
    return pl.DataFrame(rows, schema=_WATCHED, orient="row")


def list_pooled(watcher: Watcher) -> pl.DataFrame:
    """Return one row per set of dimensions: how many segments are watched on their own, and how many together."""
    rows = [
        (
            " & ".join(roster.dimensions) or "all",
            roster.size - bool(roster.n_pooled),
            roster.n_pooled,
            roster.n_rows_pooled,
        )
        for roster in watcher.rosters
    ]
    return pl.DataFrame(rows, schema=_POOLED, orient="row")


def _row(watcher: Watcher, track: Track, series: Series, at: int, threshold: float) -> tuple:
    bank = track.bank if isinstance(track.bank, Bank) else None
    return (
        watcher.rosters[series.roster].name(series.segment),
        track.metric.name,
        series.direction,
        int(track.n_values[series.roster][series.segment]),
        bool(bank.to_learn[at] > 0) if bank else False,
        float(bank.evidence[at]) if bank else None,
        threshold if bank and np.isfinite(threshold) else None,
    )
