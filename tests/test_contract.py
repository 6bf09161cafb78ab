"""What every stage keeps to: empty, shuffled and lazy input, inputs left alone, the declared table returned."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import pytest
from event_rows import LONG_AFTER, START
from logs import random_log
from polars.testing import assert_frame_equal

from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels, score_votes
from feedback.labelling import cast_votes, registered_functions
from feedback.quality import derive_quality
from feedback.schemas import TABLES

WEIGHTS = {function.name: function.weight for function in registered_functions()}
EVENTS = random_log(1, sessions=40)
INTERACTIONS = derive_interactions(EVENTS, watermark=LONG_AFTER)
VOTES = cast_votes(INTERACTIONS)
LABELS = derive_labels(INTERACTIONS, VOTES, WEIGHTS, label_version=1)


@dataclass(frozen=True)
class Stage:
    """One stage: what it takes, how it runs, which table comes out."""

    takes: tuple[pl.DataFrame, ...]
    run: Callable
    table: str | None
    is_sorted: bool = True


STAGES = {
    "derive_interactions": Stage(
        (EVENTS,), lambda events: derive_interactions(events, watermark=LONG_AFTER), "interactions"
    ),
    "cast_votes": Stage((INTERACTIONS,), cast_votes, "votes", is_sorted=False),
    "score_votes": Stage((VOTES,), lambda votes: score_votes(votes, WEIGHTS), None, is_sorted=False),
    "derive_labels": Stage(
        (INTERACTIONS, VOTES),
        lambda interactions, votes: derive_labels(interactions, votes, WEIGHTS, label_version=1),
        "labels",
    ),
    "derive_quality": Stage(
        (LABELS,),
        lambda labels: derive_quality(labels, dimensions=["feature", "model"], time_zone="Asia/Kathmandu"),
        "quality",
    ),
}  # fmt: skip
stages = pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)


@stages
def test_empty_input_gives_an_empty_frame_of_the_same_schema(stage: Stage):
    found = stage.run(*(frame.clear() for frame in stage.takes))
    assert found.is_empty()
    assert found.schema == stage.run(*stage.takes).schema


@stages
@pytest.mark.parametrize("seed", range(3))
def test_shuffled_input_gives_the_same_rows(stage: Stage, seed: int):
    shuffled = [frame.sample(fraction=1, shuffle=True, seed=seed + n) for n, frame in enumerate(stage.takes)]
    found, expected = stage.run(*shuffled), stage.run(*stage.takes)
    if not stage.is_sorted:
        found, expected = found.sort("interaction_id"), expected.sort("interaction_id")
    assert_frame_equal(found, expected)


@stages
def test_lazy_equals_eager(stage: Stage):
    lazy = stage.run(*(frame.lazy() for frame in stage.takes))
    assert isinstance(lazy, pl.LazyFrame)
    assert_frame_equal(lazy.collect(), stage.run(*stage.takes))


@stages
def test_run_again_it_gives_the_same(stage: Stage):
    assert_frame_equal(stage.run(*stage.takes), stage.run(*stage.takes))


@stages
def test_inputs_are_left_alone(stage: Stage):
    before = [frame.clone() for frame in stage.takes]
    stage.run(*stage.takes)
    for frame, copy in zip(stage.takes, before, strict=True):
        assert_frame_equal(frame, copy)


@stages
def test_columns_and_types_are_the_declared_ones(stage: Stage):
    found = stage.run(*stage.takes)
    declared = TABLES[stage.table].columns if stage.table else {}
    assert dict(list(found.schema.items())[: len(declared)]) == declared


@stages
def test_keys_are_unique_and_rows_in_the_declared_order(stage: Stage):
    if stage.table is None:
        pytest.skip("no table of the store")
    found, table = stage.run(*stage.takes), TABLES[stage.table]
    assert found.height > 0
    assert not found.select(table.key).is_duplicated().any()
    if stage.is_sorted:
        assert_frame_equal(found, found.sort(table.order))


def test_the_log_behind_these_tests_has_some_of_everything():
    assert EVENTS["occurred_at"].min() >= START
    assert INTERACTIONS["outcome"].n_unique() == 6
    assert sum(VOTES[name].null_count() < VOTES.height for name in WEIGHTS) == len(WEIGHTS)
