import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake
from polars.testing import assert_frame_equal

from feedback.errors import SchemaError, SettingsError, StoreError, StoreLockedError, UnknownNameError
from feedback.schemas import TABLES, empty_table
from feedback.store import Store
from feedback.store.writer import Writer

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
VALUES = {
    pl.String: "x",
    pl.Int64: 1,
    pl.Float64: 0.5,
    pl.Boolean: True,
    pl.Date: date(2024, 5, 1),
    pl.Datetime: NOON,
    pl.List(pl.String): ["a", "b"],
}
CHECKED = {
    "kind": "view", "role": "measure", "outcome": "failed", "level": "session", "verdict": "bad", "stream": "mining",
    "action": "added", "label": "good", "sources": [{"source": "app", "latest_at": NOON}],
    "pins": [{"table": "labels", "version": 3}], "heads": [], "counts": [{"name": "events", "n": 2}],
}  # fmt: skip
HUMAN = [name for name, table in TABLES.items() if table.is_human]
DERIVED = [name for name, table in TABLES.items() if not table.is_human and name != "runs"]


@pytest.fixture
def store(tmp_path):
    # Percent-encoding, SQL quotes and hive-like names are all in play.
    return Store(tmp_path / "day=3" / "it's a störe")


def clusters(**cluster_of: int) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": list(cluster_of), "cluster": list(cluster_of.values())})


def surprises(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"interaction_id": ids, "expected": [0.5] * len(ids), "surprise": [0.1] * len(ids)})


def reservation(number: object) -> pl.DataFrame:
    row = {"reservation_id": f"r{number}", "interaction_id": "i1", "reviewer": "ann"}
    return pl.DataFrame([row | {"reserved_at": NOON, "expires_at": NOON}], schema=empty_table("reservations").schema)


def one_row(name: str, **further: pl.Expr) -> pl.DataFrame:
    """Return a row with every declared column filled, however unlikely."""
    columns = TABLES[name].columns
    row = {column: CHECKED.get(column, VALUES.get(kind, VALUES.get(type(kind)))) for column, kind in columns.items()}
    return pl.DataFrame([row], schema=columns).with_columns(**further)


def commit(writer: Writer, **known: object) -> int:
    row = {"command": "run", "started_at": NOON, "finished_at": NOON, "watermark": None, "label_version": None}
    return writer.commit(**{**row, "sources": {}, "counts": {}, **known})


def write(store: Store, name: str, frame: pl.DataFrame) -> int:
    with store.writer(clock=NOON) as writer:
        writer.replace(name, frame)
        return commit(writer)


def rows(tables, name: str = "clusters") -> list[tuple]:
    return sorted(tables.table(name).collect().rows())


def run_python(code: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": f"{Path(__file__).parent}{os.pathsep}{Path(__file__).parent.parent}"}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# Empty


def test_opening_creates_nothing(store):
    assert store.version() == 0
    assert store.last_run() is None
    assert not store.exists()
    assert not store.path.exists()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_never_written_is_empty_with_its_declared_columns(store, name):
    assert_frame_equal(store.table(name).collect(), empty_table(name))
    assert_frame_equal(store.sql(f"FROM {name}"), empty_table(name))


def test_an_unknown_table_is_named(store):
    with pytest.raises(UnknownNameError, match="there is no table 'event'"):
        store.table("event")


# What goes in comes out


@pytest.mark.parametrize("name", DERIVED)
def test_derived_tables_come_back_as_they_were(store, name):
    frame = one_row(name)
    write(store, name, frame)
    assert_frame_equal(store.table(name).collect(), frame)
    assert_frame_equal(store.sql(f"FROM {name}"), frame)


@pytest.mark.parametrize("name", HUMAN)
def test_human_tables_come_back_as_they_were(store, name):
    frame = one_row(name)
    store.append(name, frame)
    assert_frame_equal(store.table(name).collect(), frame)
    assert_frame_equal(store.sql(f"FROM {name}"), frame)


def test_votes_keep_their_narrow_types(store):
    votes = pl.DataFrame(
        {"interaction_id": ["i1", "i2"], "kept": [0.25, None], "undone": [1, None]},
        schema={"interaction_id": pl.String, "kept": pl.Float32, "undone": pl.Int8},
    )
    write(store, "votes", votes)
    assert_frame_equal(store.table("votes").collect(), votes)
    assert_frame_equal(store.sql("FROM votes ORDER BY 1"), votes)


def test_a_run_comes_back_as_it_was(store):
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=1))
        commit(writer, watermark=NOON, label_version=2, sources={"app": NOON}, counts={"events": 9, "late": 0})
    run = store.last_run()
    assert (run.run, run.watermark, run.label_version) == (1, NOON, 2)
    assert run.sources == {"app": NOON}
    assert run.counts == {"events": 9, "late": 0}
    assert run.pins == {"clusters": 0}


