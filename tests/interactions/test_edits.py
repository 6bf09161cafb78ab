"""Accepts, edits and undos: what was kept, changed, taken back or slipped."""

import pytest
from event_rows import derive, event

from feedback.interactions.edits import surviving_share

ANSWER = "The parcel arrives on Monday."


def shown(*acts: dict) -> dict:
    """Return what became of one answer, shown at 0 s, after these acts."""
    return derive(event(0, "response", "i", text=ANSWER), *acts)["i"]


def test_accepted_after_is_that_of_the_first_accept():
    assert shown(event(5, "accept"), event(9, "accept"))["accepted_after_s"] == 5


def test_the_last_text_in_the_window_wins():
    found = shown(
        event(5, "edit", text=ANSWER),
        event(9, "edit", text="The parcel arrives on Friday."),
        event(1800, "edit", text="Nothing of it"),
    )
    assert found["final_text"] == "The parcel arrives on Friday."
    assert found["kept_share"] == pytest.approx(26 / 29)


def test_the_last_of_two_edits_at_one_time_is_the_one_with_the_later_id():
    rows = event(5, "edit", text="Bye", name="z"), event(5, "edit", text=ANSWER, name="f")
    assert shown(*rows)["final_text"] == "Bye"


def test_an_explicit_value_wins_over_the_text():
    found = shown(event(5, "edit", text="Nothing of it", value=0.8))
    assert (found["kept_share"], found["final_text"]) == (0.8, "Nothing of it")


def test_an_edit_without_text_or_value_leaves_the_share_unknown():
    found = shown(event(5, "edit"))
    assert (found["kept_share"], found["final_text"], found["outcome"]) == (None, None, "corrected")


def test_an_edit_that_says_nothing_does_not_hide_the_one_before_it():
    assert shown(event(5, "edit", value=0.4), event(9, "edit"))["kept_share"] == 0.4


def test_the_share_is_unknown_where_the_response_is_not_recorded():
    found = derive(event(0, "response", "i"), event(5, "edit", text="Mine"))["i"]
    assert (found["kept_share"], found["final_text"]) == (None, "Mine")


def test_no_edit_no_share():
    assert shown(event(5, "accept"))["kept_share"] is None


def test_the_text_of_an_accept_is_final_too():
    assert shown(event(5, "accept", text="Taken"))["final_text"] == "Taken"


def test_the_text_of_an_edit_goes_before_that_of_an_accept():
    assert shown(event(5, "edit", text="Mine"), event(9, "accept", text="Taken"))["final_text"] == "Mine"


@pytest.mark.parametrize(
    ("response", "edited", "share"),
    [
        ("abcdefgh", "abcdefgh", 1.0),
        ("abcdefgh", "abcdefgh and more", 1.0),
        ("abcdefgh", "abcd", 0.5),
        ("abcdefgh", "abc", 0.0),
        ("abcdefgh", "abcdxxxx", 0.5),
        ("abcdefgh", "", 0.0),
        ("ab", "xaby", 1.0),
        ("", "", 1.0),
        ("", "more", 0.0),
        ("Grüße 👋 aus Köln", "Grüße 👋 aus Bonn", 12 / 16),
    ],
)
def test_what_survives_is_what_stands_in_runs_of_four_characters(response: str, edited: str, share: float):
    assert surviving_share(response, edited) == share


def test_only_the_first_20_000_characters_are_compared():
    assert surviving_share("a" * 20_000 + "b" * 5_000, "a" * 20_000) == 1.0


def test_undone_after_is_measured_from_the_accept_it_reverts():
    found = shown(event(5, "accept"), event(45, "undo"))
    assert (found["accepted_after_s"], found["undone_after_s"], found["outcome"]) == (5, 40, "failed")


def test_an_undo_reverts_the_latest_accept_and_is_null_while_another_stands():
    found = shown(event(5, "accept"), event(20, "accept"), event(45, "undo"))
    assert (found["undone_after_s"], found["outcome"]) == (None, "clean_success")


def test_every_accept_may_be_undone():
    found = shown(event(5, "accept"), event(20, "accept"), event(45, "undo"), event(65, "undo"))
    assert (found["undone_after_s"], found["outcome"]) == (60, "failed")


def test_an_undo_reverts_the_latest_edit_first():
    found = shown(event(5, "accept"), event(20, "edit", text="Mine"), event(45, "undo"))
    assert (found["undone_after_s"], found["kept_share"], found["final_text"]) == (None, None, None)
    assert found["outcome"] == "clean_success"


def test_once_an_edit_is_undone_the_edit_before_it_counts_again():
    found = shown(event(5, "edit", value=0.9), event(20, "edit", value=0.1), event(45, "undo"))
    assert (found["kept_share"], found["outcome"]) == (0.9, "corrected")


def test_accepted_again_after_an_undo_it_stands():
    found = shown(event(5, "accept"), event(20, "undo"), event(45, "accept"))
    assert (found["undone_after_s"], found["outcome"]) == (None, "clean_success")


def test_an_undo_with_nothing_before_it_reverts_the_response_as_shown():
    found = shown(event(45, "undo"))
    assert (found["accepted_after_s"], found["undone_after_s"], found["outcome"]) == (None, 45, "failed")


def test_an_undo_may_say_what_survived():
    assert shown(event(5, "accept"), event(20, "undo", value=0.25))["kept_share"] == 0.25


@pytest.mark.parametrize(("undone_at", "undone_after_s", "outcome"), [(5.9, None, "unlabelled"), (6.0, 1, "failed")])
def test_an_undo_under_one_second_is_a_slip(undone_at: float, undone_after_s: float | None, outcome: str):
    found = shown(event(5, "accept"), event(undone_at, "undo"))
    assert (found["undone_after_s"], found["outcome"]) == (undone_after_s, outcome)
    assert (found["accepted_after_s"] is None) is (undone_after_s is None)


def test_after_a_slip_the_next_accept_is_the_first():
    found = shown(event(5, "accept"), event(5.5, "undo"), event(9, "accept"))
    assert (found["accepted_after_s"], found["outcome"]) == (9, "clean_success")


def test_an_edit_may_slip_too():
    found = shown(event(5, "accept"), event(20, "edit", value=0.1), event(20.5, "undo", value=0.1))
    assert (found["kept_share"], found["outcome"]) == (None, "clean_success")


def test_an_undo_after_the_window_changes_nothing():
    assert shown(event(1799, "accept"), event(1800, "undo"))["outcome"] == "clean_success"
