"""Which requests belong together, and which the golden set reaches."""

import polars as pl

from feedback.golden import find_duplicates, find_reached, find_text_groups

KNOWN = {"example_id": pl.String, "input": pl.String, "groups": pl.List(pl.String)}


def test_near_duplicates_share_a_group_with_whom_they_repeat():
    known = pl.DataFrame([("k1", "refund for order 17 please", ["near:k0", "cluster:k1"])], schema=KNOWN, orient="row")
    fresh = pl.DataFrame({"example_id": ["b", "a"], "input": ["opening hours in May", "Refund for order 99, please!"]})
    found = dict(find_text_groups(known, fresh).iter_rows())
    assert found == {"b": ["near:b", "cluster:b"], "a": ["near:k0", "cluster:k1"]}


def test_groups_do_not_hang_on_the_order_of_rows():
    requests = [
        f"{topic} number {n} {word}" for topic in ("refund", "invoice") for n in range(5) for word in ("a", "b")
    ]
    fresh = pl.DataFrame({"example_id": [f"e{n:02}" for n in range(20)], "input": requests})
    nobody = pl.DataFrame(schema=KNOWN)
    found = find_text_groups(nobody, fresh)
    assert find_text_groups(nobody, fresh.reverse()).sort("example_id").equals(found)


def test_an_example_counts_all_it_reaches_though_another_is_nearer():
    traffic = pl.DataFrame(
        {"interaction_id": ["i1", "i2", "i3"], "request_text": ["refund order", "refund order", None]}
    )
    examples = pl.DataFrame({"example_id": ["a", "b"], "input": ["refund order", "refund order now"]})
    found = find_reached(traffic, examples, reach=0.5)
    assert found.traffic["example_id"].to_list() == ["a", "a", None]
    assert found.examples.rows() == [("a", 2), ("b", 2)]


def test_without_examples_nothing_is_reached():
    traffic = pl.DataFrame({"interaction_id": ["i1"], "request_text": ["refund"]})
    nothing = pl.DataFrame(schema={"example_id": pl.String, "input": pl.String})
    assert find_reached(traffic, nothing).traffic.rows() == [("i1", None, None)]


def test_a_good_and_a_bad_answer_to_one_question_are_no_duplicates():
    said = "how do I return the sound bar"
    columns = {"input": [said] * 3, "observed_output": ["so", "so", "so"], "label": ["good", "bad", "good"]}
    examples = pl.DataFrame({"example_id": ["a", "b", "c"], "added_at": [1, 2, 3], **columns})
    assert find_duplicates(examples).rows() == [("c", "a")]
