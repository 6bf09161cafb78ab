import signal
import threading

import polars as pl
import pytest
from store_rows import NOON, clusters, commit, one_row, reservation, rows, run_python, surprises, write

from feedback.errors import UnknownNameError
from feedback.store import Store
from feedback.store.writer import Writer


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
from test_snapshots import STEPS, take, Store
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
