"""What examples, changes and versions are known by."""

import polars as pl
import pytest

from feedback.golden.identity import identify_example, identify_rows, keep_intact, normalise_text

SAME = [
    ("Refund?", "  Refund?\n"),
    ("one\ntwo", "one  \r\ntwo"),
    ("caf\u00e9", "cafe\u0301"),
]
DIFFERENT = [("Refund?", "refund?"), ("if x:\n  y", "if x:\ny"), ("a b", "a  b"), ("", "\u200b")]


@pytest.mark.parametrize(("some", "other"), SAME)
def test_white_space_at_the_ends_and_how_a_letter_is_written_make_no_other_example(some: str, other: str):
    assert identify_example(some, "x") == identify_example(other, "x")
    assert normalise_text(normalise_text(other)) == normalise_text(some)


@pytest.mark.parametrize(("some", "other"), DIFFERENT)
def test_case_and_indentation_do(some: str, other: str):
    assert identify_example(some, "x") != identify_example(other, "x")


def test_request_and_response_do_not_run_into_each_other():
    assert identify_example("ab", "c") != identify_example("a", "bc")
    assert identify_example("a", None) != identify_example("a", "null")


def test_the_id_of_an_example_never_changes():
    assert identify_example("Refund for order 7?", "Done.") == "217c50bceb44b067cae8ba1ea5df37b5"


def test_hostile_text_has_an_id():
    assert len(identify_example("\x00\ud800 {{ x }}", "\u202e" * 1000)) == 32


def test_a_row_that_was_tampered_with_does_not_count():
    rows = identify_rows(pl.DataFrame({"why": ["a", "b"]}), "id")
    forged = rows.with_columns(why=pl.Series(["a", "c"]))
    assert keep_intact(forged, "id")["why"].to_list() == ["a"]
    assert keep_intact(pl.concat([rows, rows]), "id").height == 2
