"""What is compared with what."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from feedback.errors import SettingsError, UnknownNameError
from feedback.segments.periods import Span, around_release, choose_periods

HOUR = timedelta(hours=1)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=day)


def labels(*times: datetime) -> pl.DataFrame:
    names = [f"{time:%d-%H}" for time in times]
    return pl.DataFrame({"interaction_id": names, "shown_at": times})


def names(periods) -> list[list[str]]:
    return [window.lazy().collect()["interaction_id"].to_list() for window in periods]


def test_the_previous_period_is_as_long_and_ends_where_the_span_starts():
    shown = labels(at(0), at(1), at(2), at(3))
    assert names(choose_periods(shown, Span(at(2), at(3)))) == [["02-00"], ["03-00"]]


def test_the_same_hours_last_week_keep_the_clock_through_a_change_to_summer_time():
    # Berlin goes to summer time on 29 March: noon there is 11:00 UTC before, 10:00 after.
    noon = Span(at(30, 10), at(30, 11))
    shown = labels(at(23, 10), at(23, 11), at(30, 10))
    assert names(choose_periods(shown, noon, "same hours last week", time_zone="Europe/Berlin")) == [
        ["24-11"], ["31-10"],
    ]  # fmt: skip


def test_a_span_longer_than_a_week_goes_back_whole_weeks():
    shown = labels(at(0), at(14))
    assert names(choose_periods(shown, Span(at(14), at(24)), "same hours last week")) == [["01-00"], ["15-00"]]


def test_a_pinned_baseline_is_taken_as_given():
    shown = labels(at(0), at(5), at(9))
    periods = choose_periods(shown.lazy(), Span(at(9), at(10)), "pinned baseline", baseline=Span(at(0), at(1)))
    assert names(periods) == [["01-00"], ["10-00"]]


def test_a_release_parts_all_labels_at_the_first_of_its_version():
    shown = labels(at(0), at(1), at(2), at(3)).with_columns(model=pl.Series(["a", "a", "b", "a"]))
    assert names(around_release(shown, dimension="model", value="b")) == [["01-00", "02-00"], ["03-00", "04-00"]]
    assert names(around_release(shown, dimension="model", value="b", span=timedelta(days=1), until=at(2) + HOUR)) == [
        ["02-00"], ["03-00"],
    ]  # fmt: skip
    with pytest.raises(UnknownNameError):
        around_release(shown, dimension="model", value="c")


def test_impossible_spans_are_refused():
    with pytest.raises(SettingsError):
        choose_periods(labels(at(0)), Span(at(1), at(1)))
    with pytest.raises(SettingsError, match="baseline"):
        choose_periods(labels(at(0)), Span(at(0), at(1)), "pinned baseline")
    with pytest.raises(SettingsError, match="zone"):
        choose_periods(labels(at(0)), Span(datetime(2026, 1, 1), at(1)))  # noqa: DTZ001
