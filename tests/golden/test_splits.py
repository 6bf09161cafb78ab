"""Whatever belongs together stays on one side, and nobody moves."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import SettingsError
from feedback.golden import SPLITS, Shares, assign_splits, find_leaks

SCHEMA = {"example_id": pl.String, "groups": pl.List(pl.String), "split": pl.String}


def table(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame([row if len(row) == 3 else (*row, None) for row in rows], schema=SCHEMA, orient="row")


def test_a_group_keeps_its_side():
    known = table(("a", ["session:1"], "dev"))
    assert assign_splits(table(("b", ["session:1", "cluster:x"])), known)["split"].to_list() == ["dev"]


def test_groups_that_are_tied_through_others_go_together():
    fresh = table(("a", ["session:1"]), ("b", ["session:1", "cluster:x"]), ("c", ["cluster:x"]))
    assert assign_splits(fresh, table())["split"].n_unique() == 1


def test_what_would_tie_two_sides_is_left_out_and_told():
    known = table(("a", ["session:1"], "train"), ("b", ["cluster:x"], "test"))
    fresh = table(("c", ["session:1", "cluster:x"]), ("d", ["cluster:x"]))
    found = assign_splits(fresh, known)
    assert found["split"].to_list() == [None, "test"]
    assert found["split_reason"].to_list() == [
        "ties test and train together: its session and its text cluster have examples on different sides",
        None,
    ]


def test_one_that_is_left_out_ties_nothing():
    known = table(("a", ["session:1"], "train"), ("b", ["cluster:x"], "test"), ("c", ["session:1", "cluster:x"], None))
    assert assign_splits(table(("d", ["session:1"])), known)["split"].to_list() == ["train"]


def test_sides_have_the_shares_they_should():
    fresh = table(*((f"e{n}", [f"session:{n}"]) for n in range(2_000)))
    counts = assign_splits(fresh, table(), shares=Shares(0.5, 0.2, 0.3))["split"].value_counts(normalize=True)
    found = dict(counts.iter_rows())
    assert [round(found[side], 1) for side in SPLITS] == [0.5, 0.2, 0.3]


def test_shares_must_add_up():
    with pytest.raises(SettingsError, match="add up to 1"):
        Shares(0.5, 0.5, 0.5)


def test_nothing_to_place():
    assert assign_splits(table(), table()).is_empty()


KEYS = st.lists(st.sampled_from([f"k:{n}" for n in range(8)]), max_size=3)


@given(st.lists(st.lists(KEYS, min_size=1, max_size=4), max_size=4), st.randoms())
def test_no_group_is_ever_separated_and_nobody_moves(batches: list[list[list[str]]], random):
    known = table()
    for number, batch in enumerate(batches):
        fresh = table(*((f"e{number}-{n}", sorted(set(keys))) for n, keys in enumerate(batch)))
        sides = assign_splits(fresh[random.sample(range(fresh.height), fresh.height)], known)
        assert sides.sort("example_id").equals(assign_splits(fresh, known).sort("example_id"))
        assert (sides["split"].is_null() == sides["split_reason"].is_not_null()).all()
        known = pl.concat([known, fresh.drop("split").join(sides.drop("split_reason"), on="example_id")])
    assert find_leaks(known).is_empty()
