"""Who reviews what next, in literal rows and through a real store."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table
from hypothesis import given
from hypothesis import strategies as st
from review_rows import NOW, at, review_table, said

from feedback.errors import SettingsError
from feedback.pipeline import draw_reviews, ingest_logs, run_labels
from feedback.pipeline.queue import Decision, decide, draw_progress, let_go, next_item, take_back
from feedback.reviews import response_verdicts
from feedback.reviews.queue import WITHDRAWN, keeps_item, open_items, queue_progress, reserve
from feedback.schemas import empty_table
from feedback.store import Store

NOBODY = empty_table("reservations")


def drawn(*items: str, draw: str = "d1", day: int = 1) -> pl.DataFrame:
    rows = [{"draw_id": draw, "interaction_id": item, "rank": n, "stream": "rate"} for n, item in enumerate(items, 1)]
    return pl.DataFrame(rows).with_columns(drawn_at=pl.lit(START + timedelta(days=day)))


def offered(candidates: pl.DataFrame, *reviews: dict, held: pl.DataFrame = NOBODY, wanted: int = 1) -> list[str]:
    """Return what ann may judge, in order."""
    found = open_items(candidates, review_table(*reviews), held, reviewer="ann", at=NOW, wanted=wanted)
    return found["interaction_id"].to_list()


def test_the_earliest_draw_and_rank_come_first_and_each_item_once():
    both = pl.concat([drawn("i9", "i1", draw="d2", day=2), drawn("i3", "i1")])
    assert offered(both) == ["i3", "i1", "i9"]


def test_what_anybody_judged_is_done():
    assert offered(drawn("i1", "i2"), said("bob", "bad")) == ["i2"]
    assert offered(drawn("i1", "i2"), said("ann", "unsure")) == ["i2"]


def test_two_people_may_be_wanted_but_nobody_judges_twice():
    candidates = drawn("i1", "i2")
    assert offered(candidates, said("bob", "bad"), wanted=2) == ["i1", "i2"]
    assert offered(candidates, said("ann", "bad"), wanted=2) == ["i2"]
    assert offered(candidates, said("bob", "bad"), said("eve", "bad"), wanted=2) == ["i2"]


def test_what_another_holds_is_passed_over_until_it_expires():
    held = reserve("i1", reviewer="bob", at=NOW - timedelta(minutes=10))
    assert offered(drawn("i1", "i2"), held=held) == ["i2"]
    expired = reserve("i1", reviewer="bob", at=NOW - timedelta(minutes=30))
    assert offered(drawn("i1", "i2"), held=expired) == ["i1", "i2"]


def test_what_one_holds_oneself_comes_first_the_latest_before_others():
    held = pl.concat(
        [reserve(item, reviewer="ann", at=NOW - timedelta(minutes=n)) for item, n in (("i3", 2), ("i2", 1))]
    )
    assert offered(drawn("i1", "i2", "i3"), held=held) == ["i2", "i3", "i1"]


def test_a_review_taken_back_leaves_the_item_open():
    back = said("bob", "unsure", tags=[WITHDRAWN], supersedes="r1")
    assert offered(drawn("i1"), said("bob", "bad"), back) == ["i1"]
    assert queue_progress(drawn("i1"), review_table(said("bob", "bad"), back))["n_done"].to_list() == [0]


@given(st.permutations(["ann", "bob", "eve"]), st.integers(1, 3))
def test_of_those_who_reserve_at_once_as_many_keep_it_as_are_wanted(people: list[str], wanted: int):
    held = pl.concat([reserve("i1", reviewer=person, at=NOW) for person in people])
    kept = [
        keeps_item("i1", review_table(), held, reviewer=person, at=NOW, wanted=wanted)
        for person in ("ann", "bob", "eve")
    ]
    assert sum(kept) == wanted


def test_progress_of_each_draw():
    both = pl.concat([drawn("i1", "i2"), drawn("i3", draw="d2", day=2)])
    found = queue_progress(both, review_table(said("ann", "good"), said("bob", "good")), wanted=2)
    assert found.select("draw_id", "n", "n_done", "n_begun").rows() == [("d1", 2, 1, 1), ("d2", 1, 0, 0)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store in which three labelled responses are drawn for review."""
    rows = [event(600 * n + 2, "response", f"i{n}", text="Two years.") for n in range(3)]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=lambda: NOW)
    run_labels(store, clock=lambda: NOW, watermark="end")
    draw_reviews(store, k=3, seed=1, clock=lambda: NOW)
    return store


