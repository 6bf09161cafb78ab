"""Alarms counted in the spans of their budget."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.explore.alarm_budget import count_alarms
from feedback.settings.watch import Watch

END = datetime(2026, 3, 29, tzinfo=UTC)
DAY = timedelta(days=1)


def alarms(*days_before: float, echo: bool = False) -> pl.DataFrame:
    rows = [{"detected_at": END - days * DAY, "echo_of": "a" if echo else None} for days in days_before]
    return pl.DataFrame(rows, schema={"detected_at": pl.Datetime("us", "UTC"), "echo_of": pl.String})


def count(found: pl.DataFrame, watch: Watch = Watch(), days: int = 14) -> pl.DataFrame:  # noqa: B008 - frozen
    return count_alarms(found, watch, begins_at=END - days * DAY, until=END)


def test_alarms_are_counted_back_from_the_end():
    found = count(pl.concat([alarms(0, 1, 8), alarms(2, echo=True)]))
    assert found.select("n_alarms", "n_echoes", "n_allowed").rows() == [(1, 0, 1.0), (2, 1, 1.0)]
    assert found["ends_at"].max() == END


def test_the_first_span_may_begin_before_the_watch():
    assert count(alarms(), days=10)["starts_at"].to_list() == [END - 14 * DAY, END - 7 * DAY]


def test_a_share_of_false_alarms_allows_no_number():
    assert count(alarms(1), Watch(fdr=0.1))["n_allowed"].to_list() == [None, None]


def test_what_is_not_watched_yet_has_no_spans():
    assert count_alarms(alarms(), Watch(), begins_at=None, until=END).is_empty()
    assert count_alarms(alarms(), Watch(), begins_at=END, until=END).is_empty()
