"""Calls for a human, and the responses that share the blame."""

import pytest
from event_rows import LONG_AFTER, derive, event, event_table

from feedback.interactions import derive_interactions
from feedback.labelling.votes import cast_votes


def four_answers(*acts: dict, gap_s: float = 10) -> dict[str, dict]:
    return derive(*(event(n * gap_s, "response", f"i{n}") for n in range(4)), *acts)


def test_the_response_before_and_the_two_before_that():
    found = four_answers(event(35, "escalate"))
    assert {name: (row["n_turns_to_escalation"], row["escalated_after_s"]) for name, row in found.items()} == {
        "i0": (None, None),
        "i1": (2, 25),
        "i2": (1, 15),
        "i3": (0, 5),
    }


def test_the_votes_are_0_and_a_quarter_and_three_eighths():
    events = event_table(*(event(n, "response", f"i{n}") for n in range(4)), event(9, "escalate"))
    votes = cast_votes(derive_interactions(events, watermark=LONG_AFTER))
    assert votes["escalated"].to_list() == [None, 0.375, 0.25, 0.0]


def test_an_escalation_that_names_its_response():
    found = four_answers(event(35, "escalate", "i1"))
    assert [row["n_turns_to_escalation"] for row in found.values()] == [1, 0, None, None]


def test_each_only_inside_its_own_window():
    found = four_answers(event(1815, "escalate"))
    assert [row["n_turns_to_escalation"] for row in found.values()] == [None, None, 1, 0]


def test_the_nearest_of_two_calls_counts():
    found = four_answers(event(5, "escalate", "i0"), event(25, "escalate", "i2"))
    assert (found["i0"]["n_turns_to_escalation"], found["i0"]["escalated_after_s"]) == (0, 5)
    assert (found["i1"]["n_turns_to_escalation"], found["i1"]["escalated_after_s"]) == (1, 15)


def test_none_of_another_session():
    found = derive(
        event(0, "response", "i1", session="s1"),
        event(1, "response", "i2", session="s2"),
        event(2, "escalate", session="s2"),
    )
    assert (found["i1"]["n_turns_to_escalation"], found["i2"]["n_turns_to_escalation"]) == (None, 0)


@pytest.mark.parametrize("n", range(1, 4))
def test_all_that_share_the_blame_have_the_call_as_evidence(n: int):
    found = four_answers(event(35, "escalate"))
    assert found[f"i{n}"]["evidence_event_ids"] == ["e05"]
    assert found[f"i{n}"]["outcome"] == "escalated"
