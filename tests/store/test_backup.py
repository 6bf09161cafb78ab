"""A store is moved as a folder, and copied in the order of docs/store.md while others write."""

import shutil
from pathlib import Path

from store_rows import NOON, clusters, reservation, rows, write

from feedback.store import Store


def copy(store: Store, backup: Path, *steps) -> None:
    """Copy the log of runs, then the other logs, then the data; take a step after each of the first two."""
    log, data = "_delta_log", shutil.ignore_patterns("_last_checkpoint", "part-*")
    shutil.copytree(store.path / "runs" / log, backup / "runs" / log, ignore=data)
    steps[0]()
    for table in store.path.iterdir():
        if table.is_dir() and table.name != "runs":
            shutil.copytree(table / log, backup / table.name / log, ignore=data)
    steps[1]()
    shutil.copytree(store.path, backup, ignore=shutil.ignore_patterns(log), dirs_exist_ok=True)


def test_a_moved_store_is_the_same_store(store, tmp_path):
    write(store, "clusters", clusters(i1=1))
    store.append("reservations", reservation(1))
    moved = Store(shutil.move(store.path, tmp_path / "elsewhere"))
    assert (rows(moved), len(rows(moved, "reservations"))) == ([("i1", 1)], 1)
    write(moved, "clusters", clusters(i2=2))
    assert rows(moved) == [("i2", 2)]


def test_a_copy_taken_while_others_write_is_the_store_as_it_was_at_the_beginning(store, tmp_path):
    for number in range(25):
        write(store, "clusters", clusters(i1=number))
        store.append("reservations", reservation(number))

    def go_on():
        write(store, "clusters", clusters(i1=99))
        store.append("reservations", reservation(store.version()))

    copy(store, tmp_path / "backup", go_on, go_on)
    backup = Store(tmp_path / "backup")
    assert (store.version(), backup.version()) == (27, 25)
    assert rows(backup) == [("i1", 24)]
    assert len(rows(backup, "reservations")) == 26
    with backup.writer(clock=NOON) as writer:
        assert writer.rolled_back == ("clusters",)
    assert rows(backup) == [("i1", 24)]
