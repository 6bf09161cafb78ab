"""From the rows of a file to reviews."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from review_rows import KNOWN, NOW, read

from feedback.errors import InputError, SchemaError, SettingsError
from feedback.schemas import check_table, empty_table

MIXED = pl.Struct({"text": pl.String, "number": pl.String})


def test_what_a_row_lacks_is_filled_in():
    found = read({"interaction_id": ["i3"], "verdict": ["bad"]}).reviews
    row = found.row(0, named=True)
    assert row.pop("review_id") == "d8484dd7263d0023bf30cefb248ac000"
    assert {name: value for name, value in row.items() if value is not None} == {
        "interaction_id": "i3", "session_id": "s2", "level": "response", "verdict": "bad", "reviewer": "ann",
        "reviewed_at": NOW, "stream": "import", "tags": [],
    }  # fmt: skip
    assert_frame_equal(check_table("reviews", found), found)


def test_a_session_is_reviewed_as_a_whole():
    raw = {
        "session_id": ["s1", None],
        "interaction_id": [None, "i3"],
        "verdict": ["good"] * 2,
        "level": [None, "Session"],
    }
    columns = ("level", "session_id", "interaction_id")
    assert set(read(raw).reviews.select(columns).rows()) == {("session", "s1", None), ("session", "s2", None)}


@pytest.mark.parametrize("score", [[0.5, 0.49], ["0.5", "0.49"], [" 1 ", "0"]])
def test_a_score_alone_gives_the_verdict(score: list):
    found = read({"interaction_id": ["i1", "i2"], "score": score}).reviews
    assert found.sort("interaction_id")["verdict"].to_list() == ["good", "bad"]
    assert found["score"].dtype == pl.Float64


def test_a_verdict_stands_beside_a_score():
    found = read({"interaction_id": ["i1"], "score": [0.6], "verdict": ["bad"]}).reviews
    assert found.select("verdict", "score").row(0) == ("bad", 0.6)


@pytest.mark.parametrize(
    "verdicts",
    [
        ["good", "bad"], [1, 0], [1.0, 0.0], [True, False], ["1.0", "0.0"], ["PASS", " Fail "], ["true", "false"],
        ["correct", "incorrect"], ["thumbs_up", "Thumbs Down"], ["👍", "👎"],
        pl.Series([{"text": "yes", "number": None}, {"text": None, "number": "0"}], dtype=MIXED),
    ],
)  # fmt: skip
def test_verdicts_are_read_the_way_people_write_them(verdicts):
    found = read({"interaction_id": ["i1", "i2"], "verdict": verdicts})
    assert found.faults.is_empty()
    assert found.reviews.sort("interaction_id")["verdict"].to_list() == ["good", "bad"]


def test_a_draw_or_a_probability_makes_it_a_review_for_a_rate():
    raw = {
        "interaction_id": ["i1", "i2", "i3"], "verdict": ["good"] * 3, "draw_id": ["d1", None, None],
        "inclusion_probability": [None, "0.25", None],
    }  # fmt: skip
    found = read(raw).reviews.sort("interaction_id")
    assert found.select("stream", "inclusion_probability").rows() == [("rate", None), ("rate", 0.25), ("import", None)]


def test_a_known_draw_says_its_probability_and_purpose():
    draws = pl.DataFrame(
        {
            "draw_id": ["d1", "d1"], "interaction_id": ["i1", "i2"], "inclusion_probability": [0.2, 1.0],
            "stream": ["mining", "mining"],
        }
    )  # fmt: skip
    raw = {"interaction_id": ["i1", "i3"], "verdict": ["good"] * 2, "draw_id": ["d1", "d1"]}
    found = read(raw, draws=draws).reviews.sort("interaction_id")
    assert found.select("stream", "inclusion_probability").rows() == [("mining", 0.2), ("rate", None)]


FAULTS = [
    ({"interaction_id": "i9"}, "interaction_id", "there is no interaction i9"),
    ({"interaction_id": None}, "interaction_id", "interaction_id and session_id are missing"),
    ({"interaction_id": None, "session_id": "s9"}, "session_id", "there is no session s9"),
    ({"session_id": "s2"}, "session_id", "interaction i1 belongs to another session"),
    (
        {"interaction_id": None, "session_id": "s1", "level": "response"},
        "interaction_id",
        "interaction_id is missing: the review is of a response",
    ),
    ({"level": "turn"}, "level", "level is neither response nor session"),
    ({"verdict": None}, "verdict", "verdict and score are missing"),
    ({"verdict": "soso"}, "verdict", "unknown verdict 'soso'"),
    ({"verdict": "-1"}, "verdict", "unknown verdict"),
    ({"verdict": "It is my secret"}, "verdict", "unknown verdict"),
    ({"score": "1.01"}, "score", "score is outside [0, 1]"),
    ({"score": "nan"}, "score", "score is outside [0, 1]"),
    ({"score": "80 %"}, "score", "score is not a number"),
    ({"verdict": None, "score": "high"}, "score", "score is not a number"),
    ({"inclusion_probability": "0"}, "inclusion_probability", "inclusion_probability is outside (0, 1]"),
    ({"inclusion_probability": "some"}, "inclusion_probability", "inclusion_probability is not a number"),
    ({"stream": "sample"}, "stream", "stream is none of rate, mining, import"),
    ({"label_version_seen": "v2"}, "label_version_seen", "label_version_seen is not a whole number"),
    ({"reviewed_at": "yesterday"}, "reviewed_at", "reviewed_at is no time in ISO 8601 or epoch"),
    ({"reviewed_at": "2026-01-05T25:00"}, "reviewed_at", "reviewed_at is no time in ISO 8601 or epoch"),
    ({"reviewed_at": "0001-01-01"}, "reviewed_at", "reviewed_at is before 1973-03-03: no epoch, or a default"),
    ({"reviewed_at": "2027-01-01"}, "reviewed_at", "reviewed_at is more than 5 minutes ahead of the clock"),
]


@pytest.mark.parametrize(("row", "column", "reason"), FAULTS)
def test_a_faulty_row_is_named_and_the_others_go_on(row: dict, column: str, reason: str):
    good = {"interaction_id": "i1", "session_id": None, "verdict": "good", "note": "secret"}
    columns = dict.fromkeys((*good, *row), pl.String)
    found = read(pl.DataFrame([good, {**good, **row}], schema=columns))
    assert found.faults.rows() == [(2, column, reason)]
    assert found.reviews.height == 1


def test_every_fault_of_a_row_is_listed():
    found = read({"interaction_id": ["i9"], "score": [7.0]}, default_reviewer=None)
    assert found.faults["column"].to_list() == ["interaction_id", "reviewer", "score"]
    assert found.reviews.is_empty()


def test_a_time_that_clocks_skipped_is_a_fault():
    raw = {"interaction_id": ["i1"], "verdict": ["good"], "reviewed_at": ["2025-03-30 02:30"]}
    assert "clocks were put forward" in read(raw, time_zone="Europe/Berlin").faults["reason"][0]


NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-06T12:00:00Z", "2026-01-06 13:00+01", "2026-01-06T14:00:00.000+0200", "2026-01-06 12:00 UTC",
        "1767700800", "1767700800000", "1767700800000000", "1767700800000000000", 1767700800, 1767700800.0, NOON,
        datetime(2026, 1, 6, 12),  # noqa: DTZ001 - a time without a zone
        "2026-01-06 12:00",
    ],
)  # fmt: skip
def test_times_are_read_the_way_people_write_them(written):
    found = read({"interaction_id": ["i1"], "verdict": ["good"], "reviewed_at": [written]})
    assert found.reviews["reviewed_at"].to_list() == [NOON]


def test_times_without_a_zone_are_in_the_declared_one_and_counted():
    raw = {"interaction_id": ["i1", "i2"], "verdict": ["good"] * 2, "reviewed_at": ["2026-01-06 13:00", None]}
    found = read(raw, time_zone="Europe/Berlin")
    assert found.reviews["reviewed_at"].to_list() == [NOON, NOW]
    assert found.n_naive_times == 1


@pytest.mark.parametrize("tags", [["slow, wrong"], ['["slow", "wrong"]'], [["slow", "wrong"]]])
def test_tags_are_a_list_or_parted_by_commas(tags: list):
    found = read({"interaction_id": ["i1"], "verdict": ["good"], "tags": tags})
    assert found.reviews["tags"].to_list() == [["slow", "wrong"]]


def test_numeric_ids_are_text():
    known = pl.DataFrame({"interaction_id": ["17"], "session_id": ["4"]})
    found = read({"interaction_id": [17.0, None], "session_id": [None, 4], "verdict": [1, 0]}, interactions=known)
    assert found.reviews.height == 2


def test_the_label_version_is_noted_for_a_review_made_now():
    known = KNOWN.with_columns(label_version=pl.lit(3))
    raw = {"interaction_id": ["i1", "i2"], "verdict": ["good"] * 2, "reviewed_at": ["2026-01-06", None]}
    assert read(raw, interactions=known).reviews["label_version_seen"].to_list() == [None, 3]


def test_the_same_rows_at_another_time_are_the_same_reviews():
    raw = {"interaction_id": ["i1", "i1", "i2"], "verdict": ["good", "good", "bad"]}
    first, again = read(raw).reviews, read(raw, clock=NOW + timedelta(days=3)).reviews
    assert first.height == 2
    assert first["review_id"].to_list() == again["review_id"].to_list()


def test_broken_rows_keep_their_number():
    raw = pl.DataFrame({"(row)": [4], "interaction_id": ["i9"], "verdict": ["good"], " note ": ["x"], "else": [1]})
    assert read(raw).faults["row"].to_list() == [4]


@pytest.mark.parametrize("columns", [{"interaction_id": ["i1"]}, {"verdict": ["good"]}])
def test_a_file_without_reviews_is_refused(columns: dict):
    with pytest.raises(InputError, match=r"a\.csv: holds no reviews"):
        read(columns)


def test_a_nested_column_is_refused():
    with pytest.raises(SchemaError, match="column note"):
        read({"interaction_id": ["i1"], "verdict": ["good"], "note": [["a"]]})


def test_clock_and_zone_must_be_known():
    raw = {"interaction_id": ["i1"], "verdict": ["good"], "reviewed_at": ["2026-01-06 12:00"]}
    with pytest.raises(SettingsError, match="no time zone 'Mars'"):
        read(raw, time_zone="Mars")
    with pytest.raises(SettingsError, match="the clock has no time zone"):
        read(raw, clock=datetime(2026, 1, 6))  # noqa: DTZ001 - a clock without a zone


def test_an_empty_file_gives_an_empty_table():
    found = read(pl.DataFrame(schema={"interaction_id": pl.String, "verdict": pl.String}))
    assert_frame_equal(found.reviews, empty_table("reviews"))
    assert found.faults.is_empty()


def test_lazy_interactions_are_fine_and_nothing_is_changed():
    raw = pl.DataFrame({"interaction_id": ["i1"], "verdict": ["good"]})
    kept = raw.clone()
    assert_frame_equal(read(raw, interactions=KNOWN.lazy()).reviews, read(raw).reviews)
    assert_frame_equal(raw, kept)


@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order: list[int]):
    raw = pl.DataFrame({"interaction_id": ["i1", "i2", "i1", "i9"], "verdict": ["good", "bad", "good", "bad"]})
    assert_frame_equal(read(raw[order]).reviews, read(raw).reviews)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_reason_quotes_what_people_wrote(note: str, verdict: str):
    raw = {"interaction_id": ["i1"], "verdict": [f"{verdict} ?!"], "note": [note], "score": ["2"]}
    assert set(read(raw).faults["reason"]) <= {"unknown verdict", "score is outside [0, 1]"}
