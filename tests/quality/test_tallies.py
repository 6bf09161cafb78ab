"""Sums per day, value and group of people, and what became of the responses: literal rows in, sums out."""

from datetime import date

import polars as pl
import pytest
from event_rows import at

from feedback.quality import derive_days
from feedback.quality.tallies import GROUPS
from feedback.quality.values import name_values
from feedback.schemas import check_table, empty_table

DAY = date(2026, 1, 5)


def labels(*rows: dict) -> pl.DataFrame:
    """Return table `labels`: ids i1, i2 ..., one person each, unless the row says otherwise."""
    quiet = {
        "label_version": 1, "evidence_event_ids": [], "final_at": at(1800), "session_id": "s", "session_part": 0,
        "shown_at": at(0), "is_backfill": False, "is_automated": False, "n_votes": 1, "outcome": "failed",
    }  # fmt: skip
    filled = [{"interaction_id": f"i{n}", "user_id": f"u{n}", **quiet, **row} for n, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=empty_table("labels").schema)


def test_a_day_is_summed_up_by_value_and_group_of_people():
    found = derive_days(labels({"score": 1.0}, {"score": 0.5, "n_votes": 0}, {}), dimensions=["feature"]).tallies
    assert check_table("tallies", found).equals(found)
    sums = found.group_by("dimension", "value").agg(pl.col("n", "n_voted", "n_scored", "total").sum()).sort("dimension")
    assert sums.rows() == [("all", "all", 3, 2, 2, 1.5), ("feature", "(not recorded)", 3, 2, 2, 1.5)]


def test_a_person_is_always_in_the_same_group():
    rows = [{"user_id": "ann", "shown_at": at(86_400 * n)} for n in range(5)]
    groups = derive_days(labels(*rows), dimensions=[]).tallies
    assert groups["people"].n_unique() == 1
    assert groups["people"].is_between(0, GROUPS - 1).all()


def test_few_people_are_a_group_each():
    found = derive_days(labels(*({"user_id": f"person {n}"} for n in range(10))), dimensions=[]).tallies
    assert found.height >= 9


def test_outcomes_are_counted_per_value():
    rows = {"feature": "chat"}, {"feature": "chat", "outcome": "clean_success"}, {"feature": "mail"}
    found = derive_days(labels(*rows), dimensions=["feature"]).outcomes
    assert check_table("outcomes", found).equals(found)
    assert found.filter(dimension="feature").select("value", "outcome", "n").rows() == [
        ("chat", "clean_success", 1), ("chat", "failed", 1), ("mail", "failed", 1),
    ]  # fmt: skip


def test_automated_sessions_are_in_no_sum():
    found = derive_days(labels({"is_automated": True}, {}), dimensions=[])
    assert [part["n"].sum() for part in found] == [1, 1, 1]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_each_day_names_its_most_frequent_values(most: int):
    rows = pl.DataFrame({"day": [1, 1, 1, 2, 2], "tenant": ["a", "a", "b", "b", "c"]})
    named = name_values(rows, ["tenant"], within="day", most=most)["tenant"].to_list()
    other = "(other values)"
    assert named == {1: ["a", "a", other, "b", other]}.get(most, ["a", "a", "b", "b", "c"])
