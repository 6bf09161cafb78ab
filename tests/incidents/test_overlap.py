from alarm_rows import alarm, alarm_table, label_rows

from feedback.incidents.overlap import measure_overlaps, read_conditions


def overlaps(alarms, *segments: str) -> dict[str, tuple[float, float]]:
    found = measure_overlaps(alarms, label_rows(), segments)
    return {segment: (share, size) for _, _, segment, share, size in found.iter_rows()}


def test_a_share_is_of_the_labels_of_the_alarm():
    found = overlaps(alarm_table(alarm("a", "feature = chat", onset=0, detected=399)), "intent = refund", "all")
    assert found == {"intent = refund": (0.5, 0.25), "all": (1.0, 1.0)}


def test_only_the_labels_between_onset_and_detection_count():
    found = overlaps(alarm_table(alarm("a", onset=4, detected=7)), "language = de", "language = en")
    assert found == {"language = de": (1.0, 1.0)}


def test_segments_that_labels_do_not_know_are_left_out():
    rows = alarm_table(alarm("a"), alarm("b", "feature = (other values)"), alarm("c", "colour = red"))
    assert overlaps(rows, "colour = red", "feature = (other values)") == {}


def test_an_alarm_without_an_onset_has_no_overlap():
    rows = alarm_table(alarm("a", onset_at=None))
    assert overlaps(rows, "all") == {}


def test_values_may_look_like_conditions():
    columns = ["intent", "intent_2"]
    assert read_conditions("intent_2 = a = b & c & intent = d", columns) == [("intent_2", "a = b & c"), ("intent", "d")]
    assert read_conditions("other = a", columns) is None
