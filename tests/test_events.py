"""Rows as they were written to clean canonical events, each stored once."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from feedback.errors import InputError, SchemaError, SettingsError
from feedback.events import normalise, quarantine
from feedback.events.copies import drop_duplicates
from feedback.events.normalise import NormalisedEvents, normalise_events
from feedback.events.shared_interactions import quarantine_shared_interactions
from feedback.events.times import parse_times
from feedback.schemas import check_table, empty_table
from feedback.sources import raw_log
from feedback.sources.registry import read_log

CLOCK = datetime(2025, 3, 1, 12, tzinfo=UTC)
NOON = datetime(2025, 1, 6, 12, tzinfo=UTC)
REAL = Path(__file__).parent.parent / "../shared/real"


def raw(**columns) -> pl.DataFrame:
    """Return two views with the columns given."""
    frame = {"event_id": ["e1", "e2"], "occurred_at": [NOON] * 2, "kind": ["view"] * 2, "session_id": ["s1"] * 2}
    return pl.DataFrame(frame | columns, strict=False)


def normalise_raw(frame: pl.DataFrame, **options) -> NormalisedEvents:
    found = normalise_events(frame, **{"file": "a", "clock": CLOCK, "columns": empty_table("columns")} | options)
    for name in ("events", "quarantine", "columns"):
        check_table(name, getattr(found, name))
    return found


def faults(found: NormalisedEvents) -> list[tuple]:
    return found.quarantine.select("row", "column", "reason").rows()


def test_readers_and_events_agree_on_the_name_of_the_row():
    assert raw_log.ROW == normalise.ROW


def test_a_clean_row_passes_unchanged():
    found = normalise_raw(raw(text=["a", "b"], value=[1, 2.5], user_id=["u", None]))
    assert found.events.select("event_id", "text", "value", "user_id").rows() == [
        ("e1", "a", 1.0, "u"),
        ("e2", "b", 2.5, None),
    ]
    assert found.rows.rows() == [("s1", "e1", 1), ("s1", "e2", 2)]
    assert found.quarantine.is_empty()


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"kind": ["view", "thumbs_up"]}, ("kind", "unknown kind 'thumbs_up'")),
        ({"kind": ["view", "my secret"]}, ("kind", "unknown kind")),
        ({"kind": ["view", None]}, ("kind", "kind is missing")),
        ({"event_id": ["e1", " "]}, ("event_id", "event_id is missing")),
        ({"event_id": [1.0, 2.5]}, ("event_id", "event_id is no id: a number with a fraction")),
        ({"session_id": ["s1", None]}, ("session_id", "session_id is missing")),
        ({"occurred_at": ["2025-01-06", "my secret"]}, ("occurred_at", "occurred_at is no time in ISO 8601 or epoch")),
        ({"occurred_at": ["2025-01-06", None]}, ("occurred_at", "occurred_at is missing")),
        (
            {"occurred_at": [1736164800, 12]},
            ("occurred_at", "occurred_at is before 1973-03-03: no epoch, or a default"),
        ),
        ({"received_at": [None, "soon"]}, ("received_at", "received_at is no time in ISO 8601 or epoch")),
        ({"value": ["1", "much"]}, ("value", "value is not a number")),
        ({"value": [1.0, float("nan")]}, ("value", "value is not a finite number")),
        ({"value": [1.0, float("inf")]}, ("value", "value is not a finite number")),
        (
            {"value": [1, -1]},
            ("value", "value is out of range: edit, undo and rating lie in [0, 1], a view in [0, inf)"),
        ),
        ({"kind": ["view", "rating"]}, ("value", "value is missing: a rating needs one")),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_the_others_go_on(columns, fault):
    found = normalise_raw(raw(**columns))
    assert found.events["event_id"].to_list() in (["e1"], ["1"])
    assert faults(found) == [(2, *fault)]


def test_every_fault_of_a_row_is_listed_once_with_its_ids():
    found = normalise_raw(raw(kind=["view", "x"], occurred_at=["2025-01-06T12:00Z", "x"], value=["1", "x"]))
    assert [column for _, column, _ in faults(found)] == ["occurred_at", "kind", "value"]
    assert found.quarantine.select("event_id", "session_id").unique().rows() == [("e2", "s1")]
    again = normalise_raw(raw(kind=["view", "x"]), clock=CLOCK + timedelta(days=1))
    assert set(again.quarantine["quarantine_id"]) < set(found.quarantine["quarantine_id"])


def test_text_that_is_no_text_is_quarantined():
    assert faults(normalise_raw(raw(text=[True, None]))) == [(1, "text", "text is not text: true or false")]
    mixed = pl.Series([{"text": "a", "number": None}, {"text": None, "number": "4"}])
    assert faults(normalise_raw(raw().with_columns(text=mixed))) == [(2, "text", "text is not text: a number")]


def test_an_event_ahead_of_the_clock_is_quarantined_beyond_five_minutes():
    late = [CLOCK + timedelta(minutes=5), CLOCK + timedelta(minutes=5, seconds=1)]
    found = normalise_raw(raw(occurred_at=late))
    assert faults(found) == [(2, "occurred_at", "occurred_at is more than 5 minutes ahead of the clock")]


def test_the_clock_may_be_in_any_zone():
    elsewhere = CLOCK.astimezone(timezone(timedelta(hours=5)))
    found = normalise_raw(raw(kind=["view", "x"], model=["m", "m"]), clock=elsewhere)
    assert found.quarantine["quarantined_at"].to_list() == found.columns["since"].to_list() == [CLOCK]


def test_ids_may_be_numbers_and_kinds_any_case():
    found = normalise_raw(raw(event_id=[1, 2], user_id=[7.0, None], kind=["View ", "COPY"], session_id=[2**64, 2**64]))
    columns = found.events.select("event_id", "user_id", "kind", "session_id")
    assert columns.rows() == [("1", "7", "view", str(2**64)), ("2", None, "copy", str(2**64))]


def test_a_response_without_interaction_id_is_named_by_session_and_event():
    found = normalise_raw(raw(kind=["response", "accept"], interaction_id=["", None]))
    assert found.events["interaction_id"].to_list() == ["s1/e1", None]


@pytest.mark.parametrize(
    "written",
    [
        "2025-01-06T12:00:00Z",
        "2025-01-06 12:00:00.000000",
        "2025-01-06T12:00",
        " 2025-01-06 12:00:00 UTC ",
        "2025-01-06T13:30:00.000+01:30",
        "2025-01-06t08:00:00-0400",
        "2025-01-06 14:00+02",
        "1736164800",
        "1736164800.0",
        "1736164800000",
        1736164800,
        1736164800.0,
        1736164800_000,
        1736164800_000_000,
        1736164800_000_000_000,
        datetime(2025, 1, 6, 12),  # noqa: DTZ001
        NOON,
    ],
)
def test_noon_is_noon_however_it_is_written(written):
    assert parse_times(pl.Series([written, None]), zone="UTC")["instant"].to_list() == [NOON, None]


def test_fractions_of_a_second_are_kept_to_the_microsecond():
    written = ["2025-01-06T12:00:00.123456789Z", "1736164800.123456", "1736164800123.456", "1736164800123456789"]
    read = parse_times(pl.Series(written), zone="UTC")["instant"]
    assert read.unique().to_list() == [NOON.replace(microsecond=123456)]
    numbers = pl.Series([1736164800.123456, 1736164800123.456])
    assert parse_times(numbers, zone="UTC")["instant"].unique().to_list() == [NOON.replace(microsecond=123456)]


@pytest.mark.parametrize(
    "written",
    ["2025-02-30", "2025-01-06T25:00", "12:00", "06/01/2025", "2025-01-06T12:00+99:00", "1e9", "20250106", "-5"],
)
def test_what_is_no_time_is_null(written):
    assert parse_times(pl.Series([written]), zone="UTC")["instant"].to_list() == [None]


def test_naive_times_are_read_in_the_declared_zone_and_counted():
    times = ["2025-01-06 13:00", "2025-01-06T12:00Z"]
    found = normalise_raw(raw(occurred_at=times, received_at=[date(2025, 1, 7), None]), time_zone="Europe/Berlin")
    assert found.events["occurred_at"].to_list() == [NOON, NOON]
    assert found.events["received_at"][0] == datetime(2025, 1, 6, 23, tzinfo=UTC)
    assert found.n_naive_times == 2


def test_a_clock_put_back_takes_the_earlier_time_and_one_put_forward_none():
    times = ["2024-10-27 02:30", "2024-03-31 02:30"]
    found = normalise_raw(raw(occurred_at=times), time_zone="Europe/Berlin")
    assert found.events["occurred_at"].to_list() == [datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]
    assert faults(found) == [
        (2, "occurred_at", "occurred_at does not exist in Europe/Berlin: clocks were put forward then")
    ]


def test_further_columns_become_dimensions_and_measures():
    further = {" model ": ["m", ""], "beta": [True, None], "shipped": [date(2025, 1, 6), None], "n_tokens": [3, None]}
    found = normalise_raw(raw(**further, empty=[None, None], cost=[0.5, float("nan")]))
    assert found.events.columns[9:] == ["beta", "cost", "model", "n_tokens", "shipped"]
    assert found.events.select("beta", "cost", "shipped", "model", "n_tokens").rows() == [
        ("true", 0.5, "2025-01-06", "m", 3.0),
        (None, None, None, None, None),
    ]
    assert dict(found.columns.select("column", "role").iter_rows()) == {
        "beta": "dimension", "cost": "measure", "model": "dimension", "n_tokens": "measure", "shipped": "dimension",
    }  # fmt: skip
    assert found.n_not_finite == 1


def test_names_of_ours_get_a_suffix_that_lasts():
    first = normalise_raw(raw(score=[1, 2]))
    assert first.columns.select("column", "incoming_name").rows() == [("score_in", "score")]
    second = normalise_raw(raw(score=[1, 2], score_in=["a", "b"]), columns=first.columns)
    assert second.columns.select("column", "incoming_name").rows() == [("score_in_2", "score_in")]


def test_names_that_are_empty_or_repeat_once_stripped_are_told_apart():
    found = normalise_raw(raw(**{"m": ["a", "b"], " m": ["c", "d"], "": ["e", "f"], "(occurred_at)": ["g", "h"]}))
    assert found.events.columns[9:] == ["m", "m_2", "occurred_at)", "unnamed"]


def test_text_formats_find_measures_by_their_values():
    columns = {"cost": ["0.5", "1e3"], "build": ["007", "008"], "version": ["1", "x"], "prompt_version": ["3", "4"]}
    found = normalise_raw(raw(**columns), is_typed=False)
    assert dict(found.columns.select("column", "role").iter_rows()) == {
        "build": "dimension", "cost": "measure", "prompt_version": "dimension", "version": "dimension",
    }  # fmt: skip
    assert normalise_raw(raw(cost=["1", "2"])).columns["role"].to_list() == ["dimension"]


def test_a_later_mismatch_is_quarantined_and_never_cast():
    known = normalise_raw(raw(plan=["a", "b"], cost=[1, 2])).columns
    found = normalise_raw(raw(plan=[1, None], cost=["3", "none"]), columns=known)
    assert faults(found) == [
        (1, "plan", "plan is a dimension but the row holds a number"),
        (2, "cost", "cost is a measure but the row holds none"),
    ]
    digits = normalise_raw(raw(plan=["1", "2"]), columns=known, is_typed=False)
    assert digits.events["plan"].to_list() == ["1", "2"]


def test_a_column_that_mixes_takes_the_role_of_the_many():
    values = [{"text": None, "number": "3"}, {"text": "v4", "number": None}]
    found = normalise_raw(raw().with_columns(release=pl.Series(values)))
    assert found.events["release"].to_list() == ["v4"]
    assert faults(found) == [(1, "release", "release is a dimension but the row holds a number")]


def test_declared_roles_win_at_first_and_cannot_change_later():
    found = normalise_raw(raw(release=[3.0, 4.5]), roles={"release": "dimension"})
    assert found.events["release"].to_list() == ["3", "4.5"]
    assert normalise_raw(raw(feature=[1, 2])).events["feature"].to_list() == ["1", "2"]
    with pytest.raises(SettingsError, match="is stored as a dimension and cannot become a measure"):
        normalise_raw(raw(release=[3.0, 4.5]), roles={"release": "measure"}, columns=found.columns)
    with pytest.raises(SettingsError, match="there is no role 'number'"):
        normalise_raw(raw(release=[3.0, 4.5]), roles={"release": "number"})


def test_impossible_arguments_and_files_are_one_clear_line():
    with pytest.raises(SettingsError, match="the clock has no time zone"):
        normalise_raw(raw(), clock=datetime(2025, 1, 1))  # noqa: DTZ001
    with pytest.raises(SettingsError, match="there is no time zone 'Mars'"):
        normalise_raw(raw(), time_zone="Mars")
    with pytest.raises(InputError, match="a: is no event log: it lacks the columns event_id, occurred_at"):
        normalise_raw(raw().drop("event_id", "occurred_at"))
    with pytest.raises(SchemaError, match="column tags is List"):
        normalise_raw(raw(tags=[["a"], []]))


def test_empty_input_gives_empty_tables():
    for frame in (pl.DataFrame(), raw().clear(), pl.DataFrame({raw_log.ROW: pl.Series([], dtype=pl.Int64)})):
        found = normalise_raw(frame)
        assert (found.events.height, found.quarantine.height, found.columns.height) == (0, 0, 0)


def test_a_missing_required_column_quarantines_its_rows():
    assert faults(normalise_raw(raw().drop("session_id"))) == [
        (1, "session_id", "session_id is missing"),
        (2, "session_id", "session_id is missing"),
    ]


def test_broken_lines_become_quarantine_rows():
    broken = raw_log.list_broken([(4, "the line is not JSON")])
    table = quarantine.quarantine_broken(broken, file="a.jsonl", clock=CLOCK)
    assert check_table("quarantine", table).select("file", "row", "reason").rows() == [
        ("a.jsonl", 4, "the line is not JSON")
    ]


LOG = [
    {"event_id": "e1", "occurred_at": "2025-01-06T12:00:00.5Z", "kind": "request", "session_id": "s1",
     "text": 'é "q",\nx', "value": None, "model": "m1", "cost": 0.1, "n": 3, "beta": True, "meta": None},
    {"event_id": "e2", "occurred_at": "2025-01-06 12:00", "kind": "edit", "session_id": "s1",
     "text": "", "value": 1 / 3, "model": None, "cost": 1e-7, "n": None, "beta": None, "meta": None},
    {"event_id": "e3", "occurred_at": "yesterday", "kind": "edit", "session_id": "s1",
     "text": "t", "value": 0.5, "model": "m2", "cost": None, "n": -4, "beta": False, "meta": None},
]  # fmt: skip


def test_the_same_log_in_every_format_gives_the_same_events(tmp_path):
    frame = pl.DataFrame(LOG)
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_csv(tmp_path / "a.csv")
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LOG))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    (tmp_path / "slow.jsonl").write_text((tmp_path / "a.jsonl").read_text() + '{"meta":{"a":1}}\n')
    found = []
    for name in ("a.parquet", "a.csv", "a.jsonl", "a.jsonl.gz"):
        log = read_log(tmp_path / name)
        found.append(normalise_raw(log.frame, is_typed=log.is_typed))
    for other in found[1:]:
        assert_frame_equal(found[0].events, other.events)
        assert_frame_equal(found[0].columns, other.columns)
        assert_frame_equal(found[0].quarantine, other.quarantine)
    line_by_line = normalise_raw(read_log(tmp_path / "slow.jsonl").frame).events.drop("meta")
    assert_frame_equal(found[0].events, line_by_line)


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53).map(float)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(texts, numbers | st.none()), min_size=1, max_size=4))
def test_any_text_and_number_survives_csv_and_json(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    ours = raw().head(1).with_columns(occurred_at=pl.lit("2025-01-06T12:00Z")).drop("event_id")
    frame = pl.DataFrame(rows, schema={"text": pl.String, "cost": pl.Float64}, orient="row")
    frame = frame.with_row_index("event_id").join(ours, how="cross")
    frame.write_csv(folder / "a.csv")
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in frame.iter_rows(named=True)))
    expected = [(text, cost) for text, cost in rows]
    for name in ("a.csv", "a.jsonl"):
        log = read_log(folder / name)
        events = normalise_raw(log.frame, is_typed=log.is_typed, roles={"cost": "measure"}).events
        cost = events["cost"] if "cost" in events.columns else pl.Series([None] * events.height)
        assert list(zip(events["text"], cost, strict=True)) == expected


@pytest.mark.skipif(not REAL.exists(), reason="the real logs are not here")
@pytest.mark.parametrize("file", sorted(REAL.glob("*/events.parquet")), ids=lambda file: file.parent.name)
def test_real_logs_are_read_whole_and_alike_in_every_format(file, tmp_path):
    frame = pl.read_parquet(file)
    frame.write_csv(tmp_path / "a.csv")
    frame.write_ndjson(tmp_path / "a.jsonl")
    whole = normalise_raw(read_log(file).frame, clock=datetime(2025, 12, 1, tzinfo=UTC))
    assert (whole.events.height, whole.quarantine.height) == (frame.height, 0)
    for name in ("a.csv", "a.jsonl"):
        log = read_log(tmp_path / name)
        found = normalise_raw(log.frame, clock=datetime(2025, 12, 1, tzinfo=UTC), is_typed=log.is_typed)
        assert_frame_equal(found.events, whole.events)
    once = drop_duplicates(whole.events, whole.events.clear().lazy())
    assert (once.fresh.height, once.n_duplicates, once.n_conflicting) == (frame.height, 0, 0)
    nothing = empty_table("quarantine").lazy()
    shared = quarantine_shared_interactions(once.fresh, once.fresh.clear().lazy(), nothing, file="a", clock=CLOCK)
    assert shared.quarantine.is_empty()
