"""What people write while runs go on is kept, and there to be seen at once."""

import pytest
from processes import Pipe, start, wait_for
from readers_and_writers import append_on, human_row, write_on

from feedback.schemas import TABLES
from feedback.store import Store

HUMAN = ("reviews", "reservations", "incident_events")
N_ROWS = 40


def keys(tables, name: str) -> list[str]:
    return tables.table(name).collect()[TABLES[name].key[0]].to_list()


@pytest.mark.parametrize("name", HUMAN)
def test_an_append_is_seen_at_once_and_by_a_snapshot_only_when_it_is_opened_anew(store, name):
    held = store.at()
    before = keys(held, name)
    with store.writer(clock=store.last_run().finished_at) as writer:
        Store(store.path).append(name, human_row(name, "new"))
        assert sorted(keys(store, name)) == sorted(["new", *before])
        assert store.sql(f"SELECT count(*) FROM {name}").item() == len(before) + 1
        assert keys(held, name) == keys(writer, name) == before
    assert sorted(keys(store.at(), name)) == sorted(["new", *before])


@pytest.mark.slow
def test_appends_and_upkeep_at_once(store):
    appender = start(append_on, store.path, "reviews", "ann", N_ROWS)
    while appender.is_alive():
        store.tidy(clock=store.last_run().finished_at)
    assert wait_for(appender) == 0
    assert {f"ann{n}" for n in range(N_ROWS)} <= set(keys(store, "reviews"))


@pytest.mark.slow
def test_appends_of_four_processes_during_runs_are_all_kept(store, tmp_path):
    before = {name: keys(store, name) for name in HUMAN}
    stop, told = Pipe()
    writer = start(write_on, store.path, tmp_path, told)
    people = [start(append_on, store.path, name, who, N_ROWS) for who in ("ann", "bob") for name in HUMAN[:2]]
    people.append(start(append_on, store.path, HUMAN[2], "eve", N_ROWS))
    assert [wait_for(process) for process in people] == [0] * len(people)
    stop.send("stop")
    assert wait_for(writer) == 0
    assert stop.recv() > 0
    both = [f"{who}{n}" for who in ("ann", "bob") for n in range(N_ROWS)]
    assert sorted(keys(store, "reviews")) == sorted(before["reviews"] + both)
    assert sorted(keys(store, "reservations")) == sorted(both)
    assert sorted(keys(store, "incident_events")) == sorted(f"eve{n}" for n in range(N_ROWS))
