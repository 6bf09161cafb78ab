"""What app and notebooks ask of a store, from a few conversations in a real one."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table

from feedback import explore
from feedback.errors import SettingsError, UnknownNameError
from feedback.explore import Period
from feedback.explore.labels import final_labels
from feedback.labelling import registered_functions
from feedback.pipeline import ingest_logs, run_labels
from feedback.schemas import empty_table
from feedback.store import Store
from feedback.store.snapshot import Snapshot

DAY = 86_400
TODAY = Period(date(2026, 1, 6), date(2026, 1, 6))


def clock() -> datetime:
    return START + timedelta(days=9)


def conversation(start: float, n: int, ends_with: str, *, model: str | None = "m1") -> list[dict]:
    about = {"session": f"s{n}"}
    return [
        event(start, "request", f"i{n}", text="How long is the warranty?", user_id=f"u{n}", **about),
        event(start + 2, "response", f"i{n}", text="Two years.", model=model, user_id=f"u{n}", **about),
        event(start + 9, ends_with, f"i{n}", user_id=f"u{n}", **about),
    ]


def label(folder: Path, *events: dict, watermark: datetime | str = "end") -> Snapshot:
    event_table(*events).write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark=watermark)
    return store.at()


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Six people copied yesterday's answers; today six of model m2 took them back, one of no model copied."""
    yesterday = [row for n in range(6) for row in conversation(n * 60, n, "copy", model="m2")]
    today = [row for n in range(10, 16) for row in conversation(DAY + n * 60, n, "reject", model="m2")]
    other = conversation(DAY + 3000, 20, "copy", model=None)
    return label(tmp_path_factory.mktemp("explored"), *yesterday, *today, *other)


@pytest.fixture
def empty(tmp_path: Path) -> Snapshot:
    return Store(tmp_path / "none").at()


def test_the_latest_period_ends_with_the_last_day(snapshot: Snapshot):
    assert explore.latest_period(snapshot, 1) == TODAY
    assert explore.latest_period(snapshot, 7) == Period(date(2025, 12, 31), date(2026, 1, 6))


def test_the_days_of_a_period_begin_at_its_midnights():
    period = Period(date(2026, 1, 6), date(2026, 1, 6), "America/New_York")
    assert (period.starts_at, period.ends_at) == (
        datetime(2026, 1, 6, 5, tzinfo=UTC),
        datetime(2026, 1, 7, 5, tzinfo=UTC),
    )


def test_a_period_has_a_day_at_least(snapshot: Snapshot):
    with pytest.raises(SettingsError, match="at least one day"):
        explore.latest_period(snapshot, 0)


def test_a_drop_is_found_with_its_interval(snapshot: Snapshot):
    worse, other = explore.compare_values(snapshot, TODAY, dimension="model").to_dicts()
    assert (worse["value"], worse["direction"], worse["n"], worse["n_before"]) == ("m2", "worse", 6, 6)
    assert worse["change_low"] <= worse["change"] == worse["score"] - worse["score_before"] <= worse["change_high"] < 0
    assert (other["value"], other["direction"], other["change_low"]) == ("(not recorded)", "unknown", None)


def test_values_add_up_to_everything(snapshot: Snapshot):
    everything = explore.compare_values(snapshot, TODAY).row(0, named=True)
    values = explore.compare_values(snapshot, TODAY, dimension="model")
    assert (everything["n"], everything["n_before"]) == (values["n"].sum(), values["n_before"].sum()) == (7, 6)


def test_an_unknown_dimension_is_named(snapshot: Snapshot):
    with pytest.raises(UnknownNameError, match="no dimension colour"):
        explore.compare_values(snapshot, TODAY, dimension="colour")


def test_days_without_labels_are_shown_as_such(snapshot: Snapshot):
    daily = explore.daily_scores(snapshot, TODAY.back_to(9), dimension="model").filter(value="(not recorded)")
    assert daily.select("day", "n", "mean_score").head(1).rows() == [(date(2026, 1, 5), 0, None)]
    assert daily["n"].to_list() == [0, 1]


def test_values_are_listed_by_how_frequent_they_are(snapshot: Snapshot):
    assert explore.list_dimensions(snapshot) == ["model"]
    assert explore.list_values(snapshot, "model") == ["m2", "(not recorded)"]


def test_outcomes_are_counted_from_good_to_bad(snapshot: Snapshot):
    outcomes = explore.count_outcomes(snapshot, TODAY)
    assert outcomes.select("outcome", "n").rows() == [("clean_success", 1), ("failed", 6)]
    assert outcomes["share"].sum() == pytest.approx(1)


def test_the_worst_come_first(snapshot: Snapshot):
    found = explore.list_interactions(snapshot, TODAY.back_to(2), most=7)
    assert found["outcome"].to_list() == ["failed"] * 6 + ["clean_success"]
    assert found["n_matching"].to_list() == [13] * 7
    assert found.row(0, named=True)["interaction_id"] == "i15"
    assert found.row(0, named=True)["request_text"] == "How long is the warranty?"


def test_a_list_can_be_narrowed(snapshot: Snapshot):
    both = TODAY.back_to(2)
    assert explore.list_interactions(snapshot, both, dimension="model", value="(not recorded)").height == 1
    assert explore.list_interactions(snapshot, both, outcomes=["failed"], order="newest").height == 6
    assert explore.list_interactions(snapshot, both, outcomes=["open"]).is_empty()
    with pytest.raises(SettingsError, match="order is one of worst, best, newest, conflict"):
        explore.list_interactions(snapshot, both, order="random")


