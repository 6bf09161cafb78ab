import os
import threading
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from store_rows import DERIVED, HUMAN, NOON, clusters, commit, one_row, reservation, rows

from feedback.errors import SettingsError, StoreError
from feedback.store import Store
from feedback.store.commits import compact_rows
from feedback.store.upkeep import is_due

DAY = timedelta(days=1)


def append(store: Store, *frames: pl.DataFrame, name: str = "clusters", clock=NOON) -> None:
    for frame in frames:
        with store.writer(clock=clock) as writer:
            writer.append(name, frame)
            commit(writer, finished_at=clock)


def files(store: Store, name: str = "clusters") -> int:
    return len(store.at().find_version(name).files)


def stored(store: Store, name: str = "clusters") -> int:
    return len(list((store.path / name).glob("*.parquet")))


# Compaction


@pytest.mark.parametrize("name", DERIVED)
def test_small_files_of_a_derived_table_become_one(store, name):
    append(store, *[one_row(name)] * 3, name=name)
    assert files(store, name) == 3
    assert store.tidy(clock=NOON).compacted[name] == (3, 1)
    assert files(store, name) == 1
    assert_frame_equal(store.table(name).collect(), pl.concat([one_row(name)] * 3))


@pytest.mark.parametrize("name", HUMAN)
def test_small_files_of_a_human_table_become_one(store, name):
    for _ in range(3):
        store.append(name, one_row(name))
    assert store.tidy(clock=NOON).compacted[name] == (3, 1)
    assert_frame_equal(store.table(name).collect(), pl.concat([one_row(name)] * 3))
    assert_frame_equal(store.sql(f"FROM {name}"), pl.concat([one_row(name)] * 3))


def test_compacted_rows_are_in_the_declared_order(store):
    append(store, clusters(i3=1, i9=2), clusters(i2=3), clusters(i5=4, i1=5))
    store.tidy(clock=NOON)
    assert store.table("clusters").collect()["interaction_id"].to_list() == ["i1", "i2", "i3", "i5", "i9"]


def test_what_is_too_large_to_sort_is_compacted_all_the_same(store):
    append(store, one_row("votes", kept=pl.lit(0.5, pl.Float32)), name="votes")
    append(store, one_row("votes", interaction_id=pl.lit("y"), undone=pl.lit(1, pl.Int8)), name="votes")
    with store.writer(clock=NOON) as writer:
        assert compact_rows(store.path / "votes", "votes", most_sorted_bytes=0) == (2, 1)
        commit(writer)
    assert rows(store, "votes") == [("x", 0.5, None), ("y", None, 1)]


def test_a_column_added_later_stays_null_for_the_rows_before(store):
    append(store, one_row("votes"), name="votes")
    append(store, one_row("votes", interaction_id=pl.lit("y"), undone=pl.lit(1, pl.Int8)), name="votes")
    store.tidy(clock=NOON)
    assert store.table("votes").collect()["undone"].to_list() == [None, 1]
    assert store.table("votes").collect_schema()["undone"] == pl.Int8


def test_a_tidy_table_is_left_alone(store):
    append(store, clusters(i1=1), clusters(i2=2))
    store.tidy(clock=NOON)
    before = store.at()
    assert store.tidy(clock=NOON).compacted == {"runs": (2, 1)}
    assert store.at().run.pins == before.run.pins


def test_the_log_of_a_compacted_table_holds_no_user_text(store):
    for name, column in (("events", "text"), ("reviews", "note")):
        for _ in range(2):
            frame = one_row(name, **{column: pl.lit("my password is hunter2")})
            store.append(name, frame) if name in HUMAN else append(store, frame, name=name)
    store.tidy(clock=NOON)
    assert not any("hunter2" in log.read_text() for log in store.path.glob("*/_delta_log/*.json"))


def test_people_append_while_tables_are_tidied(store):
    def add(first: int) -> None:
        for number in range(first, first + 25):
            store.append("reservations", reservation(number))

    append(store, clusters(i1=1))
    threads = [threading.Thread(target=add, args=(first,)) for first in (0, 25)]
    for thread in threads:
        thread.start()
    n_compacted = 0
    while any(thread.is_alive() for thread in threads):
        n_compacted += "reservations" in store.tidy(clock=NOON).compacted
    assert n_compacted > 0
    assert {row[0] for row in rows(store, "reservations")} == {f"r{number}" for number in range(50)}


# What stays and what goes


def test_upkeep_is_a_run_that_changes_no_table(store):
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=1))
        commit(writer, watermark=NOON, label_version=3, sources={"app": NOON})
    done = store.tidy(clock=NOON + DAY)
    run = store.last_run()
    assert (run.run, run.command, run.finished_at) == (done.run, "upkeep", NOON + DAY) == (2, "upkeep", NOON + DAY)
    assert (run.watermark, run.label_version, run.sources) == (NOON, 3, {"app": NOON})
    assert rows(store) == [("i1", 1)]


def test_snapshots_of_the_last_days_stay_and_older_ones_expire(store):
    for day in range(10):
        append(store, clusters(**{f"i{day}": day}), clock=NOON + day * DAY)
        store.tidy(clock=NOON + day * DAY)
    # Ten runs, an upkeep after each. Run 5, of day 2, was the latest until its upkeep; that, until day 3.
    last = store.tidy(clock=NOON + 10 * DAY - timedelta(hours=1))
    assert last.n_files > 0
    for run in range(6, last.run + 1):
        assert len(rows(store.at(run))) == (run + 1) // 2 if run < last.run else 10
    with pytest.raises(StoreError, match="of table clusters"):
        store.at(1).table("clusters")


