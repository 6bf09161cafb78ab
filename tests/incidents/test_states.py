from datetime import timedelta

import polars as pl
import pytest
from alarm_rows import at

from feedback.errors import SettingsError, UnknownNameError
from feedback.incidents.states import find_incident, fold_incidents, summarise_latencies, take_step
from feedback.incidents.steps import make_steps, only_new
from feedback.schemas import check_table

OPENED = {
    "incident_id": "i1", "action": "opened", "by": "feedback", "at": at(12), "alarm_id": "a", "label_version": 1,
    "segment": "all", "metric": "score", "kind": "quality", "onset_at": at(0), "detected_at": at(10), "owner": "team",
}  # fmt: skip


def step(action: str, hours: float, **said) -> dict:
    return {"incident_id": "i1", "action": action, "by": "ann", "at": at(hours), **said}


def folded(*rows: dict) -> dict:
    return fold_incidents(make_steps([OPENED, *rows])).row(0, named=True)


def test_an_incident_begins_open():
    found = folded()
    assert (found["state"], found["owner"], found["n_alarms"], found["acknowledged_at"]) == ("open", "team", 1, None)


def test_latencies_are_from_the_onset_and_from_the_report():
    found = folded(step("acknowledged", 13), step("resolved", 15))
    hours = [found[name] / 3600 for name in ("detection_s", "report_s", "acknowledgement_s", "decision_s")]
    assert hours == [10, 2, 1, 3]
    assert (found["acknowledged_by"], found["decided_by"]) == ("ann", "ann")


def test_reopening_undoes_the_decision_but_not_the_acknowledgement():
    found = folded(step("acknowledged", 13), step("false_alarm", 14), step("reopened", 15))
    assert (found["state"], found["decided_at"], found["decision_s"]) == ("open", None, None)
    assert found["acknowledged_at"] == at(13)


def test_what_a_step_does_not_say_stays():
    joined = {**OPENED, "action": "joined", "at": at(13), "alarm_id": "b", "segment": "feature = chat", "owner": None}
    found = folded(joined, step("noted", 14, note="hm"))
    assert (found["segment"], found["owner"], found["n_alarms"]) == ("feature = chat", "team", 2)
    assert (found["n_notes"], found["note"]) == (1, "hm")


def test_whom_a_person_named_stays_the_owner():
    joined = {**OPENED, "action": "joined", "at": at(14), "alarm_id": "b", "owner": "others"}
    assert folded(step("assigned", 13, owner="bob"), joined)["owner"] == "bob"


def test_the_order_of_steps_and_steps_that_come_twice_do_not_matter():
    steps = make_steps([OPENED, step("acknowledged", 13), step("resolved", 15)])
    shuffled = pl.concat([steps.reverse(), steps])
    assert fold_incidents(shuffled).equals(fold_incidents(steps))


def test_what_a_run_does_twice_is_one_step():
    again = make_steps([{**OPENED, "at": at(20)}])
    assert only_new(again, make_steps([OPENED])).is_empty()
    assert only_new(make_steps([step("noted", 13, note="x")] * 2), again).height == 1


def test_what_a_person_does_again_later_is_another_step():
    one, other = make_steps([step("acknowledged", 13), step("acknowledged", 14)])["incident_event_id"]
    assert one != other


@pytest.mark.parametrize(
    ("state", "action"),
    [("open", "reopened"), ("acknowledged", "acknowledged"), ("resolved", "acknowledged"), ("resolved", "resolved"),
     ("false_alarm", "resolved"), ("false_alarm", "acknowledged"), ("acknowledged", "reopened")],
)  # fmt: skip
def test_steps_that_do_not_follow_are_one_clear_error(state: str, action: str):
    with pytest.raises(SettingsError, match=f"incident i1 is {state.replace('_', ' ')}; what can follow is"):
        take_step({"incident_id": "i1", "state": state}, action, by="ann", at=at(0))


def test_a_resolved_incident_may_turn_out_to_be_a_false_alarm():
    taken = take_step({"incident_id": "i1", "state": "resolved"}, "false_alarm", by="ann", at=at(0))
    assert check_table("incident_events", taken)["action"].to_list() == ["false_alarm"]


@pytest.mark.parametrize(("action", "what"), [("assigned", "owner"), ("noted", "note"), ("acknowledged", "by")])
def test_a_step_says_who_and_what(action: str, what: str):
    with pytest.raises(SettingsError, match=f"{what} is missing"):
        take_step({"incident_id": "i1", "state": "open"}, action, by=" " if what == "by" else "ann", at=at(0))


def test_open_incidents_come_first_then_the_latest():
    rows = [{**OPENED, "incident_id": name, "detected_at": at(hours)} for name, hours in (("a", 1), ("b", 3), ("c", 2))]
    closed = {**step("resolved", 20), "incident_id": "b"}
    assert fold_incidents(make_steps([*rows, closed]))["incident_id"].to_list() == ["c", "a", "b"]


def test_an_incident_is_found_by_the_beginning_of_its_id():
    known = pl.DataFrame({"incident_id": ["4f1c", "4f2d"]})
    assert find_incident(known, "4f1") == {"incident_id": "4f1c"}
    for written, what in (("4f", "2 incidents"), ("9", "no incident"), ("", "2 incidents")):
        with pytest.raises(UnknownNameError, match=f"there is {what}"):
            find_incident(known, written)


def test_an_onset_dated_after_the_detection_gives_no_latency():
    later = {**OPENED, "action": "joined", "alarm_id": "b", "at": at(13), "onset_at": at(11), "detected_at": at(12)}
    assert folded(later)["detection_s"] is None


def test_latencies_are_summed_up_over_those_known():
    rows = [{**OPENED, "incident_id": f"i{hours}", "onset_at": at(10) - timedelta(hours=hours)} for hours in (1, 2, 3)]
    found = summarise_latencies(fold_incidents(make_steps(rows)))
    assert found.row(0) == ("detection", 3, 7200.0, 10800.0, 10800.0)
    assert found.row(3) == ("decision", 0, None, None, None)
    assert summarise_latencies(fold_incidents(make_steps([])))["n"].to_list() == [0, 0, 0, 0]
