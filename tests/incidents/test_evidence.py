from alarm_rows import alarm, alarm_table, at

from feedback.incidents.evidence import judge_detector
from feedback.incidents.states import fold_incidents
from feedback.incidents.steps import make_steps


def opened(incident: str, alarm_id: str, action: str = "opened") -> dict:
    row = {"incident_id": incident, "action": action, "by": "feedback", "at": at(200)}
    return {**row, "alarm_id": alarm_id, "label_version": 1}


def decided(incident: str, action: str) -> dict:
    return {"incident_id": incident, "action": action, "by": "ann", "at": at(300)}


def test_marked_false_alarms_stand_beside_the_stated_budget():
    alarms = alarm_table(
        alarm("a", detected=10), alarm("b", detected=11), alarm("c", detected=12), alarm("d", detected=180),
        alarm("replayed", detected=13, is_replayed=True),
    )  # fmt: skip
    steps = make_steps(
        [opened("i1", "a"), opened("i1", "b", "joined"), opened("i2", "c"), opened("i3", "d"),
         decided("i1", "false_alarm"), decided("i2", "resolved")]
    )  # fmt: skip
    found = judge_detector(alarms, steps, fold_incidents(steps)).drop("stated")
    assert [row[1:] for row in found.rows()] == [(3, 2, 1, 1, 0, 2), (1, 1, 0, 0, 1, 0)]
    assert found["week"].dt.weekday().to_list() == [1, 1]


def test_a_false_alarm_reopened_is_none():
    alarms = alarm_table(alarm("a"))
    steps = make_steps([opened("i1", "a"), decided("i1", "false_alarm"), {**decided("i1", "reopened"), "at": at(301)}])
    found = judge_detector(alarms, steps, fold_incidents(steps))
    assert found.select("n_false_alarm", "n_undecided", "n_false_alarms_raised").row(0) == (0, 1, 0)


def test_no_alarms_say_nothing():
    steps = make_steps([])
    assert judge_detector(alarm_table(), steps, fold_incidents(steps)).is_empty()
