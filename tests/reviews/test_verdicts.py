"""From all that people said to one verdict per item."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from review_rows import at, review_table, said

from feedback.reviews import current_verdicts
from feedback.schemas import empty_table


def verdict_of(*rows: dict) -> dict:
    found = current_verdicts(review_table(*rows))
    assert found.height == 1
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("good", "good"), ("good good bad", "good"), ("good bad bad", "bad"), ("good bad", "unsure"),
        ("unsure", "unsure"), ("good unsure unsure", "good"), ("unusable", "unusable"), ("unusable good", "good"),
        ("unusable unusable good", "unusable"), ("unusable unusable good bad", "unsure"),
    ],
)  # fmt: skip
def test_the_rule(verdicts: str, expected: str):
    rows = [said(f"reviewer {n}", verdict) for n, verdict in enumerate(verdicts.split())]
    assert verdict_of(*rows)["verdict"] == expected


def test_the_latest_review_of_a_reviewer_counts():
    found = verdict_of(said("ann", "bad", reviewed_at=at(9)), said("ann", "good", reviewed_at=at(3)))
    assert (found["verdict"], found["n_reviewers"], found["reviewed_at"]) == ("bad", 1, at(9))


def test_a_superseded_review_does_not_count_whoever_replaced_it():
    chain = [said("ann", "bad"), said("bob", "bad", supersedes="r1"), said("eve", "good", supersedes="r2")]
    found = verdict_of(*chain)
    assert (found["verdict"], found["reviewers"]) == ("good", ["eve"])


def test_an_earlier_review_can_supersede_a_later_one():
    rows = [said("ann", "bad", reviewed_at=at(9)), said("ann", "good", reviewed_at=at(3), supersedes="r1")]
    assert verdict_of(*rows)["verdict"] == "good"


def test_a_review_moved_to_another_item_leaves_the_first_one_unreviewed():
    rows = [said("ann", "bad"), said("ann", "bad", interaction_id="i2", supersedes="r1")]
    assert verdict_of(*rows)["interaction_id"] == "i2"


def test_score_and_agreement_are_those_of_the_reviewers():
    rows = [said("ann", "good", score=0.8), said("bob", "good"), said("eve", "bad"), said("zoe", "unsure", score=0.1)]
    found = verdict_of(*rows)
    assert found["score"] == pytest.approx((0.8 + 1 + 0) / 3)
    assert found["agreement"] == pytest.approx(1 / 3)
    assert [found[f"n_{name}"] for name in ("reviewers", "good", "bad", "unsure", "unusable")] == [4, 2, 1, 1, 0]


def test_what_nobody_knows_is_null():
    found = verdict_of(said("ann", "unsure"))
    assert (found["score"], found["agreement"], found["inclusion_probability"]) == (None, None, None)
    assert verdict_of(said("ann", "good"))["agreement"] is None


def drawn(draw: str | None, p: float | None, *, stream: str = "rate", **columns) -> dict:
    return {"draw_id": draw, "inclusion_probability": p, "stream": stream, **columns}


def test_a_single_draw_keeps_its_probability():
    assert verdict_of(drawn("d1", 0.1))["inclusion_probability"] == 0.1
    twice = (drawn("d1", 0.1), drawn("d1", 0.1, reviewer="bob"))
    assert verdict_of(*twice)["inclusion_probability"] == 0.1


def test_distinct_draws_combine():
    rows = (drawn("d1", 0.5), drawn("d2", 0.2), drawn("d2", 0.2, reviewer="bob"), drawn(None, 0.5), drawn(None, 0.5))
    assert verdict_of(*rows)["inclusion_probability"] == pytest.approx(1 - 0.5 * 0.8 * 0.5)


def test_a_draw_counts_though_its_review_was_superseded():
    found = verdict_of(drawn("d1", 0.1), {"supersedes": "r1"})
    assert (found["stream"], found["inclusion_probability"]) == ("rate", 0.1)


def test_a_mining_draw_does_not_raise_the_probability_of_a_rate_draw():
    found = verdict_of(drawn("d1", 0.1), drawn("m1", 1.0, stream="mining"))
    assert (found["stream"], found["inclusion_probability"]) == ("rate", 0.1)


def test_a_rate_draw_without_a_probability_gives_no_rate():
    assert verdict_of(drawn("d1", None))["stream"] == "import"
    mined = verdict_of(drawn("d1", None), drawn("m1", 0.3, stream="mining"))
    assert (mined["stream"], mined["inclusion_probability"]) == ("mining", 0.3)


def test_responses_and_sessions_are_items_of_their_own():
    table = review_table({}, {"level": "session"}, {"interaction_id": "i2"})
    found = current_verdicts(table).select("level", "session_id", "interaction_id").rows()
    assert found == [("response", "s1", "i1"), ("response", "s1", "i2"), ("session", "s1", None)]


def test_no_reviews_give_no_verdicts_of_the_same_schema():
    empty = current_verdicts(empty_table("reviews"))
    assert empty.is_empty()
    assert empty.schema == current_verdicts(review_table({})).schema


VERDICTS = st.sampled_from(["good", "bad", "unsure", "unusable"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "interaction_id": st.sampled_from(["i1", "i2"]),
            "verdict": VERDICTS,
            "score": st.sampled_from([None, 0.1, 1 / 3]),
            "reviewer": st.sampled_from(["ann", "bob", "eve"]),
            "reviewed_at": st.sampled_from([at(1), at(2), at(3)]),
            "draw_id": st.sampled_from([None, "d1", "d2"]),
            "inclusion_probability": st.sampled_from([None, 0.1, 1 / 3]),
            "stream": st.sampled_from(["rate", "mining", "import"]),
        }
    ),
    min_size=1,
    max_size=9,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(rows: list[dict], random):
    table = review_table(*rows)
    shuffled = [random.randrange(table.height) for _ in rows] + random.sample(range(table.height), table.height)
    assert_frame_equal(current_verdicts(table[shuffled]), current_verdicts(table), check_exact=True)
    assert_frame_equal(current_verdicts(table.lazy()).collect(), current_verdicts(table), check_exact=True)


@given(ROWS, VERDICTS)
def test_superseding_every_review_leaves_only_the_last_word(rows: list[dict], verdict: str):
    words = [{**row, "interaction_id": "i1", "supersedes": f"r{n}" if n else None} for n, row in enumerate(rows)]
    found = verdict_of(*words, said("zoe", verdict, supersedes=f"r{len(words)}"))
    assert (found["verdict"], found["reviewers"]) == (verdict, ["zoe"])


@given(ROWS)
def test_every_reviewed_item_has_one_verdict_and_its_counts_add_up(rows: list[dict]):
    table = review_table(*rows)
    found = current_verdicts(table)
    assert set(found["interaction_id"]) == set(table["interaction_id"])
    assert found["interaction_id"].is_unique().all()
    counted = pl.sum_horizontal("n_good", "n_bad", "n_unsure", "n_unusable")
    assert found.select((counted == pl.col("n_reviewers")).all()).item()
    assert found["inclusion_probability"].drop_nulls().is_between(0, 1).all()
    assert found.filter(stream="rate")["inclusion_probability"].null_count() == 0
