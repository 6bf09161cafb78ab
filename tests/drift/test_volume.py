"""Traffic: too little, too much, none."""

from datetime import timedelta

import numpy as np
import polars as pl
from label_rows import after_days, labels_of

from feedback.drift import Budget, WatchSettings, follow_segments

SETTINGS = WatchSettings(["feature"], baseline=after_days(14), further=("volume",), budget=Budget(0.1))


def traffic(per_hour: np.ndarray, seed: int = 0) -> pl.DataFrame:
    """Return labels at random times, so many an hour, all good."""
    rng = np.random.default_rng(seed)
    minutes = np.sort(np.concatenate([60 * (hour + rng.random(n)) for hour, n in enumerate(rng.poisson(per_hour))]))
    times = [after_days(0) + timedelta(minutes=float(minute)) for minute in minutes]
    return labels_of(np.ones(len(times)), feature=["chat"] * len(times)).with_columns(final_at=pl.Series(times))


def daily(days: int) -> np.ndarray:
    hour = np.arange(24 * days)
    return np.where((hour % 24 >= 8) & (hour % 24 < 20), 60.0, 12.0)


def test_usual_traffic_is_quiet_whatever_the_hour():
    assert follow_segments(traffic(daily(28)), SETTINGS).alarms.is_empty()


def test_half_the_traffic_is_an_alarm_about_volume():
    alarms = follow_segments(traffic(daily(28) * np.where(np.arange(672) < 480, 1, 0.5)), SETTINGS).alarms
    first = alarms.filter(segment="all").row(0, named=True)
    assert (first["metric"], first["direction"], first["change_kind"]) == ("volume", "drop", "volume")
    assert 0.3 < first["times_usual"] < 0.7
    assert abs(first["onset_at"] - after_days(20)) < timedelta(days=1)
    assert first["rate_before"] is None


def test_twice_the_traffic_is_a_rise():
    alarms = follow_segments(traffic(daily(28) * np.where(np.arange(672) < 480, 1, 2)), SETTINGS).alarms
    assert set(alarms["direction"]) == {"rise"}


def test_labels_that_stop_coming_are_missed_once_the_watermark_says_so():
    stopped = traffic(daily(20))
    assert follow_segments(stopped, SETTINGS).alarms.is_empty()
    alarms = follow_segments(stopped, SETTINGS, until=after_days(25)).alarms
    assert set(alarms["change_kind"]) == {"missing data"}
    assert alarms["detected_at"].min() < after_days(22.5)


def test_an_alarm_raised_before_is_not_raised_again_when_resumed():
    labels = traffic(daily(28) * np.where(np.arange(672) < 480, 1, 0.5))
    first = follow_segments(labels[:-500], SETTINGS)
    then = follow_segments(labels, SETTINGS, state=first.state)
    whole = follow_segments(labels, SETTINGS).alarms
    assert then.is_resumed
    assert pl.concat([first.alarms, then.alarms])["alarm_id"].sort().equals(whole["alarm_id"].sort())


def test_thin_traffic_and_short_references_are_not_watched():
    thin = traffic(np.full(672, 1.0) * np.where(np.arange(672) < 480, 1, 0))
    assert follow_segments(thin, SETTINGS, until=after_days(28)).alarms.is_empty()
    short = WatchSettings(["feature"], baseline=after_days(3), further=("volume",))
    assert follow_segments(traffic(daily(8)), short, until=after_days(20)).alarms.is_empty()
