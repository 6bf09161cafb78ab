"""Acts that need no history: views, rejects, copies, retries, ratings, leaving."""

import pytest
from event_rows import derive, event


def shown(*acts: dict) -> dict:
    """Return what became of one answer, shown at 0 s, after these acts."""
    return derive(event(0, "response", "i"), *acts)["i"]


@pytest.mark.parametrize(
    ("kind", "column"), [("reject", "rejected_after_s"), ("copy", "copied_after_s"), ("retry", "retried_after_s")]
)
def test_the_first_act_of_its_kind_counts(kind: str, column: str):
    assert shown(event(5, kind), event(9, kind))[column] == 5
    assert shown()[column] is None


def test_the_last_rating_counts():
    assert shown(event(5, "rating", value=1.0), event(9, "rating", value=0.25))["rating"] == 0.25


def test_a_rating_after_the_window_does_not_count():
    assert shown(event(5, "rating", value=1.0), event(1800, "rating", value=0.0))["rating"] == 1.0


def test_abandoned_only_if_an_event_says_so():
    assert shown(event(5, "abandon"))["abandoned"] is True
    assert shown()["abandoned"] is None


def test_views_add_up_to_how_long_it_was_seen():
    assert shown(event(1, "view", value=400.0), event(5, "view", value=600.0))["seen_s"] == 1.0


def test_seen_is_null_where_no_view_was_recorded():
    assert shown()["seen_s"] is None
    assert shown(event(1, "view"))["seen_s"] is None


def test_seen_for_no_time_is_not_the_same_as_not_recorded():
    assert shown(event(1, "view", value=0.0))["seen_s"] == 0


@pytest.mark.parametrize(("shown_ms", "outcome"), [(749.0, "unlabelled"), (750.0, "failed")])
def test_a_response_seen_under_750_ms_gets_no_label(shown_ms: float, outcome: str):
    assert shown(event(0, "view", value=shown_ms), event(5, "reject"))["outcome"] == outcome


def test_a_view_does_not_move_the_time_it_was_shown():
    found = shown(event(10, "view", value=5_000.0), event(15, "copy"))
    assert found["copied_after_s"] == 15
