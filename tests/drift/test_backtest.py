"""On which days would it have fired?"""

from datetime import date

import polars as pl
from label_rows import after_days, falling_scores, labels_of

from feedback.drift import Budget, WatchSettings, backtest_settings

LABELS = labels_of(falling_scores(6_000, at=4_600), feature=["chat"] * 6_000)
SETTINGS = WatchSettings(["feature"], baseline=after_days(10), further=(), budget=Budget(0.1))


def test_every_watched_day_has_a_row_for_each_way():
    days = backtest_settings(LABELS, SETTINGS).days
    assert days.group_by("way").len().sort("way").rows() == [
        ("ADWIN at defaults", 11), ("always fire", 11), ("these settings", 11),
    ]  # fmt: skip
    assert days["day"].min() == date(2026, 1, 15)
    assert days.filter(way="always fire")["n_alarms"].to_list() == [1] * 11


def test_it_fires_on_the_day_of_the_fall():
    found = backtest_settings(LABELS, SETTINGS)
    fired = found.days.filter(pl.col("n_alarms") > 0, way="these settings")
    assert fired["day"][0] in (date(2026, 1, 20), date(2026, 1, 21))
    assert fired["segments"][0].to_list() == ["all", "feature = chat"]
    assert found.alarms.filter(way="these settings").height == fired["n_alarms"].sum()


def test_other_detectors_and_no_baseline_can_be_asked_about():
    asked = WatchSettings(["feature"], detector="PageHinkley", further=())
    days = backtest_settings(LABELS, asked).days
    assert set(days["way"]) == {"these settings", "always fire"}
    assert days.filter(way="these settings").height == 21
