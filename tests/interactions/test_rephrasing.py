"""Who asked the same thing again."""

from datetime import timedelta

import pytest
from event_rows import derive, event

SAME = (
    "How long is the warranty?",
    "how long is the warranty",
    "How long is THE warranty now?",
    "warranty, how long is the",
)
OTHER = (
    "Where is my parcel?",
    "Please cancel Friday",
    "Zurich opening hours",
    "Invoice number missing",
    "Reset router",
)


def ask(
    seconds: float, name: str, text: str | None, *, kind: str = "request", answer_s: float = 1
) -> tuple[dict, dict]:
    """Return an attempt: what was asked, and the answer to it a second later."""
    return event(seconds, kind, text=text), event(seconds + answer_s, "response", name)


def chain(*attempts: tuple[dict, dict], acts: tuple[dict, ...] = (), **settings) -> dict[str, dict]:
    return derive(*(row for attempt in attempts for row in attempt), *acts, **settings)


def counts(found: dict[str, dict]) -> list[int]:
    return [row["n_rephrasings"] for row in found.values()]


def test_of_four_attempts_three_failed_and_the_last_is_open():
    found = chain(*(ask(60 * n, f"i{n}", SAME[n]) for n in range(4)))
    assert counts(found) == [3, 2, 1, 0]
    assert [row["outcome"] for row in found.values()] == ["failed", "failed", "failed", "unlabelled"]


def test_of_four_attempts_of_which_the_last_succeeds_three_recovered():
    found = chain(*(ask(60 * n, f"i{n}", SAME[n]) for n in range(4)), acts=(event(190, "copy"),))
    assert [row["outcome"] for row in found.values()] == ["recovered", "recovered", "recovered", "clean_success"]


def test_another_question_is_no_rephrase():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", OTHER[0]))
    assert (counts(found), found["i1"]["rephrase_similarity"]) == ([0, 0], None)


def test_similarity_is_that_of_the_words_in_any_order_and_case():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", SAME[3]))
    assert (found["i1"]["rephrase_similarity"], found["i2"]["rephrase_similarity"]) == (1.0, None)


def test_somewhat_similar_is_shown_but_no_rephrase():
    found = chain(ask(0, "i1", "book a table for two"), ask(60, "i2", "cancel the table booking"))
    assert counts(found) == [0, 0]
    assert 0.5 <= found["i1"]["rephrase_similarity"] < 0.6


def test_who_took_the_answer_and_asks_something_alike_is_at_the_next_task():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    assert counts(chain(*attempts, acts=(event(30, "copy"),))) == [0, 0]
    assert counts(chain(*attempts, acts=(event(30, "accept"), event(40, "undo")))) == [1, 0]


def test_taken_returned_and_taken_again_it_stands_as_taken():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    taken_twice = event(10, "accept"), event(20, "undo"), event(30, "accept")
    assert counts(chain(*attempts, acts=taken_twice)) == [0, 0]
    assert counts(chain(*attempts, acts=(*taken_twice, event(40, "undo")))) == [1, 0]
    assert counts(chain(*attempts, acts=(*taken_twice, event(70, "undo", "i1")))) == [0, 0]


@pytest.mark.parametrize(("taken_again_s", "n_rephrasings"), [(58.9, 0), (59.0, 0), (59.1, 1)])
def test_taken_again_less_than_a_second_ago_it_may_be_a_slip(taken_again_s: float, n_rephrasings: int):
    acts = event(10, "accept"), event(20, "undo"), event(taken_again_s, "accept")
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1]), acts=acts)
    assert found["i1"]["n_rephrasings"] == n_rephrasings


def test_taken_only_after_it_was_asked_again_it_was_asked_again():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    assert counts(chain(*attempts, acts=(event(70, "copy", "i1"),))) == [1, 0]


def test_what_names_another_thing_by_number_is_another_request():
    orders = ask(0, "i1", "Where is order 4711?"), ask(60, "i2", "Where is order 4712?")
    assert counts(chain(*orders)) == [0, 0]
    again = ask(0, "i1", "Where is order 4711?"), ask(60, "i2", "Order 4711, where is it?")
    assert counts(chain(*again)) == [1, 0]