def test_the_latest_snapshot_stays_however_old(store):
    append(store, clusters(i1=1), clusters(i2=2))
    store.tidy(clock=NOON + 400 * DAY)
    assert len(rows(store.at(2))) == 2
    store.tidy(clock=NOON + 401 * DAY)
    assert len(rows(store.at(2))) == 2
    store.tidy(clock=NOON + 408 * DAY)
    assert (stored(store), rows(store)) == (1, [("i1", 1), ("i2", 2)])
    with pytest.raises(StoreError, match="version 1 of table clusters cannot be read: it has expired"):
        store.at(2).table("clusters")


def test_a_snapshot_held_open_outlives_the_upkeep_that_replaced_it(store):
    append(store, clusters(i1=1), clusters(i2=2), clock=NOON)
    held = store.at()
    for hours in (1, 160):
        store.tidy(clock=NOON + timedelta(hours=hours))
    assert rows(held) == [("i1", 1), ("i2", 2)]
    assert held.sql("SELECT sum(cluster)::BIGINT FROM clusters").item() == 3


def test_a_snapshot_held_for_longer_says_that_it_has_expired(store):
    append(store, clusters(i1=1), clusters(i2=2), clock=NOON)
    held = store.at()
    assert held.sql("SELECT sum(cluster)::BIGINT FROM clusters").item() == 3
    for day in (1, 9):
        store.tidy(clock=NOON + day * DAY)
    with pytest.raises(StoreError, match="version 1 of table clusters cannot be read: it has expired"):
        held.sql("FROM clusters")


def test_what_people_wrote_can_be_read_as_a_recent_run_saw_it(store):
    for day in range(12):
        store.append("reservations", reservation(day))
        append(store, clusters(**{f"i{day}": day}), clock=NOON + day * DAY)
        store.tidy(clock=NOON + day * DAY)
    assert [store.at(run).table("reservations").collect().height for run in (11, 13, 23)] == [6, 7, 12]
    assert stored(store, "reservations") < 30
    with pytest.raises(StoreError, match="of table reservations"):
        store.at(1).table("reservations")


@pytest.mark.parametrize("name", ["part-a.parquet", "part-a.parquet#1", "_delta_log/00000000000000000009.json#1"])
def test_what_is_just_being_written_stays_and_what_was_left_behind_goes(store, name):
    store.append("reservations", reservation(1))
    append(store, clusters(i1=1), clock=NOON)
    file = store.path / "reservations" / name
    append(store, clusters(i2=2), clock=NOON + DAY)
    file.touch()
    store.tidy(clock=NOON + 9 * DAY)
    assert file.exists()
    os.utime(file, (0, 0))
    store.tidy(clock=NOON + 9 * DAY)
    assert not file.exists()
    assert len(rows(store, "reservations")) == 1


def test_what_a_killed_run_left_goes_in_time(store):
    append(store, clusters(i1=1))
    with store.writer(clock=NOON) as writer:
        writer.append("clusters", clusters(i2=2))
    for day in (1, 2, 10):
        store.tidy(clock=NOON + day * DAY)
    assert (stored(store), rows(store)) == (1, [("i1", 1)])


@pytest.mark.slow
def test_a_clock_that_went_back_takes_nothing_away(store):
    for day in range(40):
        append(store, clusters(**{f"i{day}": day}), clock=NOON + day * DAY)
    assert store.tidy(clock=NOON + 40 * DAY).n_log_entries > 0
    assert store.tidy(clock=NOON - 40 * DAY).n_files == 0
    assert len(rows(store)) == 40


def test_too_short_a_time_is_refused(store):
    with pytest.raises(SettingsError, match="must keep what was read in the last hour"):
        store.tidy(clock=NOON, keep=timedelta(minutes=5))


# When


def test_upkeep_is_due_after_a_day(store):
    assert not store.is_upkeep_due(clock=NOON)
    append(store, clusters(i1=1))
    assert not store.is_upkeep_due(clock=NOON + timedelta(hours=23))
    assert store.is_upkeep_due(clock=NOON + DAY)
    store.tidy(clock=NOON + DAY)
    assert not store.is_upkeep_due(clock=NOON + DAY)
    append(store, clusters(i2=2), clock=NOON + DAY)
    assert store.is_upkeep_due(clock=NOON + 2 * DAY)


def test_upkeep_is_due_when_a_table_has_many_small_files(store):
    append(store, clusters(i1=1), clusters(i2=2))
    assert not is_due(store.at(), clock=NOON, most_commits=5)
    for number in range(6):
        store.append("reservations", reservation(number))
    assert is_due(store.at(), clock=NOON, most_commits=5)
    store.tidy(clock=NOON)
    assert not is_due(store.at(), clock=NOON, most_commits=5)


@pytest.mark.slow
def test_months_of_small_runs_leave_few_files_and_every_row(store):
    """300 runs, six a day, and upkeep once a day: 50 days."""
    for number in range(300):
        clock = NOON + number * DAY / 6
        with store.writer(clock=clock) as writer:
            writer.append("clusters", clusters(**{f"i{number:03}": number}))
            writer.replace("quality", one_row("quality", n=pl.lit(number, pl.Int64)))
            commit(writer, finished_at=clock)
        store.append("reservations", reservation(number))
        if store.is_upkeep_due(clock=clock):
            store.tidy(clock=clock)
    assert [cluster for _, cluster in rows(store)] == list(range(300))
    assert len(rows(store, "reservations")) == 300
    assert store.table("runs").collect().height == store.version() > 300
    for name in ("clusters", "quality", "runs", "reservations"):
        log = list((store.path / name / "_delta_log").glob("*.json"))
        # A week and up to two days of six runs and an upkeep, which commits twice; the log back to a checkpoint.
        assert len(log) <= 9 * 8 + 20, name
        assert files(store, name) <= 8, name
        assert stored(store, name) <= 9 * 8, name
