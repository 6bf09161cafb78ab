"""Whatever moment a process is killed at: nothing committed is lost, and the next run completes to the same tables."""

import os
import signal
import time
from itertools import count
from random import Random

import pytest
from crash_driver import CAN_DIE_BETWEEN, Moment, die_at, go_on
from hypothesis import settings
from processes import Pipe, start, wait_for
from stored_story import COMMANDS, content_of, differing

from feedback.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
]
IS_THOROUGH = settings().max_examples > 1000
N_KILLS = 50 if IS_THOROUGH else 10
# Before a commit is after the one before it, but for what is worked out in between.
MOMENTS = [
    *(["before"] if IS_THOROUGH or not CAN_DIE_BETWEEN else []),
    *(["between"] if CAN_DIE_BETWEEN else []),
    "after",
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_at_any_commit_point(story, copy, command: str, moment: Moment):
    stage = list(COMMANDS).index(command)
    for number in count(1):
        store = copy(stage)
        ended = wait_for(start(die_at, store.path, story.folder, command, number, moment))
        reached = story.check(store, stage)
        if ended == 0:
            break
        assert ended < 0
        COMMANDS[command](store, story.folder) if reached == stage else None
        assert story.check(store, stage) == stage + 1
    assert number > 4


def test_a_command_killed_while_it_takes_back_what_another_left(story, copy):
    stage = list(COMMANDS).index("run")
    for number in (1, 2, 4):
        store = copy(stage)
        for dies_at in (5, number, number):
            assert wait_for(start(die_at, store.path, story.folder, "run", dies_at, MOMENTS[0])) < 0
        COMMANDS["run"](store, story.folder)
        assert story.check(store, stage) == stage + 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_first_ingest_killed_at_any_commit_point(story, tmp_path, moment: Moment):
    undisturbed = Store(tmp_path / "undisturbed")
    COMMANDS["ingest"](undisturbed, story.folder)
    for number in count(1):
        store = Store(tmp_path / f"store{number}")
        ended = wait_for(start(die_at, store.path, story.folder, "ingest", number, moment))
        if store.version() == 0:
            assert store.table("events").collect().is_empty()
            COMMANDS["ingest"](store, story.folder)
        assert differing(content_of(store.at()).derived, content_of(undisturbed.at()).derived) == []
        if ended == 0:
            break
    assert number > 3


def test_commands_killed_at_random_moments(story, copy):
    names, random = list(COMMANDS), Random(5)
    lasts = min(kill_after(copy(0), story, names, within_s=None)[0] for _ in range(2))
    for _ in range(N_KILLS):
        store = copy(0)
        _, reserved = kill_after(store, story, names, within_s=random.uniform(0, lasts))
        kept = store.table("reservations").collect()["reservation_id"].to_list()
        assert set(range(reserved)) <= {int(name[1:]) for name in kept}
        assert len(kept) == len(set(kept)) <= reserved + 1
        story.complete(store, story.check(store, 0))


def kill_after(store, story, names: list[str], *, within_s: float | None) -> tuple[float, int]:
    """Return how long the commands lasted and how many reservations were made; none within that time ends them."""
    receiver, sender = Pipe(duplex=False)
    process = start(go_on, store.path, story.folder, names, sender)
    sender.close()
    receiver.recv()
    began = time.perf_counter()
    if within_s is None:
        assert wait_for(process) == 0
    else:
        time.sleep(within_s)
        if process.is_alive():
            os.killpg(process.pid, signal.SIGKILL)
        wait_for(process)
    return time.perf_counter() - began, _count_left(receiver)


def _count_left(receiver) -> int:
    """Return how many reservations were confirmed: each number but the first says that the one before was made."""
    n = 0
    try:
        while True:
            receiver.recv()
            n += 1
    except EOFError:
        return n