def test_rows_are_stored_in_the_declared_order(store):
    write(store, "clusters", clusters(i3=1, i1=2, i2=3))
    assert store.table("clusters").collect()["interaction_id"].to_list() == ["i1", "i2", "i3"]


# Pins


def test_nothing_shows_before_the_commit(store):
    write(store, "clusters", clusters(i1=1))
    with store.writer(clock=NOON) as writer:
        writer.append("clusters", clusters(i2=2))
        assert rows(store) == [("i1", 1)]
        assert rows(writer) == [("i1", 1), ("i2", 2)]
        assert commit(writer) == 2
        assert rows(store) == [("i1", 1), ("i2", 2)]


def test_a_writer_that_did_not_commit_is_rolled_back_by_the_next(store):
    write(store, "clusters", clusters(i1=1))
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i9=9))
        writer.append("surprises", surprises("i9"))
    assert (rows(store), rows(store, "surprises")) == ([("i1", 1)], [])
    with store.writer(clock=NOON) as writer:
        assert writer.rolled_back == ("clusters", "surprises")
        assert (rows(writer), rows(writer, "surprises")) == ([("i1", 1)], [])
        commit(writer)
    assert rows(store) == [("i1", 1)]


def test_rolling_back_twice_writes_once(store):
    write(store, "clusters", clusters(i1=1))
    with store.writer(clock=NOON) as writer:
        writer.append("clusters", clusters(i2=2))
    with store.writer(clock=NOON) as writer:
        assert writer.rolled_back == ("clusters",)
    with store.writer(clock=NOON) as writer:
        assert writer.rolled_back == ()
        assert rows(writer) == [("i1", 1)]


def test_one_writer_may_commit_twice(store):
    with store.writer(clock=NOON) as writer:
        writer.append("clusters", clusters(i1=1))
        assert commit(writer, command="ingest") == 1
        writer.append("clusters", clusters(i2=2))
        assert commit(writer) == 2
    assert [rows(store.at(run)) for run in (1, 2)] == [[("i1", 1)], [("i1", 1), ("i2", 2)]]


def test_columns_are_rolled_back_too(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    with store.writer(clock=NOON) as writer:
        writer.append("votes", one_row("votes", interaction_id=pl.lit("i2"), kept=pl.lit(0.5, pl.Float32)))
    with store.writer(clock=NOON) as writer:
        assert writer.table("votes").collect().columns == ["interaction_id", "undone"]


STEPS = (
    lambda writer: writer.append("surprises", surprises("i2")),
    lambda writer: writer.delete("clusters", clusters(i1=1).select("interaction_id")),
    lambda writer: writer.append("clusters", clusters(i2=2)),
    lambda writer: writer.replace("candidates", one_row("candidates")),
    commit,
)
BEFORE = (1, [("i1", 1)], [("i1", 0.5, 0.1)], 0)
AFTER = (2, [("i2", 2)], [("i1", 0.5, 0.1), ("i2", 0.5, 0.1)], 1)


def begin(store: Store) -> None:
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=1))
        writer.replace("surprises", surprises("i1"))
        commit(writer)


