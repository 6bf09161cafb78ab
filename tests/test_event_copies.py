"""Each event stored once, each interaction in one session."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from feedback.events.copies import drop_duplicates
from feedback.events.quarantine import quarantine_faults
from feedback.events.shared_interactions import SharedInteractions, quarantine_shared_interactions
from feedback.schemas import check_table, empty_table

CLOCK = datetime(2025, 3, 1, 12, tzinfo=UTC)
NOON = datetime(2025, 1, 6, 12, tzinfo=UTC)


def events(*rows: dict) -> pl.DataFrame:
    declared = empty_table("events").schema | {"model": pl.String}
    blank = dict.fromkeys(declared)
    return pl.DataFrame([blank | {"occurred_at": NOON, "kind": "view"} | row for row in rows], schema=declared)


def ingest(stored: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    found = drop_duplicates(new, stored.lazy())
    return pl.concat([stored.join(found.replaced, on=["session_id", "event_id"], how="anti"), found.fresh])


def test_equal_copies_are_dropped_and_counted():
    log = events(
        {"session_id": "s", "event_id": "a"}, {"session_id": "s", "event_id": "a"}, {"session_id": "t", "event_id": "a"}
    )
    found = drop_duplicates(log, log.clear().lazy())
    assert found.fresh.select("session_id", "event_id").rows() == [("s", "a"), ("t", "a")]
    assert (found.n_duplicates, found.n_conflicting, found.replaced.height) == (1, 0, 0)


def test_ingesting_again_changes_nothing():
    log = events({"session_id": "s", "event_id": "a"}, {"session_id": "s", "event_id": "b", "model": "m"})
    again = drop_duplicates(log, log.lazy())
    assert (again.fresh.height, again.replaced.height, again.n_duplicates, again.n_conflicting) == (0, 0, 2, 0)


def test_a_column_that_did_not_exist_then_makes_no_difference():
    log = events({"session_id": "s", "event_id": "a"})
    again = drop_duplicates(log, log.drop("model").lazy())
    assert (again.fresh.height, again.n_duplicates) == (0, 1)


def test_the_copy_received_first_beats_a_stored_one():
    key = {"session_id": "s", "event_id": "a"}
    stored = events(key | {"received_at": NOON, "text": "later"})
    found = drop_duplicates(events(key | {"received_at": NOON - timedelta(1), "text": "first"}), stored.lazy())
    assert found.fresh["text"].to_list() == ["first"]
    assert found.replaced.rows() == [("s", "a")]
    assert (found.n_duplicates, found.n_conflicting) == (0, 1)


def test_a_copy_of_unknown_arrival_loses():
    key = {"session_id": "s", "event_id": "a"}
    found = drop_duplicates(events(key | {"text": "unknown"}), events(key | {"received_at": NOON}).lazy())
    assert (found.fresh.height, found.n_conflicting) == (0, 1)


def make_copy(event: str, hours: int | None, text: str | None, model: str | None) -> dict:
    received_at = hours and NOON + timedelta(hours=hours)
    return {"session_id": "s", "event_id": event, "received_at": received_at, "text": text, "model": model}


copies = st.lists(
    st.builds(
        make_copy,
        st.sampled_from("ab"),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([None, "x", "y"]),
        st.sampled_from([None, "m"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(rows=copies, data=st.data())
def test_no_order_and_no_split_changes_what_is_stored(rows, data):
    at_once = ingest(events(), events(*rows))
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    stored = ingest(ingest(events(), events(*shuffled[:cut])), events(*shuffled[cut:]))
    assert_frame_equal(stored, at_once, check_row_order=False)
    found = drop_duplicates(events(*rows), events().lazy())
    assert len(rows) == found.fresh.height + found.n_duplicates + found.n_conflicting


def shared(
    new: pl.DataFrame, stored: pl.DataFrame | None = None, quarantined: pl.DataFrame | None = None, **options
) -> SharedInteractions:
    found = quarantine_shared_interactions(
        new,
        (events() if stored is None else stored).lazy(),
        (empty_table("quarantine") if quarantined is None else quarantined).lazy(),
        file="a",
        clock=CLOCK,
        **options,
    )
    check_table("quarantine", found.quarantine)
    return found


def carrying(session: str, event: str, interaction: str | None) -> dict:
    return {"session_id": session, "event_id": event, "interaction_id": interaction}


def test_an_interaction_of_one_session_or_none_passes():
    new = events(carrying("s", "a", "i"), carrying("s", "b", "i"), carrying("t", "c", None), carrying("u", "d", None))
    found = shared(new, new)
    assert_frame_equal(found.fresh, new)
    assert (found.removed.height, found.quarantine.height) == (0, 0)


def test_an_interaction_in_two_sessions_goes_with_both_named():
    new = events(carrying("t", "b", "i"), carrying("t", "c", "j"))
    rows = pl.DataFrame({"session_id": ["t", "t"], "event_id": ["b", "c"], "row": [8, 9]})
    found = shared(new, events(carrying("s", "a", "i")), rows=rows)
    assert found.fresh["event_id"].to_list() == ["c"]
    assert found.removed.rows() == [("s", "a")]
    reason = "interaction_id is in more than one session: i in s, t"
    assert found.quarantine.select("session_id", "row", "reason").sort("session_id").rows() == [
        ("s", None, reason),
        ("t", 8, reason),
    ]


def test_what_was_shared_once_stays_so_and_gets_no_second_row():
    new = events(carrying("s", "a", "i"), carrying("t", "b", "i"))
    first = shared(new)
    again = shared(new.head(1), quarantined=first.quarantine)
    assert again.fresh.is_empty()
    assert again.quarantine["quarantine_id"].is_in(first.quarantine["quarantine_id"].implode()).all()
    unknown = pl.DataFrame({"row": [2], "reason": ["unknown kind"], "session_id": ["s"], "interaction_id": ["j"]})
    other = quarantine_faults(unknown, file="a", clock=CLOCK)
    assert shared(events(carrying("u", "c", "j")), quarantined=other).fresh.height == 1


@settings(max_examples=40, deadline=None)
@given(
    links=st.lists(st.tuples(st.sampled_from("stu"), st.sampled_from([None, "i", "j"])), min_size=1, max_size=6),
    data=st.data(),
)
def test_shared_interactions_do_not_depend_on_order_or_split(links, data):
    rows = [carrying(session, f"e{at}", interaction) for at, (session, interaction) in enumerate(links)]
    at_once = shared(events(*rows))
    stored, table = events(), empty_table("quarantine")
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    for part in (shuffled[:cut], shuffled[cut:]):
        found = shared(events(*part), stored, table)
        stored = pl.concat([stored.join(found.removed, on=["session_id", "event_id"], how="anti"), found.fresh])
        table = pl.concat([table, found.quarantine]).unique("quarantine_id")
    assert_frame_equal(stored, at_once.fresh, check_row_order=False)
    assert set(table["quarantine_id"]) == set(at_once.quarantine["quarantine_id"])
