"""Two runs at once: the second waits, or stops with one line."""

import os
import signal

import pytest
from processes import Pipe, start, wait_for
from readers_and_writers import hold, try_to_run
from stored_story import CLOCK, COMMANDS

from feedback.errors import StoreLockedError
from feedback.store import Store


@pytest.fixture
def holder(store):
    """Return a process that holds the lock, and the end of the pipe that makes it stop."""
    stop, told = Pipe()
    process = start(hold, store.path, told)
    assert stop.recv() == "held"
    yield process, stop
    process.kill()
    process.join()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_second_command_stops_with_one_line(store, holder, tmp_path, command):
    process, _ = holder
    before = store.version()
    expected = f"process {process.pid} \\(since {CLOCK.year}-01-01T00:00:00\\+00:00\\) is writing to {store.path}; wait"
    with pytest.raises(StoreLockedError, match=expected) as caught:
        COMMANDS[command](store, tmp_path)
    assert "\n" not in str(caught.value)
    assert store.version() == before


def test_a_second_run_waits_its_turn(store, holder):
    process, stop = holder
    before = store.version()
    results, sent = Pipe()
    second = start(try_to_run, store.path, 60, sent)
    assert not results.poll(0.5)
    stop.send("stop")
    assert (wait_for(process), wait_for(second)) == (0, 0)
    assert results.recv() is None
    assert store.version() == before + 1


def test_a_second_run_gives_up_after_the_time_it_was_given(store, holder):
    results, sent = Pipe()
    assert wait_for(start(try_to_run, store.path, 0.2, sent)) == 0
    assert "is writing to" in results.recv()


def test_the_lock_ends_with_a_killed_process(store, holder):
    process, _ = holder
    os.kill(process.pid, signal.SIGKILL)
    assert wait_for(process) == -signal.SIGKILL
    assert store.tidy(clock=CLOCK).run == store.version()


@pytest.mark.slow
def test_many_runs_at_once_take_turns(store):
    before = store.version()
    pipes = [Pipe() for _ in range(5)]
    processes = [start(try_to_run, store.path, 60, sent) for _, sent in pipes]
    assert [wait_for(process) for process in processes] == [0] * 5
    assert [results.recv() for results, _ in pipes] == [None] * 5
    assert Store(store.path).version() == before + 5