def get(store: Store, reviewer: str, **settings) -> str:
    """Return the next item of a reviewer."""
    item = next_item(store, reviewer=reviewer, **{"clock": NOW, **settings})
    assert item
    return item.interaction_id


def test_two_reviewers_get_different_items_and_keep_them(store: Store):
    first, second = get(store, "ann"), get(store, "bob")
    assert first != second
    assert (get(store, "ann"), get(store, "bob")) == (first, second)


def test_a_decision_is_a_review_of_the_draw_and_the_next_item_follows(store: Store):
    item = next_item(store, reviewer="ann", clock=NOW)
    assert item
    decision = Decision(item.interaction_id, "bad", "Three years.", ("wrong fact",), draw_id=item.draw_id)
    assert decide(store, decision, reviewer="ann", clock=NOW) == decide(store, decision, reviewer="ann", clock=NOW)
    stored = store.table("reviews").collect()
    columns = ("verdict", "corrected_text", "tags", "stream", "inclusion_probability", "label_version_seen")
    assert stored.select(columns).rows() == [("bad", "Three years.", ["wrong fact"], "rate", 1.0, 1)]
    assert get(store, "ann") != item.interaction_id
    assert draw_progress(store).select("n", "n_done").rows() == [(3, 1)]


def test_what_is_taken_back_comes_again_and_can_be_decided_anew(store: Store):
    item = get(store, "ann")
    review = decide(store, Decision(item, "bad"), reviewer="ann", clock=NOW)
    get(store, "ann")
    later = NOW + timedelta(minutes=1)
    assert take_back(store, review, clock=later) == item
    assert response_verdicts(store.table("reviews").collect())["verdict"].to_list() == ["unsure"]
    assert get(store, "ann", clock=later) == item
    decide(store, Decision(item, "good"), reviewer="ann", clock=later + timedelta(minutes=1))
    assert response_verdicts(store.table("reviews").collect())["verdict"].to_list() == ["good"]
    assert store.table("reviews").select(pl.len()).collect().item() == 3


def test_an_item_let_go_is_open_to_others(store: Store):
    item = get(store, "ann")
    let_go(store, item, reviewer="ann", clock=NOW)
    assert get(store, "ann", passed_over=[item]) != item
    assert get(store, "bob") == item


def test_nothing_is_left_when_all_are_judged(store: Store):
    for _ in range(3):
        decide(store, Decision(get(store, "ann"), "good"), reviewer="ann", clock=NOW)
    assert next_item(store, reviewer="ann", clock=NOW) is None
    assert next_item(store, reviewer="bob", clock=NOW) is None
    assert get(store, "bob", wanted=2)


def test_mistakes_are_said_in_one_line(store: Store):
    with pytest.raises(SettingsError, match="say who reviews"):
        next_item(store, reviewer=" ", clock=NOW)
    with pytest.raises(SettingsError, match="a verdict is one of good, bad"):
        decide(store, Decision("i1", "great"), reviewer="ann", clock=NOW)
    with pytest.raises(SettingsError, match="there is no interaction nowhere"):
        decide(store, Decision("nowhere", "good"), reviewer="ann", clock=NOW)
    with pytest.raises(SettingsError, match="no such review"):
        take_back(store, "nothing", clock=at(0))
