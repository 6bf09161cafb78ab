from itertools import permutations

import polars as pl
import pytest
from alarm_rows import alarm, alarm_table, at, label_rows

from feedback.incidents.grouping import GROUPED, group_alarms
from feedback.incidents.overlap import measure_overlaps

LABELS = label_rows()


def grouped(alarms: pl.DataFrame, known: pl.DataFrame | None = None) -> pl.DataFrame:
    every = alarms if known is None else pl.concat([known.select(alarms.columns), alarms])
    return group_alarms(alarms, measure_overlaps(every, LABELS, every["segment"]), known=known)


def groups(*alarms: dict) -> list[list[str]]:
    """Return the ids of the alarms of each incident."""
    found = grouped(alarm_table(*alarms)).group_by("incident_id", maintain_order=True).agg("alarm_id")
    return found["alarm_id"].to_list()


def known_alarms(*alarms: dict, closed_hours: float | None = None) -> pl.DataFrame:
    rows = alarm_table(*alarms)
    first = grouped(rows)["incident_id"][0]
    closed = None if closed_hours is None else at(closed_hours)
    return rows.with_columns(incident_id=pl.lit(first), closed_at=pl.lit(closed, pl.Datetime("us", "UTC")))


def test_a_drop_is_explained_by_the_segment_it_comes_from():
    whole = alarm("a", "all", rate_after=0.7)
    chat = alarm("b", "feature = chat", detected=111)
    found = grouped(alarm_table(whole, chat))
    assert found["incident_id"].n_unique() == 1
    assert found["segment"].to_list() == ["all", "feature = chat"]


def test_a_segment_that_fell_as_much_as_the_rest_explains_nothing():
    whole = alarm("a", "feature = chat", detected=200)
    refund = alarm("b", "intent = refund", detected=201)
    assert grouped(alarm_table(whole, refund))["segment"].to_list() == ["feature = chat", "feature = chat"]


def test_drops_in_different_places_are_different_incidents():
    chat, search = alarm("a", "feature = chat"), alarm("b", "feature = search", detected=111)
    assert groups(chat, search) == [["a"], ["b"]]


def test_the_same_place_much_later_is_another_incident():
    assert groups(alarm("a", "feature = chat"), alarm("b", "feature = chat", onset=200, detected=210)) == [["a"], ["b"]]


def test_a_moved_button_is_one_incident_of_a_signal_wherever_it_shows():
    moved = {"metric": "fires: copied", "change_kind": "signal"}
    rows = [
        alarm("a", "feature = chat", **moved),
        alarm("b", "language = de", detected=120, onset=102, rate_after=0.7, **moved),
        alarm("c", "intent = find", detected=300, onset=250, **moved),
        alarm("d", "feature = chat", detected=121, metric="voted", change_kind="signal"),
    ]
    found = grouped(alarm_table(*rows))
    assert found["incident_id"].n_unique() == 1
    assert set(found["kind"]) == {"signal"}
    assert found["segment"][-1] == "feature = chat"


def test_the_other_way_round_is_another_incident():
    moved = {"metric": "fires: copied", "change_kind": "signal"}
    rises = alarm("b", "intent = find", detected=120, direction="rise", rate_after=0.9, **moved)
    assert groups(alarm("a", "feature = chat", **moved), rises) == [["a"], ["b"]]


def test_alarms_that_follow_one_release_are_of_one_incident():
    release = {"follows_release": "prompt_version = v2"}
    score = alarm("a", "tenant = a", onset=80, detected=120)
    voted = alarm("b", "plan = p", onset=80, detected=121, metric="voted")
    assert groups(score, voted) == [["a"], ["b"]]
    assert groups(score | release, voted | release) == [["a", "b"]]
    assert groups(score | release, {**voted, **release, "segment": "language = en"}) == [["a"], ["b"]]


def test_traffic_is_no_quality():
    volume = alarm("b", "all", detected=111, metric="volume", change_kind="volume", rate_before=None, rate_after=None)
    more = alarm("c", "language = de", detected=112, metric="volume", change_kind="volume", direction="rise")
    assert groups(alarm("a", "all"), volume, more) == [["a"], ["b", "c"]]


def test_the_order_in_which_alarms_come_does_not_matter():
    rows = [
        alarm("a", "all", rate_after=0.75),
        alarm("b", "feature = chat", detected=112),
        alarm("c", "feature = search", detected=115, onset=109),
        alarm("d", "intent = refund", detected=118, rate_after=0.45),
    ]
    found = {tuple(map(tuple, groups(*order))) for order in permutations(rows)}
    assert len(found) == 1


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_alarms_that_come_in_parts_make_the_same_incidents(cut: int):
    rows = alarm_table(
        alarm("a", "all", rate_after=0.75),
        alarm("b", "feature = chat", detected=112),
        alarm("c", "feature = search", detected=115, onset=109),
        alarm("d", "intent = refund", detected=118, rate_after=0.45),
    )
    first = grouped(rows.head(cut))
    known = rows.head(cut).join(first.select("alarm_id", "incident_id"), on="alarm_id")
    second = grouped(rows.tail(-cut), known.with_columns(closed_at=pl.lit(None, pl.Datetime("us", "UTC"))))
    assert pl.concat([first, second]).equals(grouped(rows))


def test_an_alarm_joins_a_closed_incident_only_if_it_began_before():
    late = alarm_table(alarm("b", "feature = chat", onset=105, detected=130))
    before = known_alarms(alarm("a", "feature = chat"), closed_hours=120)
    after = known_alarms(alarm("a", "feature = chat"), closed_hours=104)
    assert grouped(late, before)["is_first"].to_list() == [False]
    assert grouped(late, after)["is_first"].to_list() == [True]


def test_an_echo_goes_where_its_cause_is():
    echo = alarm("b", "feature = search", detected=111, metric="volume", change_kind="volume", echo_of="a")
    assert groups(alarm("a", "feature = chat"), echo) == [["a", "b"]]


def test_no_alarms_make_no_incidents():
    assert grouped(alarm_table()).schema == GROUPED


def test_an_alarm_of_which_little_is_known_stands_alone():
    bare = dict.fromkeys(("onset_at", "onset_low", "onset_high", "rate_before", "rate_after", "change_kind"))
    found = grouped(alarm_table(alarm("a", "colour = red", **bare)))
    assert found.select("segment", "kind", "onset_at").row(0) == ("colour = red", None, None)
