"""Versions never change, whatever is appended later."""

import polars as pl
import pytest
from golden_days import STEPS, play
from golden_rows import added, at, events, name, proposed, versions
from hypothesis import given

from feedback.errors import StoreError, UnknownNameError
from feedback.golden import (
    add_examples,
    correct_example,
    cut_version,
    diff_versions,
    find_version,
    golden_frame,
    list_versions,
    read_version,
    retire_examples,
)
from feedback.golden.history import FRAME

BY = {"by": "bob", "why": "because"}


def cut(table: pl.DataFrame, known: pl.DataFrame | None = None, minutes: float = 0, note: str | None = None):
    known = versions() if known is None else known
    return pl.concat([known, cut_version(table, known, by="ann", at=at(minutes), note=note)])


def test_a_version_holds_the_set_as_it_was():
    table = added({}, {"label": "bad"})
    known = cut(table)
    frame = read_version(table, find_version(known))
    assert tuple(frame.columns) == FRAME
    assert frame.select("example_id", "label").sort("label").rows() == [(name(2), "bad"), (name(1), "good")]
    assert known.select("version", "n").rows() == [(1, 2)]


def test_a_version_in_which_nothing_changed_is_the_one_before():
    table = added({})
    known = cut(table)
    assert cut_version(table, known, by="eve", at=at(9)).is_empty()


@given(STEPS, STEPS)
def test_nothing_appended_later_changes_a_version(first: list[tuple], second: list[tuple]):
    table = play(first)
    known = cut(table, minutes=100)
    before = read_version(table, find_version(known, 1))
    later = play(second)
    backdated = later.filter(pl.col("golden_event_id").is_in(table["golden_event_id"].implode()).not_())
    grown = pl.concat([backdated, table])
    more = cut(grown, known, minutes=-1000)
    assert read_version(grown, find_version(more, 1)).equals(before)
    assert diff_versions(grown, find_version(more, 1), find_version(more, 1)).is_empty()


def test_a_diff_says_what_was_added_retired_and_corrected():
    table = added({}, {}, {})
    known = cut(table)
    table = pl.concat([table, retire_examples(table, [name(1)], at=at(1), **BY)])
    table = pl.concat([table, correct_example(table, name(2), label="bad", at=at(1), **BY)])
    fresh = proposed({"input": "request 4", "observed_output": "answer 4"})
    table = pl.concat([table, add_examples(table, fresh, by="eve", at=at(2))])
    known = cut(table, known)
    found = diff_versions(table, find_version(known, 1), find_version(known, 2))
    assert found.select("change", "example_id", "what", "label_before", "label_after", "why", "by").rows() == [
        ("added", name(4), [], None, "good", "reviewed", "eve"),
        ("corrected", name(2), ["label"], "good", "bad", "because", "bob"),
        ("retired", name(1), [], "good", None, "because", "bob"),
    ]
    assert diff_versions(table, find_version(known, 1)).equals(found)


def test_back_and_forth_leaves_a_diff_empty():
    table = added({})
    known = cut(table)
    for label in ("bad", "good"):
        table = pl.concat([table, correct_example(table, name(1), label=label, at=at(1), **BY)])
    assert diff_versions(table, find_version(known, 1)).select("change", "what").rows() == [
        ("corrected", ["label_source"])
    ] or (diff_versions(table, find_version(known, 1)).is_empty())


def test_a_change_that_is_gone_or_forged_is_noticed():
    table = added({}, {})
    version = find_version(cut(table))
    with pytest.raises(StoreError, match="1 of the 2 changes"):
        read_version(table.head(1), version)
    with pytest.raises(StoreError, match="1 of the 2 changes"):
        read_version(table.with_columns(label=pl.Series(["bad", "good"])), version)
    with pytest.raises(StoreError, match="another hash"):
        read_version(table, {**version, "content_hash": "0" * 32})


def test_two_versions_of_one_number_are_found_by_their_ids():
    table = added({})
    both = pl.concat([cut(table, note="mine"), cut(table, note="yours")])
    ids = list_versions(both)["version_id"].to_list()
    with pytest.raises(UnknownNameError, match="2 versions are called 1"):
        find_version(both, 1)
    assert [find_version(both, identity)["version_id"] for identity in ids] == ids


def test_what_there_is_not_is_said():
    with pytest.raises(UnknownNameError, match="feedback golden version"):
        find_version(versions())
    with pytest.raises(UnknownNameError, match="no version 7; there are 1"):
        find_version(cut(added({})), 7)
    assert golden_frame(events()).is_empty()
