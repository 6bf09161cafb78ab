"""A command that forgets dies at any moment: nothing has happened, or the next command that writes completes it."""

import os
import shutil
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from forget_store import OTHER, PLAIN, SALT, begin, clock, forget
from processes import start, wait_for
from stored_story import content_of, differing

from feedback.pipeline import run_labels
from feedback.pipeline.forget.belongings import Who, find_belongings
from feedback.pipeline.forget.forgetting import forget_people
from feedback.pipeline.forget.needles import find_needles
from feedback.pipeline.forget.proof import search_store
from feedback.pipeline.store_check import check_store
from feedback.schemas import empty_table
from feedback.store import Store, commits, erase
from feedback.store.erase import is_erasure_pending


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return begin(tmp_path_factory.mktemp("begun"))


@pytest.fixture(scope="module")
def undisturbed(begun: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(shutil.copytree(begun.path, tmp_path_factory.mktemp("undisturbed") / "store"))
    forget(store, PLAIN)
    return store


@pytest.fixture
def copy(begun: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(begun.path, tmp_path / "copy"))


def check(begun: Store, undisturbed: Store, store: Store) -> bool:
    """Return whether somebody was forgotten, once the store holds exactly what it did before or does afterwards."""
    is_done = store.last_run().command == "forget"
    expected, found = content_of((undisturbed if is_done else begun).at()), content_of(store.at())
    # What was asked for is written down first, and stays so.
    assert differing(found.derived, expected.derived) == []
    assert [name for name in differing(found.human, expected.human) if name != "audit"] == []
    return is_done


def write_something(store: Store) -> None:
    with store.writer(clock=clock()):
        pass


def die(*_, **__):
    raise KeyboardInterrupt


FEW = ("before people's tables are in place",)
MOMENTS = {
    "before anything shows": ("_lay_down", False),
    "before people's tables are in place": ("_put_in_place", True),
    "before it shows": ("_show", True),
    "before old files go": ("purge_table", True),
}


@pytest.mark.parametrize(
    "moment", [pytest.param(moment, marks=() if moment in FEW else pytest.mark.slow) for moment in MOMENTS]
)
def test_it_is_undone_or_completed_by_the_next_command(begun, undisturbed, copy, monkeypatch, moment):
    needles = find_needles(copy.at(), find_belongings(copy.at(), Who(users=(PLAIN,))))
    name, is_promised = MOMENTS[moment]
    with monkeypatch.context() as patch:
        patch.setattr(erase, name, die)
        with pytest.raises(KeyboardInterrupt):
            forget(copy, PLAIN)
    assert is_erasure_pending(copy.path) == is_promised
    assert any(found.rule == "erasure" for found in check_store(copy).findings) == is_promised
    copy.append("reservations", _reserve("answer-other"))
    write_something(copy)
    reserved = copy.table("reservations").filter(interaction_id="answer-other").collect()
    assert (reserved.height, is_erasure_pending(copy.path)) == (1, False)
    assert search_store(copy.path, needles).is_clean == is_promised
    assert check_store(copy).is_sound
    if not is_promised:
        forget(copy, PLAIN)
        assert search_store(copy.path, needles).is_clean
    assert copy.last_run().command == "forget"


def _reserve(interaction: str) -> pl.DataFrame:
    row = {
        "reservation_id": "r",
        "interaction_id": interaction,
        "reviewer": OTHER,
        "reserved_at": clock(),
        "expires_at": clock(),
    }
    return pl.DataFrame([row], schema=empty_table("reservations").schema)


def test_what_is_pending_holds_nothing_of_theirs(copy, monkeypatch):
    needles = find_needles(copy.at(), find_belongings(copy.at(), Who(users=(PLAIN,))))
    monkeypatch.setattr(erase, "_put_in_place", die)
    with pytest.raises(KeyboardInterrupt):
        forget(copy, PLAIN)
    others = [entry for entry in copy.path.iterdir() if entry.name != erase.PENDING]
    for entry in others:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    assert search_store(copy.path, needles).is_clean


def die_at(path: Path, number: int, moment: str) -> None:
    """Forget and die at the n-th commit, before or after it; with fewer commits, it ends as usual."""
    order, usual = count(1), commits._commit

    def commit(name: str, write: Callable[[], object]) -> None:
        dies_here = next(order) == number
        if dies_here and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        usual(name, write)
        if dies_here:
            os.kill(os.getpid(), signal.SIGKILL)

    commits._commit = commit
    forget_people(Store(path), Who(users=(PLAIN,)), by="rita", salt=SALT, clock=clock)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_it_is_killed_at_any_commit(begun, undisturbed, tmp_path, moment):
    done = []
    for number in count(1):
        store = Store(shutil.copytree(begun.path, tmp_path / f"copy{number}"))
        ended = wait_for(start(die_at, store.path, number, moment))
        write_something(store)
        done.append(check(begun, undisturbed, store))
        assert check_store(store).is_sound
        shutil.rmtree(store.path)
        if ended == 0:
            break
    assert done == sorted(done)
    assert (done[0], done[-1], len(done) > 20) == (False, True, True)


def test_labelling_goes_on_after_it(undisturbed, tmp_path):
    store = Store(shutil.copytree(undisturbed.path, tmp_path / "copy"))
    assert run_labels(store, clock=clock).n_events == 0
    assert check_store(store).findings == ()
