"""Where a watch was left, as bytes: what it learned once, and what every label moves."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from feedback.drift.bank import Bank
from feedback.drift.baselines import Coding, Expectation
from feedback.drift.checkpoint import fingerprint, read_state, write_state
from feedback.drift.echoes import Root
from feedback.drift.references import Reference, Residuals
from feedback.drift.releases import Releases
from feedback.drift.settings import WatchSettings
from feedback.drift.thresholds import DailyValues
from feedback.drift.track import Position, Series, Track
from feedback.drift.volume import WEEK_H, Traffic, Usual
from feedback.drift.watched import Metric, Roster
from feedback.drift.watcher import Watcher

Held = dict[str, np.ndarray]
_OF_EXPECTATION = ("strata", "of_strata", "of_cells")
_OF_RESIDUALS = ("total", "squares", "values", "n")


class State(NamedTuple):
    """A watch as bytes: `reference` stays as it is once learned, `course` is another after every label."""

    reference: bytes
    course: bytes


def made_for(settings: WatchSettings, metrics: list[Metric], label_version: int) -> str:
    """Return what a state must have been made for to fit."""
    given = settings.baseline
    if isinstance(given, pl.DataFrame):
        plain: object = (given.columns, given.rows())
    else:
        plain = given.astimezone(UTC).isoformat() if given is not None else None
    names = [(one.name, one.directions) for one in metrics]
    return fingerprint(replace(settings, baseline=None), plain, names, label_version)


def save(watcher: Watcher, fits: str, *, reference: bytes | None = None) -> State:
    """Return the state of a watch; the reference given when it is the one it was resumed with."""
    return State(reference or _save_reference(watcher, fits), _save_course(watcher, fits))


def resume(state: State | None, settings: WatchSettings, metrics: list[Metric], fits: str) -> Watcher | None:
    """Return the watch as it was left; null when the bytes are of other versions, settings, metrics or labels."""
    parts = [read_state(part) for part in state] if state else []
    learned, course = parts if len(parts) == 2 else (None, None)
    if learned is None or course is None or (learned[0]["fits"], course[0]["fits"]) != (fits, fits):
        return None
    if learned[0]["number"] != course[0]["number"]:
        return None
    return _load(settings, metrics, learned, course)


def _save_reference(watcher: Watcher, fits: str) -> bytes:
    arrays: Held = {}
    for track in watcher.tracks:
        known = track.reference.expectation
        if known is not None:
            arrays |= _expectation_arrays(known, f"{track.number}.")
        for roster, residuals in track.reference.residuals.items():
            arrays |= {f"{track.number}.{roster}.{name}": getattr(residuals, name) for name in _OF_RESIDUALS}
    if watcher.traffic is not None:
        arrays |= {f"usual.{name}": of for name, of in watcher.traffic.usual._asdict().items()}
    header = {
        "fits": fits,
        "number": _number(watcher),
        "values": watcher.coding.values,
        "overall": [_overall(track.reference) for track in watcher.tracks],
    }
    return write_state(header, arrays)


def _overall(reference: Reference) -> list[float] | None:
    known = reference.expectation
    return None if known is None else [known.overall, known.variance]


def _number(watcher: Watcher) -> str:
    """Return what tells one learned reference from another."""
    return fingerprint(watcher.learned_from, watcher.coding.values)


def _expectation_arrays(known: Expectation, prefix: str) -> Held:
    """Return the effects; of those of strata and hours, most of which are 0, the others."""
    at = np.flatnonzero(known.of_strata_cells)
    held = {prefix + name: getattr(known, name) for name in _OF_EXPECTATION}
    held |= {f"{prefix}of_values.{n}": of for n, of in enumerate(known.of_values)}
    return held | {f"{prefix}both_at": at, f"{prefix}both": known.of_strata_cells[at]}


def _save_course(watcher: Watcher, fits: str) -> bytes:
    arrays: Held = {}
    for track in watcher.tracks:
        arrays |= _bank_arrays(track.bank, f"{track.number}.")
        arrays |= {f"{track.number}.n.{roster}": n for roster, n in track.n_values.items()}
    traffic = watcher.traffic
    if traffic is not None:
        arrays |= _bank_arrays(traffic.bank, "volume.") | {"volume.counts": traffic.counts.astype(np.int32)}
    header = {
        "fits": fits,
        "number": _number(watcher),
        "learned_from": watcher.learned_from,
        "seen": watcher.seen,
        "n_labels": watcher.n_labels,
        "n_null": watcher.n_null,
        "position": [*_times([watcher.position.final_at]), watcher.position[1]] if watcher.position else None,
        "reached_at": _times([watcher.reached_at])[0],
        "segments": [roster.segments for roster in watcher.rosters],
        "pooled": [[sorted(roster.pooled), roster.n_rows_pooled] for roster in watcher.rosters],
        "reported": sorted(watcher.reported),
        "roots": [[*root[:5], *_times(list(root[5:]))] for root in watcher.roots],
        "daily": [[daily.first_at_s, dict(daily.counts)] for daily in (watcher.main, watcher.further)],
        "releases": [_times([watcher.releases.begins_at]), _release_rows(watcher.releases)],
        "series": [list(track.series) for track in watcher.tracks],
        "volume": None if traffic is None else [traffic.begins, traffic.done],
    }
    return write_state(header, arrays)


def _bank_arrays(bank: Any, prefix: str) -> Held:
    return {prefix + name: getattr(bank, name) for name in Bank.state_names()}


def _release_rows(releases: Releases) -> list[list[Any]]:
    return [[column, value, *_times([first, final])] for column, value, first, final in releases.first.rows()]


def _times(times: list[datetime | None]) -> list[str | None]:
    return [time.isoformat() if time is not None else None for time in times]


def _time(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written is not None else None


def _load(
    settings: WatchSettings, metrics: list[Metric], learned: tuple[dict, Held], course: tuple[dict, Held]
) -> Watcher:
    header, arrays = course
    watcher = Watcher.fresh(settings, metrics)
    watcher.coding = Coding({name: tuple(values) for name, values in learned[0]["values"].items()})
    for roster, segments, (pooled, n_rows) in zip(watcher.rosters, header["segments"], header["pooled"], strict=True):
        _fill_roster(roster, segments, pooled, n_rows)
    for track, overall, series in zip(watcher.tracks, learned[0]["overall"], header["series"], strict=True):
        track.reference = _load_reference(track, overall, learned[1], settings)
        track.bank = _load_bank(settings.warmup, settings.margin_se, arrays, f"{track.number}.")
        track.series = {Series(*row): at for at, row in enumerate(series)}
        track.n_values = {
            at: arrays[f"{track.number}.n.{at}"] for at in track.rosters if f"{track.number}.n.{at}" in arrays
        }
    for daily, held in zip((watcher.main, watcher.further), header["daily"], strict=True):
        _fill_daily(daily, *held)
    watcher.releases = _load_releases(*header["releases"])
    watcher.traffic = _load_traffic(settings, learned[1], header["volume"], arrays)
    if (written := header["position"]) is not None:
        watcher.position = Position(datetime.fromisoformat(written[0]), written[1])
    watcher.roots = [Root(*row[:5], *(datetime.fromisoformat(at) for at in row[5:])) for row in header["roots"]]
    watcher.reached_at, watcher.reported = _time(header["reached_at"]), set(header["reported"])
    watcher.learned_from, watcher.seen = header["learned_from"], header["seen"]
    watcher.n_labels, watcher.n_null = header["n_labels"], header["n_null"]
    return watcher


def _fill_roster(roster: Roster, segments: list, pooled: list, n_rows: int) -> None:
    roster.segments = [tuple(segment) for segment in segments]
    roster.pooled = {tuple(segment) for segment in pooled}
    roster.n_rows_pooled = n_rows


def _fill_daily(daily: DailyValues, first_at_s: float, counts: dict[str, int]) -> None:
    daily.first_at_s = first_at_s
    daily.counts.update({int(day): n for day, n in counts.items()})


def _load_reference(track: Track, overall: list[float] | None, held: Held, settings: WatchSettings) -> Reference:
    if overall is None:
        return track.reference
    prefix = f"{track.number}."
    strata, of_strata, of_cells = (held[prefix + name] for name in _OF_EXPECTATION)
    both = np.zeros(len(strata) * len(of_cells))
    both[held[f"{prefix}both_at"]] = held[f"{prefix}both"]
    of_values = [held[f"{prefix}of_values.{n}"] for n in range(len(settings.dimensions))]
    found = Expectation(overall[0], of_values, strata, of_strata, of_cells, both, overall[1])
    residuals = {
        at: Residuals(*(held[f"{prefix}{at}.{name}"] for name in _OF_RESIDUALS)) for at in track.rosters
    }  # fmt: skip
    return Reference(found, residuals, margin_se=settings.margin_se)


def _load_bank(warmup: int, margin_se: float, held: Held, prefix: str) -> Bank:
    return Bank(warmup, margin_se, **{name: held[prefix + name] for name in Bank.state_names()})


def _load_releases(begins: list[str | None], rows: list[list[str]]) -> Releases:
    releases = Releases(_time(begins[0]))
    told = [(column, value, _time(first), _time(final)) for column, value, first, final in rows]
    releases.first = pl.DataFrame(told, schema=releases.first.schema, orient="row")
    return releases


def _load_traffic(settings: WatchSettings, learned: Held, hours: list[int] | None, held: Held) -> Traffic | None:
    if hours is None:
        return None
    usual = Usual(*(learned[f"usual.{name}"] for name in Usual._fields))
    counts = held["volume.counts"].astype(float)
    bank = _load_bank(WEEK_H, settings.margin_se, held, "volume.")
    return Traffic(usual, bank, settings.time_zone, begins=hours[0], done=hours[1], counts=counts)
