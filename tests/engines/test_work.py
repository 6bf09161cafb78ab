"""The work of an engine: the same as the pipeline's, and fit to be sent away."""

import pickle

from event_rows import at
from logs import random_log
from sessions import as_bytes, fit_model, join_shards, make_work, two_sessions

from feedback.engines import LocalEngine


def test_a_fitted_model_says_the_same_of_a_part_as_of_the_whole():
    log = random_log(2, sessions=60)
    work = make_work(model=fit_model(log))
    cut = join_shards(LocalEngine(events_per_shard=50).label(log.lazy(), work))
    assert cut["labels"]["p_good"].null_count() < cut["labels"].height
    assert as_bytes(cut) == as_bytes(join_shards([work(log)]))


def test_sent_away_it_does_the_same():
    log = random_log(3, sessions=20)
    work = make_work(model=fit_model(random_log(2, sessions=60)), previous_watermark=at(100))
    sent = pickle.loads(pickle.dumps(work))
    assert as_bytes(join_shards([sent(log)])) == as_bytes(join_shards([work(log)]))


def test_the_tables_are_about_the_same_interactions():
    interactions, votes, labels, n_events = make_work()(two_sessions())
    ids = [sorted(table["interaction_id"]) for table in (interactions, votes, labels)]
    assert ids == [["i1", "i2", "i3"]] * 3
    assert n_events == 7


def test_what_was_over_before_the_session_came_is_backfill():
    (shard,) = LocalEngine().label(two_sessions().lazy(), make_work(previous_watermark=at(1_805)))
    assert dict(shard.interactions.select("interaction_id", "is_backfill").iter_rows()) == {
        "i1": True, "i2": True, "i3": False,
    }  # fmt: skip
