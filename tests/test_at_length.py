"""Laws and planted truth at a length that takes minutes: `.ci/run` runs a short version, `.ci/run full` all of it."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import label_as_it_arrives, label_whole_and_split, logs
from polars.testing import assert_frame_equal

from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels
from feedback.labelling import cast_votes, registered_functions
from feedback.simulate import simulate_traffic

pytestmark = pytest.mark.slow
EXAMPLES = min(settings().max_examples, 200)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(logs(at_most=40), st.integers(0, 40), st.randoms(use_true_random=False))
def test_any_split_and_order_of_a_long_log_gives_the_same_final_labels(
    tmp_path_factory: pytest.TempPathFactory, log: pl.DataFrame, cut: int, random
):
    whole, split = label_whole_and_split(tmp_path_factory.mktemp("long"), log, cut, random)
    assert_frame_equal(whole, split, check_column_order=False, check_exact=True)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(logs(at_most=30), st.data())
def test_lateness_within_what_is_allowed_changes_no_final_label(
    tmp_path_factory: pytest.TempPathFactory, log: pl.DataFrame, data: st.DataObject
):
    delays = data.draw(st.lists(st.integers(0, 3600), min_size=log.height, max_size=log.height))
    cuts = data.draw(st.lists(st.integers(0, log.height), max_size=4))
    whole, arrived = label_as_it_arrives(tmp_path_factory.mktemp("late"), log, delays, cuts)
    assert_frame_equal(whole, arrived, check_column_order=False, check_exact=True)


@pytest.fixture(scope="module")
def judged() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the labels of a large simulated log beside its truth, and its planted incidents."""
    simulation = simulate_traffic(days=28, sessions=40_000, seed=21)
    events = simulation.events.unique(["session_id", "event_id"], keep="first", maintain_order=True)
    interactions = derive_interactions(events, watermark=datetime(2027, 1, 1, tzinfo=UTC))
    weights = {function.name: function.weight for function in registered_functions()}
    labels = derive_labels(interactions, cast_votes(interactions), weights, label_version=1)
    truth = simulation.truth.select("interaction_id", "is_good")
    return labels.join(truth, on="interaction_id").drop_nulls("score"), simulation.incidents


def change(labels: pl.DataFrame, since: datetime, **segment: str) -> float:
    """Return how far the mean score of a segment moved from before a time to after it."""
    after = pl.col("shown_at") >= since
    chosen = labels.filter(**segment)
    return chosen.select(pl.col("score").filter(after).mean() - pl.col("score").filter(~after).mean()).item()


def test_good_answers_score_higher(judged: tuple[pl.DataFrame, pl.DataFrame]):
    labels, _ = judged
    ranked = labels.sort("score", "interaction_id")
    worst, best = ranked.head(labels.height // 5), ranked.tail(labels.height // 5)
    assert worst["is_good"].mean() < 0.45  # type: ignore[operator]
    assert best["is_good"].mean() > 0.95  # type: ignore[operator]


def test_what_got_worse_scores_lower_and_what_did_not_does_not(judged: tuple[pl.DataFrame, pl.DataFrame]):
    labels, incidents = judged
    since = dict(incidents.select("kind", "starts_at").iter_rows())
    assert change(labels, since["prompt_change"], intent="refund", language="de") < -0.15
    assert change(labels, since["ageing_index"], index_version="idx-2026-03") < -0.04
    assert abs(change(labels, since["mix_shift"], tenant="harbor-labs", feature="email_drafts")) < 0.05
    assert abs(change(labels, since["prompt_change"], intent="unit_test")) < 0.04
