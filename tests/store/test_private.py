"""What lies in a store belongs to its owner alone, whichever library wrote it."""

import os
import threading
from pathlib import Path

import pytest
from store_rows import NOON, clusters, reservation, write
from stored_story import CLOCK

from feedback.store.backup import back_up
from feedback.store.private import private_files
from feedback.store.restore import restore_store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")


def modes(folder: Path) -> set[tuple[str, str]]:
    found = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    return {("folder" if path.is_dir() else "file", oct(mode)) for path, mode in found.items()}


OURS = {("folder", "0o700"), ("file", "0o600")}


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    assert os.umask(before) == 0o022


def test_a_store_belongs_to_its_owner(store):
    write(store, "clusters", clusters(i1=1))
    store.append("reservations", reservation(1))
    store.tidy(clock=CLOCK)
    assert modes(store.path) == OURS


def test_a_folder_that_was_there_is_closed(store):
    store.path.mkdir(parents=True, mode=0o755)
    store.append("reservations", reservation(1))
    assert modes(store.path) == OURS


def test_backups_and_what_is_restored_belong_to_their_owner(store, tmp_path):
    write(store, "clusters", clusters(i1=1))
    for name in ("backup", "backup.tar"):
        back_up(store.path, tmp_path / name, clock=NOON)
        restore_store(tmp_path / name, tmp_path / f"from {name}", clock=NOON)
        assert modes(tmp_path / f"from {name}") == OURS
    assert modes(tmp_path / "backup") == OURS
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600


def test_a_labelled_store_belongs_to_its_owner(copy):
    assert {mode for kind, mode in modes(copy.path) if kind == "file"} == {"0o600"}


def test_several_threads_leave_the_umask_as_it_was(tmp_path):
    def write_one(number: int) -> None:
        for turn in range(50):
            with private_files():
                (tmp_path / f"{number}-{turn}").write_text("x")

    threads = [threading.Thread(target=write_one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {mode for kind, mode in modes(tmp_path) if kind == "file"} == {"0o600"}
