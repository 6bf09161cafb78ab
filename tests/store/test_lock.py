import os

import pytest
from store_rows import NOON, commit, run_python

from feedback.errors import StoreLockedError


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
from store_rows import NOON, Store
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
