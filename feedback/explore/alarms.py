"""The alarms of a store, one of them up close, what is watched, and when other settings would have raised some."""

import re
from datetime import date

import polars as pl

from feedback.drift.backtest import Backtest, backtest_settings
from feedback.drift.choice import choose_watch
from feedback.drift.versions import labels_of_version
from feedback.drift.volume import VOLUME
from feedback.drift.watched import OTHER_VALUES, WHOLE
from feedback.errors import SettingsError
from feedback.explore.alarm_trends import counted_trend, labels_trend
from feedback.settings import Settings
from feedback.store.snapshot import Snapshot

_AT, _BESIDE = " = ", " & "


def list_alarms(snapshot: Snapshot) -> pl.DataFrame:
    """Return the alarms of the current label version, newest first.

    One row per alarm as in table `alarms`, with `n_echoes`: how many others it explains.
    """
    alarms = snapshot.table("alarms").filter(pl.col("label_version") == _version(snapshot)).collect()
    echoes = alarms.drop_nulls("echo_of").group_by(alarm_id="echo_of").agg(n_echoes=pl.len().cast(pl.Int64))
    counted = alarms.join(echoes, on="alarm_id", how="left").with_columns(pl.col("n_echoes").fill_null(0))
    return counted.sort("detected_at", "alarm_id", descending=[True, False])


def list_watched(snapshot: Snapshot) -> pl.DataFrame:
    """Return what is watched, the series nearest to an alarm first.

    One row per segment, metric and direction as in table `watched`, with `share`: of the evidence an alarm takes, how
    much there is; null where nothing can be raised yet.
    """
    watched = snapshot.table("watched").with_columns(share=pl.col("evidence") / pl.col("threshold")).collect()
    return watched.sort("share", "metric", "segment", "direction", descending=[True, False, False, False],
                        nulls_last=True)  # fmt: skip


def watch_setup(snapshot: Snapshot) -> dict | None:
    """Return how labels are watched: `begins_at`, `dimensions`, `pairs`, `left_out`; null before the first run."""
    kept = snapshot.table("watch_states").select("begins_at", "dimensions", "pairs", "left_out", "state").head(1)
    rows = kept.collect().rows(named=True)
    return {**rows[0], "state": None, "has_begun": rows[0]["state"] is not None} if rows else None


def alarm_trend(snapshot: Snapshot, segment: str, metric: str, *, time_zone: str = "UTC") -> pl.DataFrame:
    """Return how what an alarm is about went, day by day.

    One row per day as `daily_trend`; of the traffic (`volume`) `rate` is the number of labels, without an interval.

    Parameters
    ----------
    snapshot
        The tables.
    segment, metric
        As the alarm has them.
    time_zone
        The declared zone.
    """
    values = read_conditions(snapshot, segment)
    counted = counted_trend(snapshot, values, metric)
    if counted is not None:
        return counted
    labels, condition = _current_labels(snapshot), _condition(snapshot, values)
    if metric == VOLUME:
        day = pl.col("final_at").dt.convert_time_zone(time_zone).dt.date().alias("day")
        per_day = labels.filter(condition).group_by(day)
        counts = per_day.agg(n=pl.len().cast(pl.Int64), n_users=pl.col("user_id").n_unique())
        unknown = pl.lit(None, pl.Float64)
        return counts.with_columns(rate=pl.col("n").cast(pl.Float64), low=unknown, high=unknown).sort("day").collect()
    return labels_trend(snapshot, labels, condition, metric, time_zone=time_zone)


def read_conditions(snapshot: Snapshot, segment: str) -> dict[str, str]:
    """Return the value of each dimension that a segment names; none for the whole."""
    if segment == WHOLE:
        return {}
    names = snapshot.table("columns").filter(pl.col("role") == "dimension").select("column").collect()["column"]
    known = "|".join(re.escape(name) for name in names.sort(descending=True))
    parts = re.split(f"{_BESIDE}(?=(?:{known}){_AT})", segment) if known else [segment]
    halves = [part.partition(_AT) for part in parts]
    return {name: value for name, _, value in halves}


def backtest(snapshot: Snapshot, settings: Settings, *, since: date | None = None) -> Backtest:
    """Return on which days these settings would have raised alarms, beside ADWIN at its defaults and always firing.

    Parameters
    ----------
    snapshot
        The tables.
    settings
        `settings.watch` is what is asked about.
    since
        The first day to tell of.

    Raises
    ------
    SettingsError
        When nothing is labelled yet, or the settings do not fit the labels.
    """
    labels = _current_labels(snapshot)
    if snapshot.run is None or snapshot.run.label_version is None:
        raise SettingsError("there is nothing to replay yet; label first: feedback run")
    names = snapshot.table("columns").filter(pl.col("role") == "dimension").select("column").collect()["column"]
    present = labels.collect_schema()
    choice = choose_watch(labels, [name for name in names.sort() if name in present], settings)
    found = backtest_settings(
        choice.pick_people(labels),
        choice.settings,
        votes=snapshot.table("votes"),
        interactions=snapshot.table("interactions"),
        surprises=snapshot.table("surprises"),
    )
    if since is None:
        return found
    day = pl.col("detected_at").dt.convert_time_zone(settings.time_zone).dt.date()
    return Backtest(found.days.filter(pl.col("day") >= since), found.alarms.filter(day >= since))


def _version(snapshot: Snapshot) -> int:
    return (snapshot.run.label_version if snapshot.run else None) or 1


def _current_labels(snapshot: Snapshot) -> pl.LazyFrame:
    return labels_of_version(snapshot.table("labels"), snapshot.table("label_versions"), _version(snapshot))


def _condition(snapshot: Snapshot, values: dict[str, str]) -> pl.Expr:
    """Return which labels are of a segment; of segments watched together, those whose values are not watched alone."""
    if any(value == OTHER_VALUES for value in values.values()):
        return _other_values(snapshot, list(values))
    return pl.all_horizontal(pl.lit(value=True), *(pl.col(name) == value for name, value in values.items()))


def _other_values(snapshot: Snapshot, names: list[str]) -> pl.Expr:
    watched = snapshot.table("watched").select(pl.col("segment").unique()).collect()["segment"].implode()
    written = [pl.format("{}{}{}", pl.lit(name), pl.lit(_AT), pl.col(name)) for name in names]
    return ~pl.concat_str(written, separator=_BESIDE).is_in(watched)