def test_nothing_is_compared_where_a_text_is_missing():
    assert counts(chain(ask(0, "i1", None), ask(60, "i2", None))) == [0, 0]


@pytest.mark.parametrize(("n_between", "n_rephrasings"), [(4, 1), (5, 0)])
def test_compared_with_the_last_five_turns(n_between: int, n_rephrasings: int):
    between = [ask(10 + 10 * n, f"b{n}", OTHER[n]) for n in range(n_between)]
    found = chain(ask(0, "i1", SAME[0]), *between, ask(100, "i2", SAME[1]))
    assert found["i1"]["n_rephrasings"] == n_rephrasings


@pytest.mark.parametrize(("again_s", "n_rephrasings"), [(1800, 1), (1801, 0)])
def test_only_inside_the_window_of_the_answer(again_s: float, n_rephrasings: int):
    found = chain(ask(0, "i1", SAME[0]), ask(again_s, "i2", SAME[1]))
    assert found["i1"]["n_rephrasings"] == n_rephrasings


def test_each_link_is_inside_its_predecessors_window():
    found = chain(ask(0, "i1", SAME[0]), ask(1000, "i2", SAME[1]), ask(2900, "i3", SAME[2]))
    assert counts(found) == [1, 0, 0]


def test_what_counts_for_a_response_is_inside_its_own_window_too():
    found = chain(ask(0, "i1", SAME[0]), ask(1000, "i2", SAME[1]), ask(1801, "i3", SAME[2]))
    assert counts(found) == [1, 1, 0]


def test_a_rescue_after_the_window_is_no_recovery():
    attempts = ask(0, "i1", SAME[0]), ask(1000, "i2", SAME[1])
    assert chain(*attempts, acts=(event(1500, "copy"),))["i1"]["outcome"] == "recovered"
    assert chain(*attempts, acts=(event(1900, "copy"),))["i1"]["outcome"] == "failed"


def test_a_rescue_undone_after_the_window_is_still_a_recovery():
    attempts = ask(0, "i1", SAME[0]), ask(1000, "i2", SAME[1])
    found = chain(*attempts, acts=(event(1500, "accept"), event(1900, "undo")))
    assert [row["outcome"] for row in found.values()] == ["recovered", "failed"]


@pytest.mark.parametrize("later", [(), (event(1801.2, "undo"),)])
def test_a_rescue_that_may_still_be_a_slip_when_the_window_ends_is_no_recovery(later: tuple[dict, ...]):
    attempts = ask(0, "i1", SAME[0]), ask(1000, "i2", SAME[1])
    assert chain(*attempts, acts=(event(1800.5, "accept"), *later))["i1"]["outcome"] == "failed"


def test_of_attempts_at_one_time_the_last_by_id_decides():
    retries = [event(60, "retry", name=f"r{n:02}") for n in range(60)]
    found = chain(ask(0, "i1", SAME[0]), acts=(*retries, event(61, "response", "i2"), event(70, "copy")))
    assert found["i1"]["outcome"] == "recovered"


def test_a_rescue_that_was_itself_undone_is_no_recovery():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    assert chain(*attempts, acts=(event(70, "accept"), event(90, "undo")))["i1"]["outcome"] == "failed"


def test_a_rescue_of_which_only_an_edit_was_undone_is_a_recovery():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    found = chain(*attempts, acts=(event(70, "accept"), event(80, "edit"), event(90, "undo")))
    assert [row["outcome"] for row in found.values()] == ["recovered", "clean_success"]


def test_an_edit_that_was_undone_rescues_nothing():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    found = chain(*attempts, acts=(event(70, "edit"), event(90, "undo")))
    assert [row["outcome"] for row in found.values()] == ["failed", "unlabelled"]


def test_a_slip_is_no_rescue():
    attempts = ask(0, "i1", SAME[0]), ask(60, "i2", SAME[1])
    assert chain(*attempts, acts=(event(70, "accept"), event(70.5, "undo")))["i1"]["outcome"] == "failed"


