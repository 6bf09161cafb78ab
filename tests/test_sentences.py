"""The sentences of the overview: what broke, when and for whom, and calm when nothing did."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from feedback.explore.sentences import count_severities, order_incidents, say_new, say_week, say_worst
from feedback.incidents.states import fold_incidents
from feedback.incidents.steps import make_steps
from feedback.schemas import empty_table

NOON = datetime(2026, 9, 25, 12, tzinfo=UTC)
NOTHING = fold_incidents(empty_table("incident_events"))


def segment(name: str, lost: float, **more: object) -> dict:
    row = {
        "segment": name, "value": "score", "rate_before": 0.6, "rate_after": 0.4, "change_low": -0.25,
        "change_high": -0.15, "n_after": 215, "n_users_after": 113, "lost_successes": lost, "onset_at": NOON,
        "first_day": date(2026, 9, 20), "last_day": date(2026, 10, 3), "follows_release": None,
    }  # fmt: skip
    return {**row, **more}


def segments(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema_overrides={"onset_at": pl.Datetime("us", "UTC")})


def incidents(*rows: dict) -> pl.DataFrame:
    opened = {"action": "opened", "by": "feedback", "at": NOON, "metric": "score", "kind": "quality"}
    return fold_incidents(make_steps([{**opened, "incident_id": f"i{n}", **row} for n, row in enumerate(rows)]))


def alarm(**more: object) -> pl.DataFrame:
    row = {
        "segment": "tenant = a", "metric": "score", "alarm_id": "a1", "detected_at": NOON, "rate_before": 0.7,
        "rate_after": 0.5, "after_low": 0.4, "after_high": 0.6, "n_after": 266, "times_usual": None,
        "follows_release": None,
    }  # fmt: skip
    return pl.DataFrame([{**row, **more}])


def new(found: pl.DataFrame, alarms: pl.DataFrame = empty_table("alarms"), zone: str = "UTC"):  # noqa: B008 - frozen
    return say_new(found, alarms, since=NOON - timedelta(days=1), until=NOON + timedelta(hours=1), time_zone=zone)


def test_a_week_that_fell_says_by_how_much_of_how_many():
    row = {"n": 900, "n_before": 800, "score": 0.6, "change": -0.034, "change_low": -0.05, "change_high": -0.01}
    told = say_week(pl.DataFrame([{**row, "direction": "worse"}]), n_days=7)
    assert (told.tone, told.page) == ("worse", "segments")
    assert "fell by 0.03 to 0.60 (95 %: −0.05 to −0.01; 900 answers, 800 before)" in told.text


def test_a_week_within_chance_is_calm():
    row = {"n": 900, "n_before": 800, "score": 0.6, "change": -0.01, "change_low": -0.03, "change_high": 0.01}
    told = say_week(pl.DataFrame([{**row, "direction": "unclear"}]), n_days=7)
    assert told.tone == "calm"
    assert "no more than chance" in told.text


@pytest.mark.parametrize("whole", [pl.DataFrame(), pl.DataFrame([{"n": 3, "n_before": 0, "direction": "unknown"}])])
def test_too_few_answers_are_said_to_be_too_few(whole: pl.DataFrame):
    assert say_week(whole, n_days=7).text.startswith("Too few answers")


def test_the_worst_says_what_when_for_whom_and_after_what():
    told = say_worst(
        segments(segment("intent = refund & language = de", 31, follows_release="prompt_version = v2")),
        NOTHING, time_zone="Europe/Berlin",
    )  # fmt: skip
    assert told.text == (
        "Answers with intent = refund and language = de: behaviour score 0.60 → 0.40 (95 %: −0.25 to −0.15) since "
        "about 25 Sep, 14:00, after the release prompt_version = v2. For whom: 113 people, 215 answers in 14 days, of "
        "which about 31 good ones were lost by that measure."
    )
    assert told.address == {"segment": "intent = refund & language = de", "since": "2026-09-20"}


def test_a_segment_in_which_only_a_signal_changed_comes_second():
    both = segments(segment("feature = chat", 108), segment("intent = refund", 31))
    signal = incidents({"segment": "feature = chat", "kind": "signal"})
    assert say_worst(both, signal, time_zone="UTC").text.startswith("Answers with intent = refund:")
    alone = say_worst(both.head(1), signal, time_zone="UTC")
    assert alone.text.endswith("only a signal changed its meaning: the answers need not be worse.")


def test_a_segment_without_onset_or_days_is_told_without_them():
    told = say_worst(
        segments(segment("all", 9, onset_at=None, first_day=None, last_day=None)), NOTHING, time_zone="UTC"
    )
    assert "All answers: behaviour score" in told.text
    assert "since" not in told.text


def test_the_gravest_of_the_new_incidents_is_told():
    found = incidents(
        {"segment": "all", "severity": "low", "detected_at": NOON},
        {"segment": "tenant = a", "severity": "high", "detected_at": NOON - timedelta(hours=3), "onset_at": NOON},
        {"segment": "tenant = b", "severity": "critical", "detected_at": NOON - timedelta(days=3)},
    )
    told = new(found, alarm(follows_release="model = m2"))
    assert told.text == (
        "Answers with tenant = a: answers got worse since about 25 Sep, 12:00, after the release model = m2 "
        "(0.70 → 0.50, 95 %: 0.40 to 0.60; n = 266). 1 more new, 3 open in all."
    )
    assert told.address == {"incident": "i1"}


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("fires: undone_soon", "(the sign “undone soon” is on 50.0 % of them, 70.0 % before; n = 266)"),
        ("event: rephrase", "(people did “rephrase” after 50.0 % of them, 70.0 % before; n = 266)"),
        ("voted", "(50.0 % of them have any vote, 70.0 % before; n = 266)"),
    ],
)
def test_what_is_watched_is_told_in_words(metric: str, said: str):
    found = incidents({"segment": "tenant = a", "metric": metric, "detected_at": NOON})
    assert said in new(found, alarm(metric=metric)).text


def test_traffic_is_told_against_the_usual():
    found = incidents({"segment": "tenant = a", "metric": "volume", "kind": "volume", "detected_at": NOON})
    volume = alarm(metric="volume", rate_before=None, rate_after=None, times_usual=0.76)
    assert new(found, volume).text.startswith("Answers with tenant = a: traffic changed (76 % of the usual traffic).")


def test_nothing_new_counts_what_is_still_open():
    found = incidents({"severity": "high", "detected_at": NOON - timedelta(days=5)}, {"detected_at": None})
    told = new(found)
    assert (told.tone, told.text) == ("calm", "Nothing new. Still open: 1 high, 1 unrated.")


def test_incidents_come_by_state_then_severity_then_time():
    found = incidents(
        {"severity": "low", "detected_at": NOON}, {"severity": "high", "detected_at": NOON - timedelta(days=1)},
        {"severity": "high", "detected_at": NOON}, {"severity": None, "detected_at": NOON},
    )  # fmt: skip
    closed = fold_incidents(make_steps([{"incident_id": "x", "action": "resolved", "by": "a", "at": NOON}]))
    both = pl.concat([closed.with_columns(severity=pl.lit("critical")), found], how="vertical_relaxed")
    assert order_incidents(both)["incident_id"].to_list() == ["i2", "i1", "i0", "i3", "x"]


def test_severities_are_counted_the_gravest_first():
    assert count_severities(incidents({"severity": "low"}, {"severity": "critical"})) == "1 critical, 1 low"
