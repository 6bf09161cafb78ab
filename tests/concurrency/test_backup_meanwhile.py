"""A backup that is taken while ingest, run, fit and upkeep go on is one sound store."""

from itertools import count

import pytest
from processes import Pipe, start, wait_for
from readers_and_writers import check_by_scan, write_on
from stored_story import CLOCK

from feedback.pipeline.store_check import check_store
from feedback.store import Store
from feedback.store.backup import back_up
from feedback.store.restore import restore_store

N_RUNS = 6


@pytest.mark.slow
def test_every_backup_is_of_one_run_and_passes_the_check(store, tmp_path):
    stop, told = Pipe()
    writer = start(write_on, store.path, tmp_path, told)
    told.close()
    seen: set[int] = set()
    for number in count():
        made = back_up(store.path, tmp_path / "backup", clock=CLOCK)
        restored = Store(tmp_path / f"restored{number}")
        restore_store(tmp_path / "backup", restored.path, clock=CLOCK)
        assert [found for found in check_store(restored).findings if found.is_wrong] == []
        assert restored.version() == made.run
        check_by_scan(restored.at())
        seen.add(made.run)
        if len(seen) == N_RUNS:
            break
    stop.send("stop")
    assert wait_for(writer) == 0
