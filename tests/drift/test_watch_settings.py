"""`[watch]` in feedback.toml, and what is watched when it says nothing."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from feedback.drift.choice import choose_watch
from feedback.errors import SettingsError
from feedback.settings import Settings, Watch, read_settings

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "feedback.toml").write_text("[watch]\n" + text)
    return read_settings(folder / "feedback.toml")


def test_everything_can_be_said(tmp_path: Path):
    written = 'false_alarms = 2\nper = "14d"\npairs = [["intent", "language"]]\nbaseline = 2026-09-15\nfurther = []'
    watch = settings_of(tmp_path, written).watch
    assert watch == Watch(2.0, "14d", pairs=(("intent", "language"),), baseline=date(2026, 9, 15), further=())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threshold = 3", "feedback.toml: watch: a table .watch. has the keys false_alarms"),
        ("false_alarms = 0", "watch: false_alarms: write a number above 0"),
        ('per = "1h"', "watch: per: a budget is for a day or longer"),
        ("fdr = 1", "watch: fdr: write a share"),
        ('pairs = [["intent"]]', "watch: pairs: a pair is of two"),
        ('dimensions = "intent"', "watch: dimensions: write a list"),
        ('baseline = "2026-09-15"', "watch: baseline: write a day without quotes"),
        ('further = ["moods"]', "watch: further: besides the label one can watch votes"),
        ("rises = 1", "watch: rises: write true or false"),
        ("most_values = 0", "watch: most_values: write a whole number"),
        ("most_labels = 0", "watch: most_labels: write a whole number"),
        ('metric = ""', "watch: metric: write a name"),
    ],
)
def test_what_means_nothing_is_refused_by_name(tmp_path: Path, text: str, message: str):
    with pytest.raises(SettingsError, match=message):
        settings_of(tmp_path, text)


def labels() -> pl.LazyFrame:
    n = 400
    return pl.LazyFrame(
        {
            "final_at": [START + timedelta(hours=at) for at in range(n)],
            "feature": ["chat", "search"] * (n // 2),
            "language": ["de", "de", "en", "fr"] * (n // 4),
            "prompt_version": [{0: "c1", 1: "s1"}[at % 2] for at in range(n)],
            "document": [f"d{at}" for at in range(n)],
            "surface": [None] * n,
        },
        schema_overrides={"surface": pl.String},
    )


KNOWN = ["document", "feature", "language", "prompt_version", "surface"]


def test_by_default_the_first_week_is_usual_and_dimensions_of_few_values_are_watched():
    choice = choose_watch(labels(), KNOWN, Settings(watch=Watch(most_values=50)))
    assert choice.settings.baseline == datetime(2026, 1, 13, tzinfo=UTC)
    assert choice.settings.dimensions == ("feature", "language", "prompt_version")
    assert choice.left_out == ("document (182 values)", "surface (not recorded before the baseline)")


def test_by_default_pairs_are_of_dimensions_that_cross():
    crossed = labels().with_columns(language=pl.Series(["de", "de", "en", "en"] * 100))
    chosen = choose_watch(crossed, KNOWN, Settings(watch=Watch(most_values=50))).settings
    assert chosen.pairs == (("feature", "language"),)
    assert choose_watch(labels(), KNOWN, Settings(watch=Watch(most_values=50))).settings.pairs == ()


def test_midnight_is_that_of_the_declared_zone():
    choice = choose_watch(labels(), KNOWN, Settings(time_zone="Asia/Tokyo"))
    assert choice.settings.baseline == datetime(2026, 1, 12, 15, tzinfo=UTC)


def test_columns_there_are_not_are_named():
    with pytest.raises(SettingsError, match="names mood; the dimensions are document"):
        choose_watch(labels(), KNOWN, Settings(watch=Watch(pairs=(("feature", "mood"),))))


def test_of_many_labels_those_of_some_people_are_watched():
    frame = labels().with_columns(user_id=pl.format("u{}", pl.int_range(pl.len()) % 40))
    choice = choose_watch(frame, KNOWN, Settings(watch=Watch(most_values=50, most_labels=50)))
    week = frame.filter(pl.col("final_at").is_between(*(datetime(2026, 1, day, tzinfo=UTC) for day in (6, 13)), "left"))
    n_week = week.select(pl.len()).collect().item()
    assert choice.one_in == -(-n_week // 50)
    assert choice.left_out[-1].startswith(f"people: one in {choice.one_in} is watched")
    watched = choice.pick_people(frame).collect()
    people = set(watched["user_id"])
    assert 0 < len(people) < 40
    assert watched.height == frame.filter(pl.col("user_id").is_in(people)).select(pl.len()).collect().item()
