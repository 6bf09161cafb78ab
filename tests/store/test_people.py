import threading

from store_rows import NOON, clusters, commit, reservation, rows, run_python


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
from store_rows import Store, reservation
for number in range(10):
    Store(sys.argv[1]).append("reservations", reservation(sys.argv[2] + str(number)))
"""
    processes = [run_python(code, store.path, name) for name in "ab"]
    for process in processes:
        with process:
            assert process.wait(60) == 0
    assert len(rows(store, "reservations")) == 20
