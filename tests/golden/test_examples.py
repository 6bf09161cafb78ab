"""Examples out of reviewed interactions: what is expected, by whom, and what is left out."""

import json

import polars as pl
from event_rows import interaction_table
from golden_rows import at

from feedback.golden import identify_example, propose_examples
from feedback.golden.examples import ACCEPTED_EDIT
from feedback.schemas import empty_table


def interactions(*rows: dict) -> pl.DataFrame:
    usual = {"request_text": "refund?", "response_text": "done", "feature": "chat"}
    return interaction_table(*({**usual, **row} for row in rows)).with_columns(intent=pl.lit("refund"))


def reviews(*rows: dict) -> pl.DataFrame:
    usual = {
        "session_id": "s",
        "level": "response",
        "reviewer": "ann",
        "reviewed_at": at(0),
        "stream": "rate",
        "tags": [],
    }
    filled = [{"interaction_id": f"i{n}", "review_id": f"r{n}", **usual, **row} for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(filled, schema=empty_table("reviews").schema)


def propose(known: pl.DataFrame, *said: dict, **settings):
    table = reviews(*said)
    verdicts = table.select("interaction_id", "verdict", "stream", "reviewed_at", reviewers=pl.concat_list("reviewer"))
    labels = pl.DataFrame({"interaction_id": ["i1"], "p_good": [0.9], "label_version": [3], "rules": ["abc"]})
    settings = {"dimensions": ["intent"], "segment_by": ["feature", "intent"], "run": 4, **settings}
    return propose_examples(verdicts, table, known, labels, **settings)


def test_an_example_is_the_request_and_the_response_with_where_they_are_from():
    row = propose(interactions({}), {"verdict": "good", "tags": ["x"]}).examples.row(0, named=True)
    assert row["example_id"] == identify_example("refund?", "done")
    assert (row["input"], row["observed_output"], row["label"], row["confidence"]) == ("refund?", "done", "good", 0.9)
    assert (row["segment"], row["tags"], row["groups"]) == ("feature = chat & intent = refund", ["x"], ["session:s"])
    told = json.loads(row["provenance"])
    assert (told["interaction_id"], told["reviewer"], told["review_id"]) == ("i1", ["ann"], ["r1"])
    assert (told["label_version"], told["rules"], told["run"]) == (3, "abc", 4)
    assert told["dimensions"]["intent"] == "refund"


def test_nothing_is_expected_that_nobody_gave():
    known = interactions({}, {"response_text": "x"}, {"outcome": "corrected", "final_text": "y", "response_text": "z"})
    found = propose(known, {"verdict": "good"}, {"verdict": "bad"}, {"verdict": "bad"}).examples
    assert found["expected"].to_list() == [None] * 3
    assert found["rejected_output"].to_list() == [None] * 3


def test_a_corrected_text_is_expected_and_says_who_gave_it():
    row = propose(interactions({}), {"verdict": "bad", "corrected_text": "do this"}).examples.row(0, named=True)
    assert (row["expected"], row["rejected_output"]) == ("do this", "done")
    assert json.loads(row["provenance"])["expected_from"] == "corrected in a review by ann"


def test_an_edit_the_person_kept_is_expected_where_a_review_says_good():
    known = interactions({"outcome": "corrected", "final_text": "done!"})
    row = propose(known, {"verdict": "good"}).examples.row(0, named=True)
    assert (row["expected"], row["rejected_output"]) == ("done!", "done")
    assert json.loads(row["provenance"])["expected_from"] == ACCEPTED_EDIT


def test_the_answer_that_was_retried_is_the_rejected_one():
    first = {"response_text": "no", "retried_after_s": 3.0}
    known = interactions(first, {"shown_at": at(1)})
    row = propose(known, {"interaction_id": "i2", "verdict": "good"}).examples.row(0, named=True)
    assert (row["observed_output"], row["rejected_output"]) == ("done", "no")
    other = interactions({**first, "request_text": "else?"}, {"shown_at": at(1)})
    assert propose(other, {"interaction_id": "i2", "verdict": "good"}).examples["rejected_output"].item() is None


def test_what_makes_no_example_is_told_without_its_text():
    known = interactions({"request_text": None}, {"request_text": " "}, {}, {}, {"request_text": "else"})
    said = ("good", "bad", "good", "bad", "unsure", "good")
    found = propose(known, *({"verdict": verdict} for verdict in said))
    assert found.examples.is_empty()
    assert found.left_out.rows() == [
        ("i1", "no request text was logged"),
        ("i2", "no request text was logged"),
        ("i3", "the same request and response were judged good and bad"),
        ("i4", "the same request and response were judged good and bad"),
        ("i6", "the interaction is not in the store"),
    ]


def test_the_same_content_is_one_example_of_all_its_sessions():
    known = interactions({"session_id": "s1"}, {"session_id": "s2"})
    found = propose(known, {"verdict": "good", "tags": ["a"]}, {"verdict": "good", "tags": ["b"]}).examples
    assert found.select("groups", "tags").rows() == [(["session:s1", "session:s2"], ["a", "b"])]


def test_columns_of_the_log_may_have_any_name():
    known = interactions({}).with_columns(tags=pl.lit("vip"), segment=pl.lit("b2b"), input=pl.lit("web"))
    found = propose(known, {"verdict": "good"}, dimensions=["tags", "input"], segment_by=["segment"]).examples
    assert found.select("segment", "tags").rows() == [("segment = b2b", [])]
    assert json.loads(found["provenance"].item())["dimensions"] == {"input": "web", "segment": "b2b", "tags": "vip"}


def test_no_review_no_example():
    assert propose(interactions({})).examples.is_empty()
