"""What became of a response, and the events that say so."""

import pytest
from event_rows import at, derive, event

SLOW = event(0, "request", text="How long?"), event(1, "response", "i1")
AGAIN = event(20, "rephrase", text="How long?"), event(21, "response", "i2"), event(30, "accept", "i2")


def outcome(*acts: dict) -> str | None:
    return derive(*SLOW, *acts)["i1"]["outcome"]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ({"kind": "accept"}, "clean_success"),
        ({"kind": "copy"}, "clean_success"),
        ({"kind": "rating", "value": 1.0}, "clean_success"),
        ({"kind": "rating", "value": 0.5}, "clean_success"),
        ({"kind": "edit", "value": 1.0}, "clean_success"),
        ({"kind": "edit", "value": 0.5}, "corrected"),
        ({"kind": "undo"}, "failed"),
        ({"kind": "reject"}, "failed"),
        ({"kind": "retry"}, "failed"),
        ({"kind": "rephrase"}, "failed"),
        ({"kind": "rating", "value": 0.49}, "failed"),
        ({"kind": "escalate"}, "escalated"),
        ({"kind": "abandon"}, "unlabelled"),
        ({"kind": "view", "value": 9_000.0}, "unlabelled"),
        ({"kind": "request", "text": "Something else"}, "unlabelled"),
    ],
)
def test_one_act_decides(act: dict, expected: str):
    assert outcome(event(10, **act)) == expected


def test_silence_is_unlabelled():
    assert outcome() == "unlabelled"


def test_recovered_goes_before_escalated():
    assert outcome(*AGAIN, event(40, "escalate", "i1")) == "recovered"


def test_escalated_goes_before_failed():
    assert outcome(event(10, "reject"), event(20, "escalate")) == "escalated"


def test_failed_goes_before_corrected():
    assert outcome(event(10, "edit", value=0.5), event(20, "reject")) == "failed"


def test_corrected_goes_before_clean_success():
    assert outcome(event(10, "accept"), event(20, "edit", value=0.5), event(30, "copy")) == "corrected"


def test_a_success_of_a_later_turn_recovers_only_what_failed():
    rows = *SLOW, event(20, "request", text="Something else"), event(21, "response", "i2"), event(30, "accept", "i2")
    assert derive(*rows)["i1"]["outcome"] == "unlabelled"


def test_failed_without_being_asked_again_does_not_recover():
    rows = *SLOW, event(10, "reject"), event(20, "request", text="Weather?"), event(21, "response", "i2")
    assert derive(*rows, event(30, "accept", "i2"))["i1"]["outcome"] == "failed"


def test_an_open_interaction_has_no_outcome():
    assert derive(*SLOW, event(10, "accept"), watermark=at(1800))["i1"]["outcome"] is None


def test_evidence_is_what_says_something_about_it_in_order_of_time():
    found = derive(
        *SLOW,
        event(2, "view", name="v", value=9_000.0),
        event(10, "copy", name="c"),
        event(9, "accept", name="a"),
        event(15, "rating", "i1", name="r", value=1.0),
        event(20, "request", name="q", text="Something else"),
        event(21, "response", "i2", name="n"),
        event(1801, "reject", "i1", name="late"),
    )
    assert found["i1"]["evidence_event_ids"] == ["a", "c", "r", "q"]
    assert found["i2"]["evidence_event_ids"] == []


def test_evidence_names_every_event_once():
    found = derive(*SLOW, event(10, "rephrase", name="again", text="How long?"), event(12, "escalate", name="help"))
    assert found["i1"]["evidence_event_ids"] == ["again", "help"]


def test_evidence_of_an_open_interaction_is_there_already():
    assert derive(*SLOW, event(10, "accept", name="a"), watermark=None)["i1"]["evidence_event_ids"] == ["a"]