def test_a_retry_is_a_link_but_no_rephrasing():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", None, kind="retry"), acts=(event(70, "copy"),))
    assert (counts(found), found["i1"]["retried_after_s"]) == ([0, 0], 59)
    assert [row["outcome"] for row in found.values()] == ["recovered", "clean_success"]


def test_a_chain_goes_on_through_a_retry():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", None, kind="retry"), ask(120, "i3", SAME[1]))
    assert counts(found) == [1, 1, 0]


def test_a_retry_without_words_is_compared_as_the_request_it_repeats():
    between = [ask(120 + 10 * n, f"b{n}", OTHER[n]) for n in range(4)]
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", None, kind="retry"), *between, ask(300, "i3", SAME[1]))
    assert {name: found[name]["n_rephrasings"] for name in ("i1", "i2", "i3")} == {"i1": 1, "i2": 1, "i3": 0}
    assert found["i1"]["rephrase_similarity"] == 1.0


def test_a_retry_with_nothing_said_before_it_in_its_part_has_no_words():
    earlier_part = ask(-50_000, "i0", SAME[0])
    found = chain(earlier_part, ask(0, "i1", None, kind="retry"), ask(60, "i2", SAME[1]))
    assert (counts(found), found["i1"]["request_text"]) == ([0, 0, 0], None)


def test_an_attempt_made_before_the_answer_was_shown_does_not_count():
    asked = event(0, "request", "i1", text=SAME[0]), event(5, "response", "early")
    overtaken = event(10, "request", "i2", text=SAME[1]), event(12, "response", "i2"), event(15, "response", "i1")
    later = event(60, "rephrase", "i3", text=SAME[2]), event(62, "response", "i3")
    found = derive(*asked, *overtaken, *later)
    assert {name: row["n_rephrasings"] for name, row in found.items()} == {"early": 2, "i2": 0, "i1": 1, "i3": 0}


def test_a_recorded_rephrase_needs_no_similar_words():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", OTHER[0], kind="rephrase"))
    assert (counts(found), found["i1"]["is_rephrased_explicitly"]) == ([1, 0], True)


def test_a_recorded_rephrase_is_of_the_response_before_it_only():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", OTHER[0]), ask(120, "i3", SAME[1], kind="rephrase"))
    assert {name: row["is_rephrased_explicitly"] for name, row in found.items()} == {
        "i1": False,
        "i2": True,
        "i3": False,
    }


def test_the_nearest_of_two_similar_turns_was_asked_again():
    found = chain(ask(0, "i1", SAME[0]), ask(60, "i2", OTHER[0]), ask(120, "i3", SAME[1]), ask(180, "i4", SAME[2]))
    assert counts(found) == [2, 0, 1, 0]


def test_asked_again_of_several_answers_the_last_one_is_meant():
    both = event(0, "request", text=SAME[0]), event(1, "response", "i1"), event(2, "response", "i2")
    assert counts(derive(*both, *ask(60, "i3", SAME[1]))) == [0, 1, 0]


def test_a_response_without_a_request_may_be_rephrased():
    found = derive(event(0, "response", "i1"), event(10, "rephrase"))
    assert (found["i1"]["n_rephrasings"], found["i1"]["outcome"]) == (1, "failed")


def test_other_sessions_may_ask_the_same():
    found = derive(
        event(0, "request", text=SAME[0], session="s1"),
        event(1, "response", "i1", session="s1"),
        event(2, "request", text=SAME[0], session="s2"),
        event(3, "response", "i2", session="s2"),
    )
    assert counts(found) == [0, 0]


def test_long_chains_are_followed_to_their_first_attempt():
    found = chain(*(ask(60 * n, f"i{n:03}", SAME[0]) for n in range(300)))
    assert (found["i000"]["n_rephrasings"], found["i260"]["n_rephrasings"]) == (30, 30)
    assert counts(found)[-4:] == [3, 2, 1, 0]


def test_windows_per_feature_limit_each_link():
    windows = {"default": timedelta(minutes=30), "code": timedelta(minutes=1)}
    rows = event(0, "request", text=SAME[0]), event(1, "response", "i1", feature="code")
    found = derive(*rows, *ask(61, "i2", SAME[1]), observation_window=windows)
    assert counts(found) == [0, 0]
