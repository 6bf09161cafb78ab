"""The laws of labels, tried on adversarial logs: thousands of random sessions, and small logs that Hypothesis shrinks.

HYPOTHESIS_PROFILE=thorough looks longer.
"""

from datetime import datetime, timedelta

import polars as pl
import pytest
from event_rows import LONG_AFTER, START, verdicts
from hypothesis import given
from hypothesis import strategies as st
from logs import SESSION_GAP, WINDOWS, logs, random_log
from polars.testing import assert_frame_equal

from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels
from feedback.labelling import cast_votes, registered_functions
from feedback.quality import derive_quality
from feedback.schemas import check_table

MOMENTS = [timedelta(minutes=10), timedelta(minutes=45), timedelta(hours=14)]
WEIGHTS = {function.name: function.weight for function in registered_functions()}
NOT_ITS_OWN = ["is_final", "is_backfill", "is_automated", "session_id", "session_part"]
"""what depends on the clock, on the size of the part, or on what was cut away on purpose"""


@pytest.fixture(scope="module", params=range(3))
def many(request: pytest.FixtureRequest) -> pl.DataFrame:
    """Some ten thousand events in 600 sessions."""
    return random_log(request.param, sessions=600)


def derive(events: pl.DataFrame, *, watermark: datetime | None = LONG_AFTER) -> pl.DataFrame:
    return derive_interactions(events, observation_window=WINDOWS, session_gap=SESSION_GAP, watermark=watermark)


def label(interactions: pl.DataFrame) -> pl.DataFrame:
    return derive_labels(interactions, cast_votes(interactions), WEIGHTS, label_version=1)


def with_parts(events: pl.DataFrame) -> pl.DataFrame:
    """Add the part of the session, worked out afresh."""
    silence = (pl.col("occurred_at") - pl.col("occurred_at").shift()).over("session_id")
    is_new = (silence > SESSION_GAP).fill_null(value=False)
    ordered = events.sort("session_id", "occurred_at", "event_id")
    return ordered.with_columns(part=is_new.cum_sum().over("session_id").cast(pl.Int64))


