"""Which response an act is about."""

from datetime import timedelta

import polars as pl
import pytest
from event_rows import at, derive, event


def test_act_with_an_id_is_about_that_response():
    found = derive(event(0, "response", "i1"), event(10, "response", "i2"), event(15, "copy", "i1"))
    assert found["i1"]["copied_after_s"] == 15
    assert found["i2"]["copied_after_s"] is None


def test_act_without_an_id_is_about_the_latest_earlier_response():
    found = derive(
        event(0, "response", "i1"), event(10, "response", "i2"), event(15, "copy"), event(20, "response", "i3")
    )
    assert {name: row["copied_after_s"] for name, row in found.items()} == {"i1": None, "i2": 5, "i3": None}


def test_act_that_names_no_response_of_its_session_is_about_none():
    found = derive(event(0, "response", "i1"), event(5, "copy", "elsewhere"))
    assert found["i1"]["copied_after_s"] is None


def test_act_before_any_response_is_about_none():
    assert derive(event(0, "copy"), event(5, "response", "i1"))["i1"]["copied_after_s"] is None


def test_act_of_another_session_is_not_ours():
    found = derive(event(0, "response", "i1", session="s1"), event(5, "copy", session="s2"))
    assert found["i1"]["copied_after_s"] is None


@pytest.mark.parametrize(("act", "about"), [("b", "i1"), ("z", "i2")])
def test_at_the_same_time_the_event_id_decides_what_was_earlier(act: str, about: str):
    found = derive(
        event(0, "response", "i1", name="a"), event(5, "response", "i2", name="m"), event(5, "copy", name=act)
    )
    assert [name for name, row in found.items() if row["copied_after_s"] is not None] == [about]


def test_act_on_a_response_at_the_moment_it_was_shown_counts():
    found = derive(event(5, "copy", "i1", name="a"), event(5, "response", "i1", name="b"))
    assert found["i1"]["copied_after_s"] == 0


def test_act_on_a_response_before_it_was_shown_does_not_count():
    assert derive(event(4, "copy", "i1"), event(5, "response", "i1"))["i1"]["copied_after_s"] is None


@pytest.mark.parametrize("opener", ["rephrase", "retry"])
def test_asking_again_names_the_answer_to_come_and_is_about_the_one_before(opener: str):
    found = derive(
        event(0, "request", "i1", text="First?"),
        event(2, "response", "i1"),
        event(9, opener, "i2", text="Again?"),
        event(11, "response", "i2"),
    )
    assert found["i1"]["outcome"] == "failed"
    assert (found["i2"]["request_text"], found["i2"]["outcome"]) == ("Again?", "unlabelled")


def test_answers_that_overtake_each_other_keep_the_requests_that_named_them():
    found = derive(
        event(0, "request", "i1", text="First?"),
        event(1, "request", "i2", text="Second?"),
        event(5, "response", "i2"),
        event(6, "response", "i1"),
    )
    assert {name: (row["request_text"], row["turn"]) for name, row in found.items()} == {
        "i1": ("First?", 0),
        "i2": ("Second?", 1),
    }


def test_a_request_that_names_nothing_is_answered_by_the_next_response():
    found = derive(event(0, "request", text="First?"), event(2, "response", "i1"))
    assert (found["i1"]["request_text"], found["i1"]["turn"]) == ("First?", 0)


def test_a_response_without_a_request_has_no_turn():
    found = derive(event(0, "response", "i1"), event(5, "request"), event(6, "response", "i2"))
    assert (found["i1"]["turn"], found["i2"]["turn"]) == (None, 0)


def test_an_act_on_one_of_several_responses_says_nothing_about_the_others():
    found = derive(
        event(0, "request"),
        event(1, "response", "i1"),
        event(2, "response", "i2"),
        event(3, "response", "i3"),
        event(9, "accept", "i2"),
    )
    assert {row["turn"] for row in found.values()} == {0}
    assert {name: row["outcome"] for name, row in found.items()} == {
        "i1": "unlabelled",
        "i2": "clean_success",
        "i3": "unlabelled",
    }


