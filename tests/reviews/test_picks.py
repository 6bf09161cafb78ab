"""What a person sends to review: a draw with certainty, once, and judged again where it was judged before."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table

from feedback.errors import SettingsError, UnknownNameError
from feedback.pipeline import draw_reviews, ingest_logs, run_labels
from feedback.pipeline.picks import PICKED, pick_for_review, waiting_picks
from feedback.pipeline.queue import Decision, decide, draw_progress, next_item
from feedback.pipeline.queue_items import QueueFilter, list_queue_choices, queued_items
from feedback.store import Store

NOON = START + timedelta(hours=30)


def clock():
    return NOON


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with three labelled responses, none drawn."""
    rows = [event(600 * n + 2, "response", f"i{n}", feature="chat" if n else "search", text="A") for n in range(3)]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


def pick(store: Store, *ids: str, hour: int = 0):
    return pick_for_review(store, ids, by="ann", clock=lambda: NOON + timedelta(hours=hour))


def offered(store: Store, reviewer: str = "bob", *, hour: int = 0, **of) -> tuple | None:
    item = next_item(store, reviewer=reviewer, clock=NOON + timedelta(hours=hour), of=QueueFilter(**of))
    return item and (item.interaction_id, item.draw_id)


def judge(store: Store, item: str, draw: str, *, hour: int = 0, reviewer: str = "bob") -> None:
    decide(store, Decision(item, "good", draw_id=draw), reviewer=reviewer, clock=NOON + timedelta(hours=hour))


def test_a_pick_is_a_draw_of_certainty(store: Store):
    picked = pick(store, "i1", "i0")
    rows = store.table("candidates").collect().sort("rank")
    assert rows.select("interaction_id", "reason", "inclusion_probability").rows() == [
        ("i0", PICKED, 1.0), ("i1", PICKED, 1.0),
    ]  # fmt: skip
    draw = store.table("candidate_draws").collect().row(0, named=True)
    assert (draw["draw_id"], draw["stream"], draw["k"], draw["frame_n"]) == (picked.draw_id, "mining", 2, 2)
    assert store.last_run().command == "draw"


def test_what_waits_already_is_not_put_twice(store: Store):
    first = pick(store, "i1")
    assert pick(store, "i1", hour=1) == (first.draw_id, 0)
    assert pick(store, "i1", "i2", hour=1).n_new == 1
    assert store.table("candidates").collect().height == 2


def test_its_review_trains_and_enters_no_rate(store: Store):
    picked = pick(store, "i1")
    judge(store, *offered(store, draw_id=picked.draw_id))
    said = store.table("reviews").collect().row(0, named=True)
    assert (said["stream"], said["inclusion_probability"], said["draw_id"]) == ("mining", 1.0, picked.draw_id)
    assert waiting_picks(store.at()).is_empty()


def test_what_was_judged_before_is_judged_again_by_anybody(store: Store):
    first = pick(store, "i1")
    judge(store, "i1", first.draw_id)
    assert offered(store) is None
    again = pick(store, "i1", hour=1)
    assert again.n_new == 1
    assert offered(store, hour=1) == ("i1", again.draw_id)
    judge(store, "i1", again.draw_id, hour=2)
    assert offered(store, "eve", hour=2) is None
    assert draw_progress(store)["n_done"].to_list() == [1, 1]


def test_a_draw_for_a_rate_gets_the_verdict_it_waits_for(store: Store):
    drawn = draw_reviews(store, k=3, seed=1, clock=clock)["draw_id"][0]
    picked = pick(store, "i1", hour=1)
    assert offered(store, draw_id=picked.draw_id, hour=1) == ("i1", drawn)
    judge(store, "i1", drawn, hour=1)
    again = pick(store, "i1", hour=2)
    assert offered(store, draw_id=again.draw_id, hour=2) == ("i1", again.draw_id)


def test_progress_counts_ones_own(store: Store):
    picked = pick(store, "i1", "i2")
    judge(store, "i1", picked.draw_id)
    judge(store, "i2", picked.draw_id, reviewer="eve")
    assert draw_progress(store, reviewer="bob").select("n", "n_done", "n_mine").rows() == [(2, 2, 1)]


def test_the_queue_is_narrowed(store: Store):
    draw_reviews(store, k=3, seed=1, clock=clock)
    picked = pick(store, "i1")
    snapshot = store.at()
    assert queued_items(snapshot, QueueFilter(draw_id=picked.draw_id))["interaction_id"].to_list() == ["i1"]
    assert queued_items(snapshot, QueueFilter(reason=PICKED))["interaction_id"].to_list() == ["i1"]
    assert queued_items(snapshot, QueueFilter(dimension="feature", value="search"))["interaction_id"].to_list() == [
        "i0"
    ]
    assert queued_items(snapshot, QueueFilter(dimension="nowhere", value="x")).is_empty()


def test_only_neutral_reasons_are_offered(store: Store):
    pick(store, "i1")
    choices = list_queue_choices(store.at())
    assert (choices.streams, choices.reasons, choices.values) == (["mining"], [PICKED], {"feature": ["chat"]})
    nothing = list_queue_choices(Store("no/such/folder").at())
    assert (nothing.streams, nothing.reasons, nothing.values) == ([], [], {})


def test_mistakes_are_said_in_one_line(store: Store):
    with pytest.raises(UnknownNameError, match="no interaction nowhere"):
        pick(store, "i1", "nowhere")
    with pytest.raises(SettingsError, match="who sends"):
        pick_for_review(store, ["i1"], by=" ", clock=clock)
    assert store.table("candidates").select(pl.len()).collect().item() == 0