def take(store: Store, *steps) -> None:
    with store.writer(clock=NOON) as writer:
        for step in steps:
            step(writer)


def interrupt(writer: Writer) -> None:
    raise KeyboardInterrupt


def look(store: Store) -> tuple:
    return store.version(), rows(store), rows(store, "surprises"), len(rows(store, "candidates"))


@pytest.mark.parametrize("n_steps", range(len(STEPS)))
def test_an_interrupted_run_leaves_the_old_snapshot_and_the_next_one_completes(store, n_steps):
    begin(store)
    with pytest.raises(KeyboardInterrupt):
        take(store, *STEPS[:n_steps], interrupt)
    assert look(store) == BEFORE
    take(store, *STEPS)
    assert look(store) == AFTER


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("n_steps", [0, 2, 4])
def test_a_killed_process_leaves_the_old_snapshot_and_no_lock(store, n_steps):
    begin(store)
    code = """
import os, signal, sys
from test_store import STEPS, Store, take
take(Store(sys.argv[1]), *STEPS[: int(sys.argv[2])], lambda writer: os.kill(os.getpid(), signal.SIGKILL))
"""
    with run_python(code, store.path, n_steps) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert look(store) == BEFORE
    take(store, *STEPS)
    assert look(store) == AFTER


def test_an_earlier_run_can_still_be_read(store):
    store.append("reservations", reservation(1))
    write(store, "clusters", clusters(i1=1))
    store.append("reservations", reservation(2))
    write(store, "clusters", clusters(i2=2))
    assert [rows(store.at(run)) for run in (1, 2)] == [[("i1", 1)], [("i2", 2)]]
    assert [store.at(run).table("reservations").collect().height for run in (1, 2, None)] == [1, 2, 2]
    assert store.at(1).sql("SELECT count(*) AS n FROM reservations")["n"].to_list() == [1]
    with pytest.raises(UnknownNameError, match="there is no run 3; the latest is 2"):
        store.at(3)


def test_a_reader_never_sees_a_mixture(store):
    def both(tables) -> tuple:
        query = "SELECT (SELECT max(cluster) FROM clusters), (SELECT count(*) FROM surprises)"
        return tables.sql(query).row(0), (max(r[1] for r in rows(tables)), len(rows(tables, "surprises")))

    def rewrite():
        for number in range(2, 9):
            with store.writer(clock=NOON) as writer:
                writer.replace("clusters", clusters(i1=number))
                writer.replace("surprises", surprises(*(f"i{k}" for k in range(number))))
                commit(writer)

    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=1))
        writer.replace("surprises", surprises("i0"))
        commit(writer)
    thread = threading.Thread(target=rewrite)
    thread.start()
    seen = []
    while thread.is_alive():
        seen.append(both(store.at()))
    thread.join()
    assert both(store.at()) == ((8, 8), (8, 8))
    assert all(sql == scan and sql[0] == sql[1] for sql, scan in seen)


# Changing tables


