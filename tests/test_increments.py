"""Runs that look only at what is new: the same labels as from everything, late events, restatement, following."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, at, event, event_table
from polars.testing import assert_frame_equal

from feedback.errors import SettingsError
from feedback.pipeline import current_labels, ingest_logs, restate_labels, run_labels, watch_files
from feedback.settings import Settings
from feedback.simulate import simulate_traffic
from feedback.store import Store

HOUR = 3600
DERIVED = ("interactions", "votes", "labels", "open_labels", "quality", "tallies", "outcomes", "data_health")


def clock() -> datetime:
    return START + timedelta(days=300)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def ingest(store: Store, *events: dict) -> None:
    file = store.path.parent / f"log{store.version()}.parquet"
    event_table(*events).write_parquet(file)
    ingest_logs(store, [file], clock=clock)


def conversation(name: str, start: float, act: str, *, session: str | None = None) -> list[dict]:
    about = {"session": session or f"session of {name}", "model": "m1"}
    return [
        event(start, "request", name, text="How long is the warranty?", **about),
        event(start + 2, "response", name, text="Two years.", **about),
        event(start + 9, act, name, **about),
    ]


def tables(store: Store) -> dict[str, pl.DataFrame]:
    snapshot = store.at()
    keyed = {name: snapshot.table(name).collect() for name in DERIVED}
    return {name: frame.sort(frame.columns[:4]) for name, frame in keyed.items()}


def test_a_run_looks_only_at_sessions_with_something_new(store: Store):
    ingest(store, *conversation("i1", 0, "copy"), *conversation("i2", 10, "copy"))
    assert run_labels(store, clock=clock, watermark="end").n_events == 6
    assert run_labels(store, clock=clock, watermark="end").n_events == 0
    ingest(store, *conversation("i3", 5 * HOUR, "copy"))
    assert run_labels(store, clock=clock, watermark="end").n_events == 3


def test_a_run_looks_at_sessions_of_which_a_window_has_closed(store: Store):
    ingest(store, *conversation("i1", 0, "copy"), *conversation("i2", HOUR, "copy"))
    first = run_labels(store, clock=clock, watermark=at(10))
    assert (first.n_final, first.n_open) == (0, 2)
    second = run_labels(store, clock=clock, watermark=at(HOUR))
    assert (second.n_events, second.n_final, second.n_open) == (3, 1, 1)
    third = run_labels(store, clock=clock, watermark=at(3 * HOUR))
    assert (third.n_events, third.n_final, third.n_open) == (3, 2, 0)


def test_what_is_open_and_untouched_stays_as_it_is(store: Store):
    ingest(store, *conversation("i1", 0, "reject"))
    run_labels(store, clock=clock, watermark=at(10))
    before = tables(store)["open_labels"]
    ingest(store, *conversation("i2", 20, "copy"))
    run_labels(store, clock=clock, watermark=at(10))
    after = tables(store)
    assert_frame_equal(after["open_labels"].filter(interaction_id="i1"), before)
    assert after["votes"].height == after["interactions"].height == 2


@pytest.mark.slow
def test_many_small_runs_leave_the_same_tables_as_one(tmp_path: Path):
    log = simulate_traffic(days=5, sessions=120, seed=5).events.sort("occurred_at")
    one, many = Store(tmp_path / "one" / "store"), Store(tmp_path / "many" / "store")
    settings = Settings(lateness=timedelta(0))
    for store, n_parts in ((one, 1), (many, 6)):
        store.path.parent.mkdir()
        size = -(-log.height // n_parts)
        for n in range(n_parts):
            file = store.path.parent / f"{n}.parquet"
            log.slice(n * size, size).write_parquet(file)
            ingest_logs(store, [file], clock=clock)
            run_labels(store, clock=clock, settings=settings)
        run_labels(store, clock=clock, settings=settings, watermark="end")
    left, right = tables(one), tables(many)
    for name in DERIVED:
        assert_frame_equal(left[name], right[name], check_column_order=False)


def test_late_events_are_counted_and_change_nothing(store: Store):
    ingest(store, *conversation("i1", 0, "copy"))
    run_labels(store, clock=clock, watermark="end")
    before = tables(store)
    ingest(store, event(30, "reject", "i1", session="session of i1", name="late"))
    made = run_labels(store, clock=clock, watermark="end")
    after = tables(store)
    assert (made.n_late, made.n_new_final) == (1, 0)
    assert after["data_health"]["n_late"].to_list() == [1]
    for name in ("labels", "interactions", "votes", "quality"):
        assert_frame_equal(after[name], before[name])


def test_a_restatement_lets_late_events_count_and_keeps_the_old_labels(store: Store):
    ingest(store, *conversation("i1", 0, "copy"), *conversation("i2", 60, "copy"))
    run_labels(store, clock=clock, watermark="end")
    ingest(store, event(30, "reject", "i1", session="session of i1", name="late"))
    run_labels(store, clock=clock, watermark="end")
    made = restate_labels(store, since=START.date(), clock=clock)
    assert (made.label_version, made.n_restated, made.n_changed) == (2, 2, 1)
    assert made.causes == {"late events": 1}
    labels = store.table("labels").sort("interaction_id", "label_version").collect()
    assert labels.select("interaction_id", "label_version", "outcome").rows() == [
        ("i1", 1, "clean_success"), ("i1", 2, "failed"), ("i2", 1, "clean_success"), ("i2", 2, "clean_success"),
    ]  # fmt: skip
    assert current_labels(store).sort("interaction_id").collect()["outcome"].to_list() == ["failed", "clean_success"]


def test_runs_go_on_after_a_restatement(store: Store):
    ingest(store, *conversation("i1", 0, "copy"))
    run_labels(store, clock=clock, watermark="end")
    restate_labels(store, since=START.date(), clock=clock)
    ingest(store, *conversation("i2", 5 * HOUR, "copy"))
    made = run_labels(store, clock=clock, watermark="end")
    assert (made.label_version, made.n_new_final, made.n_final, made.n_voted) == (2, 1, 2, 2)
    assert tables(store)["quality"].filter(dimension="all")["n"].to_list() == [2]


def test_a_restatement_leaves_labels_from_before_alone(store: Store):
    ingest(store, *conversation("i1", 0, "copy"), *conversation("i2", 86_400, "copy"))
    run_labels(store, clock=clock, watermark="end")
    made = restate_labels(store, since=START.date() + timedelta(days=1), clock=clock)
    assert (made.n_restated, made.n_changed) == (1, 0)
    assert current_labels(store).sort("interaction_id").collect()["label_version"].to_list() == [1, 2]


def test_a_restatement_needs_labels_made_by_the_same_rules(store: Store):
    with pytest.raises(SettingsError, match="nothing to restate"):
        restate_labels(store, since=START.date(), clock=clock)
    ingest(store, *conversation("i1", 0, "copy"))
    run_labels(store, clock=clock, watermark="end")
    with pytest.raises(SettingsError, match="feedback run labels everything anew"):
        restate_labels(store, since=START.date(), clock=clock, functions=())


def test_a_run_looks_at_everything_once_the_events_of_the_last_have_expired(store: Store):
    ingest(store, *conversation("i1", 0, "copy"))
    run_labels(store, clock=clock, watermark="end")
    before = tables(store)
    beats_its_copy = event(2, "response", "i1", session="session of i1", name="e02", text="Three.", received_at=at(3))
    ingest(store, *conversation("i2", 60, "copy"), beats_its_copy)
    for file in set((store.path / "events").glob("*.parquet")) - set(store.at().find_version("events").files):
        file.unlink()
    made = run_labels(store, clock=clock, watermark="end")
    assert (made.n_events, made.n_final) == (6, 2)
    assert_frame_equal(tables(store)["labels"].filter(interaction_id="i1"), before["labels"])


def test_health_is_counted_by_the_hour(store: Store):
    ingest(store, *conversation("i1", 0, "copy"), *conversation("i2", HOUR, "copy"))
    run_labels(store, clock=clock, watermark="end")
    ingest(store, *conversation("i3", 60, "copy"))
    run_labels(store, clock=clock, watermark="end")
    health = tables(store)["data_health"]
    assert health.select("n_events", "n_sessions", "n_responses", "n_late").rows() == [(6, 2, 2, 0), (3, 1, 1, 0)]
    assert health["null_share"].to_list() == [0.0, 0.0]


def test_files_count_once_they_no_longer_change(tmp_path: Path):
    written = iter(["half", "half a file more", None, None, None])

    def wait() -> bool:
        text = next(written, "the end")
        if text and text != "the end":
            (tmp_path / "b.csv").write_text(text)
        return text != "the end"

    (tmp_path / "a.csv").write_text("there before")
    looks = [[file.name for file in files] for files in watch_files([tmp_path], wait=wait)]
    assert looks == [["a.csv"], [], [], ["b.csv"], [], []]
