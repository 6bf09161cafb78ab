"""Somebody reads all the time while ingest, run, fit and upkeep go on."""

import pytest
from processes import Pipe, start, wait_for
from readers_and_writers import read_on, write_on

from feedback.errors import StoreError

N_READS = 1_000


@pytest.mark.slow
def test_a_reader_meets_no_error_and_never_a_mixture_of_two_runs(store, tmp_path):
    first = store.version()
    stop, told = Pipe()
    results, sent = Pipe(duplex=False)
    writer = start(write_on, store.path, tmp_path, told)
    reader = start(read_on, store.path, N_READS, sent)
    for end in (told, sent):
        end.close()
    assert wait_for(reader, within_s=300) == 0
    stop.send("stop")
    assert wait_for(writer) == 0
    seen = results.recv()
    assert seen.total() == N_READS
    assert len(seen) > 10
    assert stop.recv() > 5
    with pytest.raises(StoreError, match="expired"):
        store.at(first).table("quality")
    assert store.table("runs").filter(command="upkeep").collect().height > 2
