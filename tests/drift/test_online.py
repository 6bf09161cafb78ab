"""The online model: predicts first and learns after, goes on exactly where it was left, and takes what data bring."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_rows import START, labels_of

from feedback.drift import online_model
from feedback.drift.online import (
    Expectation,
    OnlineModel,
    daily_losses,
    expect_labels,
    resume_model,
    share_of_surprise,
)
from feedback.drift.online_reading import prepare_labels, read_in_batches
from feedback.errors import SchemaError

NAMES = {"dimensions": ["intent"], "measures": ["latency_ms"]}


def a_log(n: int = 400, *, minutes: float = 7.0, seed: int = 0) -> pl.DataFrame:
    """Return labels of which refunds fail and slow answers fail more often; some of everything is unknown."""
    rng = np.random.default_rng(seed)
    refund, latency = rng.random(n) < 0.4, rng.lognormal(6, 1, n)
    score = np.where(rng.random(n) < np.where(refund, 0.3, 0.9) - (latency > 600) * 0.2, 0.95, 0.1)
    labels = labels_of(score, minutes=minutes, intent=np.where(refund, "refund", "other").tolist(), latency_ms=latency)
    gaps = [
        pl.when(pl.int_range(n) % every != 0).then(name)
        for name, every in (("score", 5), ("intent", 11), ("latency_ms", 13))
    ]
    return labels.with_columns(gaps)


def expect(labels: pl.DataFrame, state: bytes | None = None) -> Expectation:
    return expect_labels(labels, **NAMES, state=state)


def test_the_first_hour_is_expected_without_knowledge_and_the_next_with_it():
    rows = expect_labels(labels_of([1.0] * 24), dimensions=[]).rows
    assert rows["expected"][:12].to_list() == [0.5] * 12
    assert rows["expected"][12:].min() > 0.5


def test_surprise_is_the_log_loss_in_nats():
    rows = expect_labels(labels_of([1.0, 0.25, None]), dimensions=[]).rows
    assert rows["surprise"].round(4).to_list() == [0.6931, 0.6931, None]


def test_what_was_learned_about_a_value_is_expected_of_it():
    rows = expect(a_log(4000)).rows.join(a_log(4000).drop("score", "final_at"), on="interaction_id").tail(2000)
    by_intent = dict(rows.drop_nulls("intent").group_by("intent").agg(pl.col("expected").mean()).iter_rows())
    assert by_intent["refund"] < 0.5 < by_intent["other"]


def test_it_does_better_than_the_mean_of_all_labels():
    log = a_log(4000)
    rows, mean = expect(log).rows, log["score"].mean()
    base = -(log["score"] * np.log(mean) + (1 - log["score"]) * np.log(1 - mean))
    assert rows["surprise"].tail(2000).mean() < base.tail(2000).mean() - 0.02


@given(cuts=st.lists(st.integers(0, 400), max_size=4), minutes=st.sampled_from([0.5, 7.0, 90.0]))
def test_a_log_in_parts_gives_the_same_to_the_last_digit(cuts: list[int], minutes: float):
    log = a_log(minutes=minutes)
    whole = expect(log)
    parts, state = [], None
    for cut in (*sorted(cuts), log.height):
        found = expect(log.head(cut), state)
        parts, state = [*parts, found.rows], found.state
    assert pl.concat(parts).equals(whole.rows)
    assert state == whole.state


def test_how_much_is_read_at_a_time_changes_nothing():
    log = a_log()
    prepared = prepare_labels(log, ["intent", "latency_ms"])
    model = OnlineModel(["intent"], ["latency_ms"])
    rows = pl.concat([model.take(batch) for batch in read_in_batches(prepared, since=None, most=20)])
    assert rows.equals(expect(log).rows)


def test_the_order_in_which_labels_come_changes_nothing():
    assert expect(a_log().sample(fraction=1.0, shuffle=True, seed=3)).rows.equals(expect(a_log()).rows)


def test_a_resumed_model_tells_of_new_labels_only():
    found = expect(a_log(), expect(a_log().head(250)).state)
    assert found.is_resumed
    assert found.rows["interaction_id"].to_list() == a_log()["interaction_id"].to_list()[250:]


def test_nothing_new_is_no_rows_and_the_same_state():
    state = expect(a_log()).state
    found = expect(a_log(), state)
    assert (found.is_resumed, found.rows.height, found.state == state) == (True, 0, True)


def test_a_label_that_came_in_behind_means_starting_anew():
    state = expect(a_log().head(300).filter(pl.col("interaction_id") != "i000100")).state
    found = expect(a_log(), state)
    assert not found.is_resumed
    assert found.rows.equals(expect(a_log()).rows)


@pytest.mark.parametrize("state", [b"", b"not a state", expect(a_log(50)).state[:-30]])
def test_bytes_that_are_no_state_are_not_taken_up(state: bytes):
    assert not expect(a_log(), state).is_resumed


def test_a_state_of_other_columns_is_not_taken_up():
    state = expect_labels(a_log(), dimensions=["intent"]).state
    assert not expect(a_log(), state).is_resumed


def test_a_state_of_another_version_of_river_is_not_taken_up(monkeypatch: pytest.MonkeyPatch):
    state = expect(a_log()).state
    monkeypatch.setattr("feedback.drift.checkpoint.versions", lambda: {"river": "0.1"})
    assert not expect(a_log(), state).is_resumed


def test_a_state_of_a_model_with_other_numbers_is_not_taken_up(monkeypatch: pytest.MonkeyPatch):
    state = expect(a_log()).state
    monkeypatch.setattr(online_model, "LEARNING_RATE", 0.2)
    assert resume_model(state, prepare_labels(a_log(), ["intent", "latency_ms"]), ["intent"], ["latency_ms"]) is None


def test_an_unknown_label_is_expected_and_not_learned_from():
    known = expect(a_log().filter(pl.col("score").is_not_null())).rows
    rows = expect(a_log()).rows
    assert rows.height == 400
    assert rows["expected"].null_count() == 0
    assert rows["surprise"].null_count() == 80
    assert known["expected"].null_count() == 0


def test_nan_and_infinity_are_unknown():
    log = a_log(60).with_columns(pl.col("score").fill_null(float("nan")), pl.col("latency_ms").fill_null(float("inf")))
    assert expect(log).rows.equals(expect(a_log(60)).rows)


def test_a_constant_measure_and_labels_of_one_kind_are_taken():
    rows = expect_labels(labels_of([1.0] * 500, cost=[2.0] * 500), dimensions=[], measures=["cost"]).rows
    assert rows["expected"][-1] > 0.8
    assert rows["surprise"].is_finite().all()


def test_values_past_a_thousand_share_one_weight():
    log = labels_of([0.9] * 3000, minutes=1.0, intent=[f"v{n % 1500}" for n in range(3000)])
    found = expect_labels(log, dimensions=["intent"])
    model = resume_model(found.state, prepare_labels(log, ["intent"]), ["intent"], [])
    assert model is not None
    assert len(model.regression.weights()[0]) == online_model.MOST_VALUES + 1


def test_of_a_busy_hour_every_kth_label_is_learned_from():
    prepared = prepare_labels(labels_of([1.0] * 2000, minutes=0.05), [])
    model = OnlineModel([])
    for batch in read_in_batches(prepared, since=None):
        model.take(batch)
    assert model.n_learned == 240


def test_automated_sessions_and_labels_without_a_time_are_left_out():
    log = labels_of([1.0, 0.0, 1.0], is_automated=[False, True, False])
    log = log.with_columns(final_at=pl.when(pl.col("interaction_id") != "i000002").then("final_at"))
    assert expect_labels(log, dimensions=[]).rows["interaction_id"].to_list() == ["i000000"]


def test_the_calibrated_probability_counts_where_there_is_one():
    log = labels_of([0.0, 0.0], p_good=[1.0, None])
    rows = expect_labels(log, dimensions=[]).rows
    assert rows.height == 2
    later = labels_of([0.0] * 200, p_good=[1.0] * 200)
    assert expect_labels(later, dimensions=[]).rows["expected"][-1] > 0.5


def test_of_several_label_versions_the_greatest_counts():
    first = labels_of([0.0] * 50, label_version=[1] * 50)
    both = pl.concat([first, labels_of([1.0] * 50, label_version=[2] * 50)])
    assert expect_labels(both, dimensions=[]).rows["expected"][-1] > 0.5


def test_times_of_another_zone_are_the_same_times():
    log = a_log().with_columns(pl.col("final_at").dt.convert_time_zone("Asia/Kolkata"))
    assert expect(log).rows.equals(expect(a_log()).rows)


def test_no_labels_are_no_rows():
    found = expect(a_log().clear())
    assert found.rows.is_empty()
    assert expect(a_log(), found.state).rows.equals(expect(a_log()).rows)


@pytest.mark.parametrize("broken", [
    pl.col("score") + 1,
    pl.col("final_at").dt.replace_time_zone(None),
    pl.lit("x").alias("unused"),
])  # fmt: skip
def test_what_cannot_be_is_refused(broken: pl.Expr):
    with pytest.raises(SchemaError, match=r"\[0, 1\]|time zone|need the column"):
        expect_labels(
            a_log().with_columns(broken).drop("intent" if "unused" in broken.meta.output_name() else []), **NAMES
        )


def test_daily_losses_leave_out_what_is_unknown():
    at = [START, START, START + timedelta(days=1)]
    rows = pl.DataFrame({"final_at": at, "surprise": [0.5, 1.5, None]})
    assert daily_losses(rows).rows() == [(START.date(), 2, 1.0)]


def test_days_are_those_of_the_declared_zone():
    rows = pl.DataFrame({"final_at": [datetime(2026, 1, 5, 23, 30, tzinfo=UTC)], "surprise": [0.5]})
    assert daily_losses(rows, time_zone="Europe/Berlin")["day"].to_list() == [datetime(2026, 1, 6).date()]  # noqa: DTZ001


def test_the_share_of_surprise_lies_between_zero_and_one():
    shares = pl.DataFrame({"surprise": [0.0, 1.5, 6.9, None]}).select(share_of_surprise())["surprise"]
    assert shares.to_list() == [0.0, 0.5, 1.0, None]
