"""Which signals can be believed."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from reviewed_votes import review, simulate_votes

from feedback.errors import SchemaError
from feedback.label_model import LabelModel, describe_functions

VOTES = pl.DataFrame(
    {
        "interaction_id": ["a", "b", "c", "d"],
        "copied": [1, 1, None, None],
        "kept": [None, 0.2, 0.5, None],
        "undone": pl.Series([None, None, None, None], dtype=pl.Int8),
    }
)


def of(function: str, found: pl.DataFrame) -> dict:
    return found.row(by_predicate=(pl.col("function") == function) & (pl.col("dimension") == "all"), named=True)


def test_coverage_overlap_conflict_and_what_only_it_says():
    copied = of("copied", describe_functions(VOTES))
    assert (copied["n"], copied["n_votes"], copied["coverage"]) == (4, 2, 0.5)
    assert (copied["overlap"], copied["conflict"], copied["unique_share"]) == (0.5, 0.5, pytest.approx(1 / 3))


def test_a_function_that_never_voted_has_no_shares_of_its_votes():
    undone = of("undone", describe_functions(VOTES))
    assert (undone["coverage"], undone["unique_share"]) == (0.0, 0.0)
    assert (undone["overlap"], undone["conflict"], undone["measured_accuracy"], undone["low"]) == (None,) * 4


def test_accuracy_is_measured_where_people_judged_and_half_a_vote_takes_no_side():
    said = pl.DataFrame({"interaction_id": ["a", "b", "c"], "verdict": ["good", "bad", "bad"]})
    found = describe_functions(VOTES, said)
    kept, copied = of("kept", found), of("copied", found)
    assert (kept["n_reviewed"], kept["measured_accuracy"]) == (1, 1.0)
    assert (copied["n_reviewed"], copied["measured_accuracy"]) == (2, 0.5)
    assert copied["low"] < 0.5 < copied["high"]


def test_lift_is_what_it_adds_to_saying_the_same_of_everything():
    said = pl.DataFrame({"interaction_id": ["a", "b", "c"], "verdict": ["good", "bad", "bad"]})
    found = describe_functions(VOTES, said)
    assert of("copied", found)["lift"] == pytest.approx(1 / 2 - 1 / 3)
    assert of("kept", found)["lift"] == pytest.approx(1 - 2 / 3)


def test_a_review_drawn_rarely_counts_for_more():
    said = pl.DataFrame(
        {"interaction_id": ["a", "b"], "verdict": ["good", "bad"], "inclusion_probability": [0.25, 0.75]}
    )
    assert of("copied", describe_functions(VOTES, said))["measured_accuracy"] == pytest.approx(0.75)


def test_accuracy_is_estimated_by_a_calibrated_model_only():
    votes, is_good = simulate_votes(3_000)
    said = review(votes, is_good, 200)
    estimated = of("undone", describe_functions(votes, model=LabelModel().fit(votes, said)))["estimated_accuracy"]
    truly = 1 - is_good[votes["undone"].is_not_null().to_numpy()].mean()
    assert estimated == pytest.approx(truly, abs=0.12)
    assert of("undone", describe_functions(votes, model=LabelModel().fit(votes)))["estimated_accuracy"] is None


def test_segments_of_twenty_interactions_have_a_row():
    votes, _ = simulate_votes(100)
    few = pl.when(pl.int_range(pl.len()) >= 19).then("feature").otherwise(pl.lit("new"))
    found = describe_functions(votes.with_columns(feature=few), segments=["feature"])
    assert sorted(set(found["value"])) == ["all", "chat", "search"]
    assert found.filter(function="copied", dimension="feature")["n"].sum() == 81


def test_a_null_value_is_not_recorded():
    votes = simulate_votes(30)[0].with_columns(feature=pl.lit(None, pl.String))
    assert set(describe_functions(votes, segments=["feature"])["value"]) == {"all", "(not recorded)"}


def test_an_unknown_segment_is_named():
    with pytest.raises(SchemaError, match="no column tenant"):
        describe_functions(VOTES, segments=["tenant"])


def test_no_rows_and_no_functions_have_the_same_columns():
    full = describe_functions(VOTES)
    assert describe_functions(VOTES.clear()).schema == full.schema
    assert describe_functions(VOTES.select("interaction_id")).schema == full.schema


def test_the_order_of_rows_does_not_matter():
    votes, is_good = simulate_votes(300)
    said = review(votes, is_good, 60)
    shuffled = describe_functions(votes.sample(fraction=1, shuffle=True, seed=1).lazy(), said.lazy())
    assert_frame_equal(shuffled, describe_functions(votes, said))
