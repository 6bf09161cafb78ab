"""Reviews out to a file and in again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from review_rows import KNOWN, NOW, read

from feedback.cli.tables import write_frame
from feedback.export.spreadsheets import restore_columns
from feedback.reviews import export_reviews, identify_reviews
from feedback.schemas import check_table, empty_table
from feedback.sources import read_log

LATER = NOW + timedelta(days=9)
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["a,b", 'he said "no"', "two\nlines", " x ", "=1+1", "👍 é"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
)
SHARES = st.one_of(st.none(), st.floats(0, 1))


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """Return table `reviews` as the app or an import would write it."""
    rows = [
        {
            **draw(st.sampled_from(KNOWN.to_dicts())),
            "level": "response",
            "verdict": draw(st.sampled_from(["good", "bad", "unsure", "unusable"])),
            "score": draw(SHARES),
            "reviewer": draw(st.sampled_from(["ann", "bob b."])),
            "reviewed_at": draw(st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
            "draw_id": draw(st.sampled_from([None, "d1"])),
            "inclusion_probability": draw(st.one_of(st.none(), st.floats(0, 1, exclude_min=True))),
            "stream": draw(st.sampled_from(["rate", "mining", "import"])),
            "corrected_text": draw(TEXTS),
            "tags": draw(st.lists(st.sampled_from(["slow", "a, b", '["x"]', " y", "17"]), max_size=3)),
            "note": draw(TEXTS),
            "supersedes": draw(st.sampled_from([None, "0" * 32])),
            "label_version_seen": draw(st.sampled_from([None, 3])),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]
    table = pl.DataFrame(rows, schema=empty_table("reviews").schema)
    return check_table("reviews", identify_reviews(table).unique("review_id")).sort("reviewed_at", "review_id")


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(table=tables())
def test_an_exported_file_reads_back_to_the_same_reviews(tmp_path: Path, ending: str, table: pl.DataFrame):
    file = tmp_path / f"reviews{ending}"
    write_frame(export_reviews(table), file)
    raw = read_log(file)
    found = read(raw.frame if raw.is_typed else restore_columns(raw.frame), clock=LATER)
    assert found.faults.is_empty()
    empty_is_none = pl.col("corrected_text", "note").replace("", None)
    assert_frame_equal(found.reviews, table.with_columns(empty_is_none))


def test_a_review_without_a_written_time_keeps_its_id():
    table = read({"interaction_id": ["i1"], "verdict": ["good"]}).reviews
    assert_frame_equal(read(export_reviews(table), clock=LATER).reviews, table)


def test_a_zero_byte_spoils_no_file(tmp_path: Path):
    table = read({"interaction_id": ["i1"], "verdict": ["good"], "note": ["a\0b"]}).reviews
    assert table["note"].to_list() == ["ab"]
    write_frame(export_reviews(table.with_columns(note=pl.lit("a\0b"))), tmp_path / "out.csv")
    assert_frame_equal(read(read_log(tmp_path / "out.csv").frame).reviews, table)


def test_an_edited_row_supersedes_the_review_it_was():
    table = read({"interaction_id": ["i1", "i2"], "verdict": ["good", "good"]}).reviews
    edited = export_reviews(table).with_columns(
        verdict=pl.when(interaction_id="i1").then(pl.lit("bad")).otherwise("verdict")
    )
    found, old = read(edited).reviews, table.filter(interaction_id="i1")
    assert (
        found.filter(interaction_id="i2")["review_id"].to_list()
        == table.filter(interaction_id="i2")["review_id"].to_list()
    )
    assert found.filter(interaction_id="i1")["supersedes"].to_list() == old["review_id"].to_list()
    assert_frame_equal(read(edited, clock=LATER).reviews, found)


def test_the_id_of_another_tool_is_passed_over():
    raw = {"review_id": ["17"], "interaction_id": ["i1"], "verdict": ["good"]}
    assert_frame_equal(read(raw).reviews, read({"interaction_id": ["i1"], "verdict": ["good"]}).reviews)


def test_nothing_is_exported_from_nothing():
    assert export_reviews(empty_table("reviews")).columns == empty_table("reviews").columns
