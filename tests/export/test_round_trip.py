"""Exported and read, every target gives the same rows, whatever the texts hold."""

import pytest
from export_rows import HOSTILE, example, examples, hostile_examples
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from feedback.export.preference_pairs import derive_pairs
from feedback.export.targets import TARGETS, read_files, write_files

OF_EXAMPLES = sorted(set(TARGETS) - {"preference_pairs"})
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"])), st.text("{}%#'\\\0 \n="))
MAYBE = st.none() | TEXTS
EXAMPLE = st.fixed_dictionaries(
    {
        "input": TEXTS,
        "observed_output": MAYBE,
        "expected": MAYBE,
        "label": st.sampled_from(["good", "bad"]),
        "label_source": st.sampled_from(["review", "behaviour", "import"]),
        "split": st.sampled_from(["train", "dev", "test", None]),
        "reason": MAYBE,
        "confidence": st.none() | st.floats(0, 1),
        "segment": MAYBE,
        "rejected_output": MAYBE,
        "tags": st.none() | st.lists(TEXTS, max_size=2),
        "provenance": TEXTS,
    }
)


@pytest.mark.parametrize("target", OF_EXAMPLES)
def test_hostile_texts_read_back(target: str):
    given_rows = hostile_examples()
    assert_frame_equal(read_files(write_files(given_rows, target), target), given_rows)


@pytest.mark.parametrize("target", OF_EXAMPLES)
@given(rows=st.lists(EXAMPLE, max_size=3))
def test_any_text_reads_back(target: str, rows: list[dict[str, object]]):
    given_rows = examples(*(example(f"e{n}", **row) for n, row in enumerate(rows)))
    assert_frame_equal(read_files(write_files(given_rows, target), target), given_rows)


@given(rows=st.lists(EXAMPLE, max_size=3))
def test_pairs_read_back(rows: list[dict[str, object]]):
    given_rows = examples(*(example(f"e{n}", **row) for n, row in enumerate(rows)))
    pairs = read_files(write_files(given_rows, "preference_pairs"), "preference_pairs")
    assert_frame_equal(pairs, derive_pairs(given_rows))


@pytest.mark.parametrize("target", TARGETS)
def test_order_of_rows_does_not_show(target: str):
    given_rows = hostile_examples()
    assert write_files(given_rows.reverse(), target) == write_files(given_rows, target)


@pytest.mark.parametrize("target", OF_EXAMPLES)
def test_a_text_of_a_megabyte_reads_back(target: str):
    given_rows = examples(example(input="{{ a }} " * 131_072))
    assert_frame_equal(read_files(write_files(given_rows, target), target), given_rows)


@pytest.mark.parametrize("target", OF_EXAMPLES)
def test_nothing_to_export_is_an_empty_frame(target: str):
    assert_frame_equal(read_files(write_files(examples(), target), target), examples())
