"""On which days of the past would it have fired?"""

from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from feedback.drift.detectors import OURS
from feedback.drift.reading import Labels
from feedback.drift.settings import WatchSettings
from feedback.drift.watch import follow_segments

THESE, ADWIN_WAY, ALWAYS = "these settings", "ADWIN at defaults", "always fire"
_DAYS = {"day": pl.Date, "way": pl.String, "n_alarms": pl.Int64, "segments": pl.List(pl.String), "n_labels": pl.Int64}


@dataclass(frozen=True)
class Backtest:
    """What a replay of the log raised.

    Attributes
    ----------
    days
        One row per watched day and way: `day`, `way`, `n_alarms`, the `segments` alarmed about, and `n_labels` that
        became final. Ways are the settings asked about, ADWIN at its defaults, and an alarm every day.
    alarms
        Table `alarms` with the column `way`.
    """

    days: pl.DataFrame
    alarms: pl.DataFrame


def backtest_settings(
    labels: Labels,
    settings: WatchSettings,
    *,
    votes: Labels | None = None,
    interactions: Labels | None = None,
    surprises: Labels | None = None,
) -> Backtest:
    """Return on which days a watch would have raised alarms, beside ADWIN at its defaults and an alarm every day.

    ADWIN watches the main metric of the same segments, from the first label on; its alarms before the baseline are
    left out.

    Parameters
    ----------
    labels, votes, interactions, surprises
        As `follow_segments` takes them.
    settings
        The settings asked about.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> at = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(6000)]
    >>> scores = [0.0 if minute % 5 == 0 or minute > 4000 else 1.0 for minute in range(6000)]
    >>> labels = pl.DataFrame({"interaction_id": [f"i{n:04}" for n in range(6000)], "final_at": at, "score": scores})
    >>> found = backtest_settings(labels, WatchSettings([], baseline=datetime(2026, 1, 3, tzinfo=UTC), further=()))
    >>> found.days.filter(pl.col("n_alarms") > 0).select("day", "way").rows()[:2]
    [(datetime.date(2026, 1, 3), 'ADWIN at defaults'), (datetime.date(2026, 1, 3), 'always fire')]
    """
    ours = follow_segments(labels, settings, votes=votes, interactions=interactions, surprises=surprises).alarms
    raised = [ours.with_columns(way=pl.lit(THESE))]
    if settings.detector == OURS:
        flat = settings.baseline if isinstance(settings.baseline, datetime) else None
        peer = replace(settings, detector="ADWIN", further=(), baseline=None)
        theirs = follow_segments(labels, peer).alarms.with_columns(way=pl.lit(ADWIN_WAY))
        raised.append(theirs if flat is None else theirs.filter(pl.col("detected_at") >= flat))
    alarms = pl.concat(raised)
    return Backtest(_by_day(labels, settings, alarms), alarms)


def _by_day(labels: Labels, settings: WatchSettings, alarms: pl.DataFrame) -> pl.DataFrame:
    """Return one row per day and way, those without an alarm too."""
    when = pl.col("final_at").dt.convert_time_zone(settings.time_zone).dt.date().alias("day")
    counted = labels.lazy().select(when).drop_nulls().group_by("day").agg(n_labels=pl.len().cast(pl.Int64)).collect()
    first = _first_day(settings)
    watched = counted if first is None else counted.filter(pl.col("day") >= first)
    peers = [ADWIN_WAY] if settings.detector == OURS else []
    ways = pl.DataFrame({"way": [THESE, *peers, ALWAYS]})
    day = pl.col("detected_at").dt.convert_time_zone(settings.time_zone).dt.date().alias("day")
    fired = alarms.group_by(day, "way").agg(
        n_alarms=pl.len().cast(pl.Int64), segments=pl.col("segment").unique().sort()
    )
    always = pl.col("way") == ALWAYS
    return (
        watched.join(ways, how="cross")
        .join(fired, on=["day", "way"], how="left")
        .with_columns(
            n_alarms=pl.when(always).then(1).otherwise(pl.col("n_alarms").fill_null(0)),
            segments=pl.when(always).then(pl.lit(["all"])).otherwise(pl.col("segments").fill_null([])),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _DAYS.items())
        .sort("day", "way")
    )


def _first_day(settings: WatchSettings) -> date | None:
    start = settings.baseline
    if not isinstance(start, datetime):
        return None
    return pl.select(pl.lit(start).dt.convert_time_zone(settings.time_zone).dt.date()).item()
