"""Parts of a session, repeated responses, what a response carries, and how final it is."""

from datetime import timedelta

import polars as pl
import pytest
from event_rows import at, derive, event, event_table

from feedback.errors import SettingsError
from feedback.interactions import derive_interactions

HOURS = 3600


@pytest.mark.parametrize(("silence_s", "part"), [(12 * HOURS, 0), (12 * HOURS + 1, 1)])
def test_a_silence_longer_than_the_gap_starts_a_new_part(silence_s: float, part: int):
    found = derive(event(0, "request"), event(0, "response", "i1"), event(silence_s, "response", "i2"))
    assert (found["i1"]["session_part"], found["i2"]["session_part"]) == (0, part)


def test_events_in_between_break_the_silence():
    found = derive(event(0, "response", "i1"), event(7 * HOURS, "view"), event(14 * HOURS, "response", "i2"))
    assert found["i2"]["session_part"] == 0


def test_the_gap_is_an_argument():
    found = derive(event(0, "response", "i1"), event(61, "response", "i2"), session_gap=timedelta(minutes=1))
    assert found["i2"]["session_part"] == 1


def test_turns_start_anew_in_each_part_and_session():
    found = derive(
        event(0, "request"),
        event(1, "request"),
        event(2, "response", "i1"),
        event(13 * HOURS, "request"),
        event(13 * HOURS, "response", "i2"),
        event(0, "request", session="t"),
        event(1, "response", "i3", session="t"),
    )
    assert {name: (row["session_part"], row["turn"]) for name, row in found.items()} == {
        "i1": (0, 1),
        "i2": (1, 0),
        "i3": (0, 0),
    }


def test_nothing_looks_back_into_an_earlier_part():
    found = derive(
        event(0, "request", text="How long?"),
        event(1, "response", "i1", feature="mail"),
        event(13 * HOURS, "copy"),
        event(13 * HOURS + 1, "rephrase", text="How long?"),
        event(13 * HOURS + 2, "escalate"),
        observation_window=timedelta(days=2),
    )
    assert (found["i1"]["outcome"], found["i1"]["evidence_event_ids"]) == ("unlabelled", [])
    assert found["i1"]["next_request_after_s"] is None


def test_a_response_logged_twice_counts_once_at_its_first_time():
    found = derive(event(0, "response", "i1", text="A"), event(5, "response", "i1", text="B"), event(8, "copy"))
    assert list(found) == ["i1"]
    assert (found["i1"]["shown_at"], found["i1"]["response_text"], found["i1"]["copied_after_s"]) == (at(0), "A", 8)


def test_a_response_logged_again_in_a_later_part_hides_nothing_of_that_part():
    later = 13 * HOURS
    again = event(later + 5, "response", "i1", name="e9")
    rows = [event(later, "response", "i2"), again, event(later + 9, "copy")]
    alone = derive(*rows)["i2"]
    after_another_part = derive(event(0, "response", "i1", name="e0"), *rows)
    assert after_another_part["i1"]["shown_at"] == at(0)
    assert alone["copied_after_s"] is after_another_part["i2"]["copied_after_s"] is None


def test_a_response_without_an_id_is_no_interaction():
    assert derive(event(0, "response")) == {}


def test_dimensions_and_measures_are_the_responses_else_its_requests():
    events = event_table(
        event(0, "request", user_id="u", model="old", language="de"),
        event(1, "response", "i1", model="new"),
        event(2, "copy", model="act", tenant="act"),
    ).with_columns(cost_usd=pl.Series([0.5, None, 9.0]))
    found = derive_interactions(events).row(0, named=True)
    assert [found[name] for name in ("user_id", "model", "language", "tenant", "cost_usd")] == [
        "u", "new", "de", None, 0.5,
    ]  # fmt: skip


def test_further_columns_follow_by_name():
    events = event_table(event(0, "response", "i1", zone="z", model="m"))
    assert derive_interactions(events).columns[-2:] == ["model", "zone"]


@pytest.mark.parametrize("name", ["pos", "part", "nth", "chain", "model_request", "accepted_at", "is_opener", "level"])
def test_a_further_column_may_have_any_name(name: str):
    rows = [event(0, "request", text="a"), event(1, "response", "i1", **{name: "x"}, model="m"), event(5, "accept")]
    found = derive(*rows)["i1"]
    assert (found[name], found["model"], found["accepted_after_s"]) == ("x", "m", 4)


@pytest.mark.parametrize(("watermark", "is_final"), [(1799, False), (1800, True), (None, False)])
def test_final_once_the_watermark_has_passed_the_window(watermark: float | None, is_final: bool):
    found = derive(event(0, "response", "i1"), event(1, "copy"), watermark=None if watermark is None else at(watermark))
    assert found["i1"]["is_final"] is is_final
    assert found["i1"]["outcome"] == ("clean_success" if is_final else None)


@pytest.mark.parametrize(("previous", "is_backfill"), [(None, False), (1799, False), (1800, True)])
def test_backfill_if_the_window_had_ended_before(previous: float | None, is_backfill: bool):
    before = None if previous is None else at(previous)
    found = derive(event(0, "response", "i1"), previous_watermark=before)
    assert found["i1"]["is_backfill"] is is_backfill


@pytest.mark.parametrize(("n_events", "is_automated"), [(10_000, False), (10_001, True)])
def test_automated_above_10_000_events_in_the_part(n_events: int, is_automated: bool):
    one = event_table(event(0, "response", "i1"), event(0, "response", "i2", session="t"))
    many = event_table(event(1, "view")).select(pl.exclude("event_id").repeat_by(n_events - 1).explode())
    numbered = many.with_columns(event_id=pl.format("v{}", pl.int_range(pl.len())))
    found = derive_interactions(pl.concat([one, numbered.select(one.columns)]))
    assert found["is_automated"].to_list() == [is_automated, False]


def test_task_like_once_the_part_held_an_act_before_the_window_ended():
    found = derive(
        event(0, "response", "i1"),
        event(1900, "response", "i2"),
        event(1905, "accept"),
        event(1910, "response", "i3"),
        event(0, "response", "j1", session="t"),
        event(5, "escalate", session="t"),
    )
    assert {name: row["is_task_like"] for name, row in found.items()} == {
        "i1": False,
        "i2": True,
        "i3": True,
        "j1": False,
    }


def test_rows_are_in_order_of_time_and_id():
    found = derive(
        event(9, "response", "i1"), event(0, "response", "i9", session="t"), event(0, "response", "i5", session="v")
    )
    assert list(found) == ["i5", "i9", "i1"]


@pytest.mark.parametrize("window", [timedelta(0), {"default": timedelta(minutes=-1)}, {"mail": timedelta(hours=1)}])
def test_impossible_windows_are_refused(window):
    with pytest.raises(SettingsError, match="window"):
        derive(event(0, "response", "i1"), observation_window=window)