def cut_down(events: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return for each interaction, as a session of its own, what its part held before its window ended.

    The session is named for the interaction, `of`; its interactions are renamed after it.
    """
    own = interactions.select(
        "session_id", of="interaction_id", part="session_part", ends_at="window_ends_at"
    )  # fmt: skip
    kept = with_parts(events).join(own, on=["session_id", "part"]).filter(pl.col("occurred_at") < pl.col("ends_at"))
    return kept.with_columns(
        session_id="of", interaction_id=pl.format("{}/{}", "of", "interaction_id")
    ).drop("part", "ends_at")  # fmt: skip


def labels_from_little(events: pl.DataFrame, interactions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return interactions and labels as they come out when each sees its own part and window alone."""
    found = derive(cut_down(events, interactions))
    itself = found.filter(pl.col("interaction_id") == pl.format("{}/{}", "of", "of"))
    renamed = itself.with_columns(interaction_id="of").drop("of").sort("shown_at", "interaction_id")
    return renamed, label(renamed)


def assert_labels_depend_on_nothing_else(events: pl.DataFrame) -> None:
    interactions = derive(events)
    expected, expected_labels = labels_from_little(events, interactions)
    assert_frame_equal(interactions.drop(NOT_ITS_OWN), expected.drop(NOT_ITS_OWN))
    assert_frame_equal(label(interactions).drop(NOT_ITS_OWN), expected_labels.drop(NOT_ITS_OWN))


@given(logs())
def test_a_label_depends_only_on_its_part_inside_its_window(events: pl.DataFrame):
    assert_labels_depend_on_nothing_else(events)


def test_labels_of_many_sessions_depend_only_on_their_part_inside_their_window(many: pl.DataFrame):
    assert_labels_depend_on_nothing_else(many)


@given(logs(at_least=5), st.data())
def test_one_interaction_stays_as_it_is_when_all_else_is_taken_away(events: pl.DataFrame, data: st.DataObject):
    interactions = derive(events)
    if interactions.is_empty():
        return
    row = interactions[data.draw(st.integers(0, interactions.height - 1))]
    session, part, ends_at, name = row.select("session_id", "session_part", "window_ends_at", "interaction_id").row(0)
    alone = with_parts(events).filter(
        pl.col("session_id") == session, pl.col("part") == part, pl.col("occurred_at") < ends_at
    )
    found = derive(alone.drop("part")).filter(interaction_id=name)
    assert_frame_equal(found.drop(NOT_ITS_OWN), row.drop(NOT_ITS_OWN))


def assert_later_events_change_nothing(events: pl.DataFrame, watermark: datetime) -> None:
    then = derive(events.filter(pl.col("occurred_at") < watermark), watermark=watermark).filter("is_final")
    now = derive(events, watermark=watermark).filter("is_final")
    assert_frame_equal(now, then)
    in_the_end = derive(events).join(then, on="interaction_id", how="semi", maintain_order="left")
    assert_frame_equal(label(in_the_end), label(then))


@given(logs(at_least=5), st.data())
def test_later_events_never_change_what_is_final(events: pl.DataFrame, data: st.DataObject):
    assert_later_events_change_nothing(events, data.draw(st.sampled_from(events["occurred_at"].to_list())))


@pytest.mark.parametrize("after", MOMENTS)
def test_later_events_never_change_what_is_final_in_many_sessions(many: pl.DataFrame, after: timedelta):
    assert_later_events_change_nothing(many, START + after)


def assert_open_is_not_good(events: pl.DataFrame, watermark: datetime | None) -> None:
    still_open = derive(events, watermark=watermark).filter(~pl.col("is_final"))
    assert still_open["outcome"].null_count() == still_open.height
    votes = cast_votes(still_open).drop("interaction_id")
    assert votes.filter(pl.any_horizontal(pl.all() > 0.5)).is_empty()
    assert label(still_open).filter(pl.col("score") > 0.5).is_empty()


@given(logs(at_least=5), st.data())
def test_the_censored_is_never_good(events: pl.DataFrame, data: st.DataObject):
    assert_open_is_not_good(events, data.draw(st.none() | st.sampled_from(events["occurred_at"].to_list())))


@pytest.mark.parametrize("after", MOMENTS)
def test_the_censored_is_never_good_in_many_sessions(many: pl.DataFrame, after: timedelta):
    assert_open_is_not_good(many, START + after)


@given(logs(), st.data())
def test_the_order_of_arrival_makes_no_difference(events: pl.DataFrame, data: st.DataObject):
    order = data.draw(st.permutations(range(events.height)))
    assert_frame_equal(derive(events[order]), derive(events))


def test_the_order_of_arrival_of_many_events_makes_no_difference(many: pl.DataFrame):
    assert_frame_equal(derive(many.sample(fraction=1, shuffle=True, seed=1)), derive(many))


def test_what_is_final_has_an_outcome(many: pl.DataFrame):
    assert derive(many)["outcome"].null_count() == 0


def test_every_response_is_one_interaction(many: pl.DataFrame):
    responses = many.filter(pl.col("kind") == "response")
    shown = responses.group_by("interaction_id").agg(shown_at=pl.col("occurred_at").min())
    assert_frame_equal(derive(many).select("interaction_id", "shown_at"), shown, check_row_order=False)


def test_tables_are_as_declared(many: pl.DataFrame):
    interactions = derive(many, watermark=START + MOMENTS[1])
    check_table("events", many)
    check_table("interactions", interactions)
    check_table("votes", cast_votes(interactions))
    check_table("labels", label(interactions))


def test_no_score_without_votes_and_no_probability_without_reviews(many: pl.DataFrame):
    labels = label(derive(many))
    assert labels["p_good"].null_count() == labels.height
    assert labels.filter((pl.col("n_votes") == 0) != pl.col("score").is_null()).is_empty()


def test_evidence_is_of_its_part_inside_its_window(many: pl.DataFrame):
    named = derive(many).filter(pl.col("evidence_event_ids").list.len() > 0).explode("evidence_event_ids")
    dated = named.select(
        "session_id", "shown_at", "window_ends_at", "session_part", event_id="evidence_event_ids"
    ).join(with_parts(many), on=["session_id", "event_id"], how="left")  # fmt: skip
    inside = pl.col("occurred_at").is_between("shown_at", "window_ends_at", closed="left")
    assert dated.height > 100
    assert dated.filter(~(inside & (pl.col("part") == pl.col("session_part"))).fill_null(value=False)).is_empty()


def test_counts_of_every_dimension_add_up_to_all(many: pl.DataFrame):
    labels = label(derive(many))
    quality = derive_quality(
        labels, dimensions=["feature", "model"], reviews=verdicts(labels["interaction_id"][:99].to_list())
    )
    sums = quality.group_by("day", "dimension").agg(pl.col("n", "n_voted", "n_reviewed").sum()).sort("day")
    everything = sums.filter(dimension="all").drop("dimension")
    for dimension in ("feature", "model"):
        assert_frame_equal(sums.filter(dimension=dimension).drop("dimension"), everything)
    assert everything.sum().select("n", "n_reviewed").row(0) == (labels.height, 99)
