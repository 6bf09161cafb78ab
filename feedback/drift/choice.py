"""Which dimensions, pairs and baseline a watch is set up with, by what the settings say and the log holds at first."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from feedback.drift.budget import Budget
from feedback.drift.settings import RELEASE_COLUMNS, WatchSettings
from feedback.errors import SettingsError, UnknownNameError, name_some
from feedback.schemas.people import choose_people
from feedback.settings import Settings

LEARNED_FROM = timedelta(days=7, hours=2)
"""the reference: this and what is left of the day; traffic is watched from a week of whole hours on"""
MOST_COMBINATIONS = 500
"""combinations of all pairs together that are watched by themselves when no pair is named"""
DETERMINED = 1.5
"""combinations per value of the larger dimension up to which a pair is that dimension over again"""
_JOINED = " & "
_PEOPLE = ("user_id", "session_id")


@dataclass(frozen=True)
class Choice:
    """How labels are watched: what `follow_segments` is told, what is left out and why, and whose labels are watched.

    Of the people one in `one_in` is watched, the same ones always.
    """

    settings: WatchSettings
    left_out: tuple[str, ...]
    one_in: int = 1

    def pick_people(self, labels: pl.LazyFrame) -> pl.LazyFrame:
        """Return the labels of the people who are watched."""
        return choose_people(labels, self.one_in)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of `watch_states` that say so."""
        chosen = self.settings
        return {
            "begins_at": chosen.baseline,
            "dimensions": list(chosen.dimensions),
            "pairs": [_JOINED.join(pair) for pair in chosen.pairs],
            "left_out": list(self.left_out),
            "one_in": self.one_in,
        }


def choose_watch(labels: pl.LazyFrame, known: list[str], settings: Settings) -> Choice:
    """Return how labels are watched, by the settings and by the labels from before the baseline.

    Parameters
    ----------
    labels
        Final labels of one label version.
    known
        Their dimensions.
    settings
        What the user decided.

    Raises
    ------
    SettingsError
        When the settings name a column that labels do not have, or a detector there is not.
    """
    begins_at = _baseline(labels, settings)
    sizes = _count_values(labels, known, begins_at)
    watch = settings.watch
    stray = sorted({*(watch.dimensions or ()), *(name for pair in watch.pairs or () for name in pair)} - set(known))
    if stray:
        raise SettingsError(f"[watch] names {name_some(stray)}; the dimensions are {name_some(known, most=20)}")
    chosen, left_out = list(watch.dimensions or ()), []
    if watch.dimensions is None:
        chosen = [name for name in known if 0 < sizes[name] <= watch.most_values]
        left_out = [f"{name} ({sizes[name]:,} values)" for name in known if sizes[name] > watch.most_values]
        left_out += [f"{name} (not recorded before the baseline)" for name in known if not sizes[name]]
    pairs = watch.pairs
    if pairs is None:
        crossed = [name for name in chosen if sizes[name] > 1 and name not in RELEASE_COLUMNS]
        pairs = _choose_pairs(_count_combinations(labels, crossed, begins_at), sizes)
    dimensions = sorted({*chosen, *(name for pair in pairs for name in pair)})
    one_in = _one_in(labels, begins_at, settings)
    if one_in > 1:
        left_out.append(f"people: one in {one_in:,} is watched (most_labels: {watch.most_labels:,} a week)")
    return Choice(_settings(settings, dimensions, tuple(pairs), begins_at), tuple(left_out), one_in)


def read_choice(states: pl.DataFrame, settings: Settings) -> Choice | None:
    """Return the choice that a watch was set up with; null while it has not begun."""
    if states["state"].null_count() == states.height:
        return None
    row = states.row(0, named=True)
    pairs = tuple((left, right) for left, right in (pair.split(_JOINED) for pair in row["pairs"]))
    return Choice(
        _settings(settings, row["dimensions"], pairs, row["begins_at"]), tuple(row["left_out"]), row["one_in"]
    )


def _settings(
    settings: Settings, dimensions: list[str], pairs: tuple[tuple[str, str], ...], begins_at: datetime | None
) -> WatchSettings:
    watch = settings.watch
    try:
        return WatchSettings(
            tuple(dimensions),
            metric=watch.metric,
            budget=Budget(watch.false_alarms, watch.per, watch.fdr),
            baseline=begins_at,
            detector=watch.detector,
            rises=watch.rises,
            pairs=pairs,
            further=watch.further,
            most_values=watch.most_values,
            time_zone=settings.time_zone,
        )
    except (SettingsError, UnknownNameError) as error:
        raise SettingsError(f"[watch]: {error}") from error


def _baseline(labels: pl.LazyFrame, settings: Settings) -> datetime | None:
    """Return the end of the reference: the day named, else the midnight after the first week; null without labels."""
    zone = ZoneInfo(settings.time_zone)
    if settings.watch.baseline is not None:
        return datetime.combine(settings.watch.baseline, time(), zone).astimezone(UTC)
    first: datetime | None = labels.select(pl.col("final_at").min()).collect().item()
    if first is None:
        return None
    learned = (first + LEARNED_FROM).astimezone(zone)
    return datetime.combine(learned.date() + timedelta(days=1), time(), zone).astimezone(UTC)


def _one_in(labels: pl.LazyFrame, until: datetime | None, settings: Settings) -> int:
    """Return of how many people one is watched, by the labels of the last week of the reference."""
    if until is None or not set(_PEOPLE) & set(labels.collect_schema().names()):
        return 1
    week = labels.filter(pl.col("final_at") < until, pl.col("final_at") >= until - timedelta(days=7))
    return max(-(-week.select(pl.len()).collect().item() // settings.watch.most_labels), 1)


def _count_values(labels: pl.LazyFrame, names: list[str], until: datetime | None) -> dict[str, int]:
    """Return how many values each dimension had up to a time."""
    if until is None:
        return dict.fromkeys(names, 0)
    before = labels.filter(pl.col("final_at") < until)
    counts = before.select(pl.col(name).drop_nulls().n_unique() for name in names)
    return counts.collect().row(0, named=True) if names else {}


def _count_combinations(labels: pl.LazyFrame, names: list[str], until: datetime | None) -> dict[tuple[str, str], int]:
    """Return how many combinations of values each pair of dimensions had up to a time."""
    if until is None:
        return {}
    pairs = list(combinations(sorted(names), 2))
    before = labels.filter(pl.col("final_at") < until)
    counted = [before.select(pair).drop_nulls().unique().select(pl.len()) for pair in pairs]
    return {pair: n.item() for pair, n in zip(pairs, pl.collect_all(counted), strict=True)}


def _choose_pairs(found: dict[tuple[str, str], int], sizes: dict[str, int]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of fewest combinations, as many as stay under the most there may be.

    Not those of which one dimension says nearly all of the other: their combinations are its values over again.
    """
    chosen, n = [], 0
    for size, pair in sorted((size, pair) for pair, size in found.items()):
        if size <= DETERMINED * max(sizes[name] for name in pair):
            continue
        n += size
        if n > MOST_COMBINATIONS:
            break
        chosen.append(pair)
    return tuple(chosen)