def test_a_new_column_is_null_for_the_rows_before(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    with store.writer(clock=NOON) as writer:
        writer.append("votes", pl.DataFrame({"kept": [0.5], "interaction_id": ["y"]}))
        commit(writer)
    expected = pl.DataFrame(
        {"interaction_id": ["x", "y"], "kept": [None, 0.5], "undone": [1, None]},
        schema_overrides={"undone": pl.Int8},
    )
    assert_frame_equal(store.table("votes").sort("interaction_id").collect(), expected)
    assert_frame_equal(store.sql("FROM votes ORDER BY interaction_id"), expected)


def test_a_column_that_new_rows_lack_is_null_for_them(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    with store.writer(clock=NOON) as writer:
        writer.append("votes", pl.DataFrame({"interaction_id": ["y"]}))
        commit(writer)
    assert rows(store, "votes") == [("x", 1), ("y", None)]


def test_a_column_declared_later_is_null_for_the_rows_before(store):
    store.append("reviews", one_row("reviews", review_id=pl.lit("old")))
    write_deltalake(
        store.path / "reviews",
        store.table("reviews").collect().drop("note"),
        mode="overwrite",
        schema_mode="overwrite",
    )
    assert store.table("reviews").collect()["note"].to_list() == [None]
    store.append("reviews", one_row("reviews", review_id=pl.lit("new")))
    assert store.sql("SELECT review_id, note FROM reviews ORDER BY ALL").rows() == [("new", "x"), ("old", None)]


def test_replacing_forgets_columns(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    write(store, "votes", one_row("votes"))
    assert store.table("votes").collect().columns == ["interaction_id"]


def test_replacing_by_no_rows_empties(store):
    write(store, "clusters", clusters(i1=1))
    write(store, "clusters", empty_table("clusters"))
    assert_frame_equal(store.table("clusters").collect(), empty_table("clusters"))


def test_appending_no_rows_writes_nothing(store):
    with store.writer(clock=NOON) as writer:
        writer.append("clusters", empty_table("clusters"))
        commit(writer)
    store.append("reservations", empty_table("reservations"))
    assert store.last_run().pins == {}
    assert not (store.path / "reservations").exists()


def test_delete_takes_the_rows_that_match_all_key_columns(store):
    keys = {"interaction_id": ["i1", "i1", "i2"], "label_version": [1, 2, 1]}
    write(
        store, "labels", pl.concat([one_row("labels")] * 3).with_columns(**{k: pl.Series(v) for k, v in keys.items()})
    )
    with store.writer(clock=NOON) as writer:
        gone = pl.DataFrame({"interaction_id": ["i1", "i1", "i3"], "label_version": [1, 1, 1]})
        writer.delete("labels", gone)
        writer.delete("clusters", clusters(i1=1))
        writer.delete("labels", gone.clear())
        commit(writer)
    left = store.table("labels").select("interaction_id", "label_version").collect().rows()
    assert sorted(left) == [("i1", 2), ("i2", 1)]


def test_delete_by_a_column_the_table_lacks_is_refused(store):
    write(store, "clusters", clusters(i1=1))
    with store.writer(clock=NOON) as writer, pytest.raises(SchemaError, match="no column colour to delete by"):
        writer.delete("clusters", pl.DataFrame({"colour": ["red"]}))


@pytest.mark.parametrize(
    ("further", "message"),
    [
        (pl.lit(None).alias("model"), "column model has type Null, which cannot be stored"),
        (pl.lit("a", pl.Categorical).alias("model"), "column model has type Categorical"),
        (pl.lit(1, pl.UInt32).alias("n_tokens"), "column n_tokens has type UInt32"),
        (pl.lit("3").alias("cost_usd"), "column cost_usd is stored as Float64, the new rows have String"),
        (pl.lit(3.0).alias("Cost_USD"), "columns Cost_USD and cost_usd differ in case only"),
    ],
)
def test_what_cannot_be_stored_unchanged_is_refused(store, further, message):
    write(store, "events", one_row("events", cost_usd=pl.lit(0.5)))
    with store.writer(clock=NOON) as writer, pytest.raises(SchemaError, match=message):
        writer.append("events", one_row("events").with_columns(further))


def test_each_table_has_its_writer(store):
    with pytest.raises(StoreError, match="labels is written by ingest, run and fit only"):
        store.append("labels", one_row("labels"))
    with store.writer(clock=NOON) as writer:
        with pytest.raises(StoreError, match="reviews is written by people"):
            writer.append("reviews", one_row("reviews"))
        with pytest.raises(StoreError, match="runs is written by Writer"):
            writer.replace("runs", one_row("runs"))
    with pytest.raises(StoreError, match="this writer has ended"):
        writer.append("clusters", clusters(i1=1))


def test_the_log_holds_no_user_text(store):
    write(store, "events", one_row("events", text=pl.lit("my password is hunter2")))
    assert not any("hunter2" in log.read_text() for log in store.path.glob("events/_delta_log/*.json"))


# People


def test_people_append_while_a_writer_works(store):
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=1))
        store.append("reservations", reservation(1))
        assert len(rows(store, "reservations")) == 1
        assert rows(writer, "reservations") == []
        commit(writer)
    assert store.last_run().heads == {}
    assert len(rows(store, "reservations")) == 1


def test_appends_from_threads_are_all_kept(store):
    def append(first: int):
        for number in range(first, first + 10):
            store.append("reservations", reservation(number))

    threads = [threading.Thread(target=append, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row[0] for row in rows(store, "reservations")} == {f"r{number}" for number in range(30)}


def test_appends_from_processes_are_all_kept(store):
    code = """
import sys
from test_store import Store, reservation
for number in range(10):
    Store(sys.argv[1]).append("reservations", reservation(sys.argv[2] + str(number)))
"""
    processes = [run_python(code, store.path, name) for name in "ab"]
    for process in processes:
        with process:
            assert process.wait(60) == 0
    assert len(rows(store, "reservations")) == 20


# The lock


def test_a_second_writer_is_refused(store):
    with store.writer(clock=NOON):
        message = rf"process {os.getpid()} \(since 2024-05-01T12:00:00\+00:00\) is writing to .*; wait for it"
        with pytest.raises(StoreLockedError, match=message), store.writer(clock=NOON):
            pass
    with store.writer(clock=NOON) as writer:
        commit(writer)


def test_a_writer_in_another_process_is_waited_for(store):
    code = """
import sys
from test_store import NOON, Store
with Store(sys.argv[1]).writer(clock=NOON):
    print("held", flush=True)
    sys.stdin.readline()
"""
    with run_python(code, store.path) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreLockedError, match=f"process {process.pid} "), store.writer(clock=NOON, wait_s=0.1):
            pass
        process.stdin.write("\n")
        process.stdin.flush()
        with store.writer(clock=NOON, wait_s=60) as writer:
            commit(writer)
    assert store.version() == 1


# SQL


def test_sql_binds_parameters(store):
    write(store, "clusters", clusters(i1=1, i2=2, i3=2))
    assert store.sql("SELECT interaction_id FROM clusters WHERE cluster = ? ORDER BY 1", [2]).rows() == [
        ("i2",),
        ("i3",),
    ]
    assert store.sql("SELECT count(*) FROM clusters WHERE interaction_id = $id", {"id": "i'1"}).item() == 0


def test_sql_sees_each_new_version(store):
    store.append("reservations", reservation(1))
    query = "SELECT (SELECT max(cluster) FROM clusters) AS cluster, (SELECT count(*) FROM reservations) AS n"
    write(store, "clusters", clusters(i1=1))
    assert store.sql(query).rows() == [(1, 1)]
    write(store, "clusters", clusters(i1=2))
    assert store.sql(query).rows() == [(2, 1)]
    store.append("reservations", reservation(2))
    assert store.sql(query).rows() == [(2, 2)]


def test_sql_sees_a_store_made_anew_in_the_same_place(store):
    write(store, "clusters", clusters(i1=1))
    assert store.sql("FROM clusters").rows() == [("i1", 1)]
    shutil.rmtree(store.path)
    write(store, "clusters", clusters(i2=2))
    assert store.sql("FROM clusters").rows() == [("i2", 2)]


def test_sql_keeps_days_in_utc(store):
    write(store, "events", one_row("events", occurred_at=pl.lit(datetime(2024, 5, 1, 23, 30, tzinfo=UTC))))
    days = store.sql("SELECT date_trunc('day', occurred_at) AS day, hour(occurred_at) AS hour FROM events")
    assert days.schema["day"] == pl.Datetime("us", "UTC")
    assert days.rows() == [(datetime(2024, 5, 1, tzinfo=UTC), 23)]


def test_sql_works_from_several_threads(store):
    write(store, "clusters", clusters(i1=1, i2=2))
    totals = []
    query = "SELECT sum(cluster)::BIGINT FROM clusters"
    threads = [threading.Thread(target=lambda: totals.append(store.sql(query).item())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [3] * 6


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("DROP VIEW clusters", "must be one SELECT"),
        ("COPY clusters TO 'x.csv'", "must be one SELECT"),
        ("EXPLAIN ANALYZE COPY clusters TO 'x.csv'", "must be one SELECT"),
        ("SELECT 1; SELECT 2", "must be one SELECT"),
        ("", "must be one SELECT"),
        ("SELEC", "Parser Error"),
        ("FROM nowhere", "Catalog Error: Table with name nowhere does not exist"),
        ("SELECT colour FROM clusters", "Binder Error"),
        ("FROM read_text('{path}/store.json')", "PermissionException"),
        ("FROM read_parquet('{path}/clusters/*.parquet')", "PermissionException"),
    ],
)
def test_sql_only_reads_tables(tmp_path, query, message):
    store = Store(tmp_path)
    write(store, "clusters", clusters(i1=1))
    with pytest.raises(SettingsError, match=message):
        store.sql(query.format(path=tmp_path))


def test_sql_errors_do_not_quote_what_is_stored(store):
    write(store, "events", one_row("events", text=pl.lit("hunter2")))
    with pytest.raises(SettingsError, match=r"failed on what the tables hold: ConversionException$") as caught:
        store.sql("SELECT text::INTEGER FROM events")
    assert caught.value.__cause__ is None


# Not a store


def test_a_folder_with_other_things_is_no_store(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for act in (lambda store: store.version(), lambda store: store.append("reservations", reservation(1))):
        with pytest.raises(StoreError, match=r"is not a store: it holds notes\.txt"):
            act(Store(tmp_path))
    with pytest.raises(StoreError, match="is a file, not a store"):
        Store(tmp_path / "notes.txt").version()


@pytest.mark.parametrize(
    ("content", "message"),
    [(json.dumps({"format": 99}), "has format 99, this version of feedback reads 1; upgrade"), ("{", "is damaged")],
)
def test_a_store_of_another_format_is_refused(store, content, message):
    write(store, "clusters", clusters(i1=1))
    (store.path / "store.json").write_text(content)
    with pytest.raises(StoreError, match=message):
        store.table("clusters")


@pytest.mark.parametrize("character", "%*?[]")
def test_a_path_that_cannot_hold_tables_is_refused(tmp_path, character):
    with pytest.raises(StoreError, match="its path must not contain"):
        Store(tmp_path / f"a{character}20b").append("reservations", reservation(1))


def test_a_damaged_log_is_named(store):
    write(store, "clusters", clusters(i1=1))
    log = store.path / "clusters" / "_delta_log"
    next(log.glob("*.json")).write_text("hunter2")
    with pytest.raises(StoreError, match="version 0 of table clusters cannot be read"):
        store.table("clusters")
    shutil.rmtree(log)
    with pytest.raises(StoreError, match="table clusters is damaged"), store.writer(clock=NOON):
        pass


def test_a_damaged_file_is_named(store):
    write(store, "clusters", clusters(i1=1))
    next(store.path.glob("clusters/*.parquet")).write_text("hunter2")
    with pytest.raises(StoreError, match="table clusters is damaged: DuckDB cannot read its files"):
        store.sql("FROM labels")


def test_a_version_whose_files_are_gone_has_expired(store):
    write(store, "clusters", clusters(i1=1))
    next(store.path.glob("clusters/*.parquet")).unlink()
    with pytest.raises(StoreError, match="has expired: 1 of its 1 files are gone"):
        store.table("clusters")