def test_open_interactions_are_listed_and_counted(tmp_path: Path):
    snapshot = label(tmp_path, *conversation(0, 1, "reject"), *conversation(DAY, 2, "copy"), watermark=START)
    day = Period(date(2026, 1, 5), date(2026, 1, 6))
    assert explore.count_open(snapshot) == 2
    found = explore.list_interactions(snapshot, day, outcomes=["open"])
    assert found.select("interaction_id", "outcome", "is_final").rows() == [
        ("i1", "open", False),
        ("i2", "open", False),
    ]


def test_an_interaction_comes_with_its_label(snapshot: Snapshot):
    found = explore.find_interaction(snapshot, "i10").row(0, named=True)
    assert (found["outcome"], found["reason"], found["verdict"]) == ("failed", "rejected", None)
    with pytest.raises(UnknownNameError, match="no interaction 'nowhere'"):
        explore.find_interaction(snapshot, "nowhere")


def test_the_verdict_that_stands_is_shown(tmp_path: Path):
    path = label(tmp_path, *conversation(0, 1, "reject")).path
    first = {"review_id": "r1", "verdict": "bad", "reviewed_at": START}
    second = {"review_id": "r2", "verdict": "good", "reviewed_at": START, "supersedes": "r1"}
    always = {
        "interaction_id": "i1",
        "session_id": "s1",
        "level": "response",
        "reviewer": "ann",
        "stream": "mining",
        "tags": [],
    }
    rows = pl.DataFrame([{**always, **first}, {**always, **second}], schema=empty_table("reviews").schema)
    Store(path).append("reviews", rows)
    assert explore.find_interaction(Store(path).at(), "i1")["verdict"].to_list() == ["good"]


def test_the_session_is_told_around_the_answer(snapshot: Snapshot):
    events = explore.list_session_events(snapshot, "i10")
    assert events.select("after_s", "kind", "side", "is_shown", "is_evidence", "in_window").rows() == [
        (-2.0, "request", "asked", False, False, False),
        (0.0, "response", "answered", True, False, True),
        (7.0, "reject", "against", False, True, True),
    ]
    near = explore.list_session_events(snapshot, "i10", around=0)
    assert (near["kind"].to_list(), near["n_left_out"].to_list()) == (["response", "reject"], [1, 1])


def test_votes_come_with_what_they_weigh_and_why(snapshot: Snapshot):
    vote = explore.list_votes(snapshot, "i10").row(0, named=True)
    assert (vote["name"], vote["vote"], vote["pull"]) == ("rejected", 0.0, -vote["weight"])
    assert vote["rationale"]


def test_properties_that_are_not_recorded_are_left_out(snapshot: Snapshot):
    assert explore.list_properties(snapshot, "i10").rows() == [("model", "dimension", "m2")]
    assert explore.list_properties(snapshot, "i20").rows() == []


def test_of_several_label_versions_the_greatest_holds(tmp_path: Path):
    path = label(tmp_path, *conversation(0, 1, "reject")).path
    store = Store(path)
    run_labels(store, clock=clock, watermark="end", functions=registered_functions()[:3])
    assert store.table("labels").collect().height == 2
    assert final_labels(store.at()).select("label_version").collect()["label_version"].to_list() == [2]


def test_health_counts_what_arrived(snapshot: Snapshot):
    assert explore.count_events(snapshot).select("day", "n_events", "n_responses").rows() == [
        (date(2026, 1, 5), 18, 6),
        (date(2026, 1, 6), 21, 7),
    ]
    assert explore.count_rows_read(snapshot)["n_rows"] == 39
    assert explore.list_runs(snapshot)["command"].to_list() == ["run", "ingest"]
    columns = explore.describe_columns(snapshot).filter(column="model").row(0, named=True)
    assert (columns["recorded_share"], columns["n_values"]) == (pytest.approx(12 / 13), 1)


def test_quarantined_rows_are_summed_up_by_reason(tmp_path: Path):
    rows = event_table(*conversation(0, 1, "copy")).with_columns(kind=pl.Series(["request", "response", "dance"]))
    rows.write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    found = explore.summarise_quarantine(store.at())
    assert found.select("column", "n").rows() == [("kind", 1)]


def test_an_empty_store_gives_empty_answers(empty: Snapshot):
    assert explore.latest_period(empty, 7) is None
    assert (explore.list_dimensions(empty), explore.count_open(empty), explore.count_rows_read(empty)) == ([], 0, {})
    for frame in (
        explore.list_runs(empty), explore.summarise_quarantine(empty), explore.count_events(empty),
        explore.describe_columns(empty), explore.daily_scores(empty, TODAY), explore.compare_values(empty, TODAY),
        explore.count_outcomes(empty, TODAY), explore.list_interactions(empty, TODAY),
    ):  # fmt: skip
        assert frame.is_empty()


def test_reviews_to_go_per_value(snapshot: Snapshot):
    found = explore.reviews_to_go(snapshot, half_width=0.1, dimension="model")
    assert found.select("value", "n", "n_reviewed", "is_reachable").rows() == [
        ("m2", 12, 0, False),
        ("(not recorded)", 1, 0, False),
    ]
    assert found["n_more"][0] > 80


def test_reviews_to_go_of_an_unlabelled_store(empty: Snapshot):
    assert explore.reviews_to_go(empty, half_width=0.1).is_empty()


def test_arrival_is_summed_up(snapshot: Snapshot):
    found = explore.summarise_arrival(snapshot)
    assert (found["late_share"], found["duplicate_share"], found["quarantined_share"]) == (0, 0, 0)
    assert (found["sessions_per_user"], found["lag_s"]) == (1, None)
    assert explore.unusual_hours(snapshot).is_empty()


def test_nothing_arrived_in_an_empty_store(empty: Snapshot):
    assert explore.summarise_arrival(empty)["duplicate_share"] is None
    assert explore.unusual_hours(empty).is_empty()