@pytest.mark.parametrize(("n_requests", "copied_after_s"), [(200, 900), (201, None)])
def test_an_act_looks_back_at_most_200_turns(n_requests: int, copied_after_s: float | None):
    asked = [event(2 + n, "request", name=f"r{n:03}") for n in range(n_requests)]
    found = derive(event(0, "request"), event(1, "response", "i1"), *asked, event(901, "copy"))
    assert found["i1"]["copied_after_s"] == copied_after_s


@pytest.mark.parametrize(("n_requests", "text"), [(200, "First?"), (201, None)])
def test_an_answer_looks_for_its_request_at_most_200_turns_back(n_requests: int, text: str | None):
    asked = [event(2 + n, "request", name=f"r{n:03}") for n in range(n_requests)]
    found = derive(event(0, "request", "i1", text="First?"), *asked, event(901, "response", "i1"))
    assert found["i1"]["request_text"] == text


@pytest.mark.parametrize(("n_requests", "is_rephrased"), [(199, True), (200, False)])
def test_a_rephrase_looks_back_at_most_200_turns(n_requests: int, is_rephrased: bool):
    asked = [event(2 + n, "request", name=f"r{n:03}") for n in range(n_requests)]
    found = derive(event(0, "request"), event(1, "response", "i1"), *asked, event(901, "rephrase"))
    assert found["i1"]["is_rephrased_explicitly"] is is_rephrased
    assert (found["i1"]["n_rephrasings"] == 1) is is_rephrased


def test_only_acts_inside_the_window_count():
    found = derive(
        event(0, "response", "i1"),
        event(1799, "copy"),
        event(1800, "reject"),
        event(1801, "escalate"),
    )
    assert found["i1"]["window_ends_at"] == at(1800)
    assert (found["i1"]["copied_after_s"], found["i1"]["rejected_after_s"]) == (1799, None)
    assert found["i1"]["outcome"] == "clean_success"


def test_the_window_may_differ_per_feature():
    windows = {"default": timedelta(minutes=30), "mail": timedelta(hours=2)}
    found = derive(
        event(0, "response", "i1", feature="code"),
        event(0, "response", "i2", feature="mail"),
        event(0, "response", "i3"),
        *(event(3600, "copy", name) for name in ("i1", "i2", "i3")),
        observation_window=windows,
    )
    assert {name: row["copied_after_s"] for name, row in found.items()} == {"i1": None, "i2": 3600, "i3": None}


def test_the_feature_of_the_window_may_be_the_requests():
    found = derive(
        event(0, "request", feature="mail"),
        event(0, "response", "i1"),
        observation_window={"default": timedelta(minutes=30), "mail": timedelta(hours=2)},
    )
    assert (found["i1"]["feature"], found["i1"]["window_ends_at"]) == ("mail", at(7200))


def test_acts_are_found_in_any_order_of_arrival():
    rows = [event(0, "response", "i1", name="a"), event(5, "copy", name="b"), event(9, "response", "i2", name="c")]
    assert derive(*rows) == derive(*reversed(rows))


def test_a_retry_without_words_repeats_the_words_before_it():
    found = derive(
        event(0, "request", text="First?"), event(1, "response", "i1"), event(5, "retry"), event(6, "response", "i2")
    )
    assert found["i2"]["request_text"] == "First?"


def test_times_between_seconds_are_kept():
    found = derive(event(0.25, "response", "i1"), event(1.5, "copy"))
    assert found["i1"]["copied_after_s"] == pytest.approx(1.25)
    assert isinstance(found["i1"]["copied_after_s"], float)


def test_next_request_is_the_next_opener_inside_the_window():
    found = derive(
        event(0, "request", text="First?"),
        event(1, "response", "i1"),
        event(31, "request", text="Second?"),
        event(33, "response", "i2"),
        event(1833, "request", text="Third?"),
    )
    assert {name: (row["next_request_text"], row["next_request_after_s"]) for name, row in found.items()} == {
        "i1": ("Second?", 30),
        "i2": (None, None),
    }
    assert pl.Series(list(found)).to_list() == ["i1", "i2"]
