"""Backups: whole, incremental, checked, taken while others write; what is no backup is refused."""

import json
import shutil
import threading

import pytest
from damage import differing_tables
from store_rows import NOON, clusters, commit, reservation, rows, surprises
from stored_story import CLOCK
from typer.testing import CliRunner

from feedback.cli import app
from feedback.errors import StoreError, StoreLockedError
from feedback.pipeline.store_check import check_store
from feedback.store import Store
from feedback.store.backup import back_up
from feedback.store.restore import restore_store


def write_both(store: Store, number: int) -> None:
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=number))
        writer.replace("surprises", surprises(*(f"i{k}" for k in range(number))))
        commit(writer)


@pytest.mark.parametrize("out", ["backup", "backup.tar"])
def test_a_restored_store_is_the_store_and_passes_the_check(sound_store, tmp_path, out):
    store = Store(sound_store)
    made = back_up(store.path, tmp_path / out, clock=NOON)
    done = restore_store(tmp_path / out, tmp_path / "restored", clock=NOON)
    restored = Store(tmp_path / "restored")
    assert (made.run, done.run, done.taken_at) == (store.version(), store.version(), NOON)
    assert differing_tables(restored, store) == []
    assert check_store(restored).findings == ()
    assert [rows(restored.at(run), "labels") for run in (2, 3)] == [rows(store.at(run), "labels") for run in (2, 3)]


def test_a_later_backup_adds_only_what_is_new(store, tmp_path):
    write_both(store, 1)
    first = back_up(store.path, tmp_path / "backup", clock=NOON)
    write_both(store, 2)
    second = back_up(store.path, tmp_path / "backup", clock=NOON)
    assert (first.n_kept, second.n_kept) == (0, first.n_files)
    restore_store(tmp_path / "backup", tmp_path / "restored", clock=NOON)
    assert rows(Store(tmp_path / "restored")) == [("i1", 2)]


def test_what_rotted_in_a_backup_is_copied_again(store, tmp_path):
    write_both(store, 1)
    back_up(store.path, tmp_path / "backup", clock=NOON)
    file = next((tmp_path / "backup" / "clusters").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[::-1])
    with pytest.raises(StoreError, match="is damaged, nothing was restored: clusters/part"):
        restore_store(tmp_path / "backup", tmp_path / "restored", clock=NOON)
    assert not (tmp_path / "restored").exists()
    assert back_up(store.path, tmp_path / "backup", clock=NOON).n_kept > 0
    restore_store(tmp_path / "backup", tmp_path / "restored", clock=NOON)


@pytest.mark.slow
def test_a_backup_taken_while_others_write_holds_together(store, tmp_path):
    write_both(store, 1)
    is_over = threading.Event()

    def go_on():
        number = 2
        while not is_over.is_set():
            write_both(store, number)
            store.append("reservations", reservation(number))
            number += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    seen = set()
    for number in range(6):
        restored = Store(tmp_path / f"restored{number}")
        back_up(store.path, tmp_path / f"backup{number}", clock=NOON)
        restore_store(tmp_path / f"backup{number}", restored.path, clock=NOON)
        seen.add(restored.version())
        assert rows(restored) == [("i1", len(rows(restored, "surprises")))]
        assert restored.version() - 1 <= len(rows(restored, "reservations")) + 1
        assert not [found for found in check_store(restored).findings if found.rule in ("files", "log", "pins")]
    is_over.set()
    thread.join()
    assert len(seen) > 1


def test_a_store_is_only_given_up_when_told_so(store, tmp_path):
    write_both(store, 1)
    back_up(store.path, tmp_path / "backup", clock=NOON)
    write_both(store, 2)
    with pytest.raises(StoreError, match="holds a store; say --replace"):
        restore_store(tmp_path / "backup", store.path, clock=NOON)
    with pytest.raises(StoreLockedError), store.writer(clock=NOON):
        restore_store(tmp_path / "backup", store.path, clock=NOON, replace=True)
    assert rows(store) == [("i1", 2)]
    restore_store(tmp_path / "backup", store.path, clock=NOON, replace=True)
    assert rows(store) == [("i1", 1)]
    assert [entry.name for entry in store.path.parent.iterdir()] == [store.path.name]


def test_other_peoples_folders_are_left_alone(store, tmp_path):
    write_both(store, 1)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.doc").write_text("mine")
    with pytest.raises(StoreError, match="holds something, and no backup"):
        back_up(store.path, other, clock=NOON)
    back_up(store.path, tmp_path / "backup", clock=NOON)
    with pytest.raises(StoreError, match=r"holds what no store has \(thesis\.doc\)"):
        restore_store(tmp_path / "backup", other, clock=NOON, replace=True)
    with pytest.raises(StoreError, match="lies inside the store"):
        back_up(store.path, store.path / "backup", clock=NOON)
    with pytest.raises(StoreError, match="there is no store at"):
        back_up(tmp_path / "nowhere", tmp_path / "b", clock=NOON)


def test_a_backup_of_another_store_is_not_overwritten(store, tmp_path):
    write_both(store, 1)
    back_up(store.path, tmp_path / "backup", clock=NOON)
    shutil.rmtree(store.path)
    write_both(store, 3)
    with pytest.raises(StoreError, match="holds a backup of another store"):
        back_up(store.path, tmp_path / "backup", clock=NOON)


def test_a_backup_of_a_newer_store_is_refused(store, tmp_path):
    write_both(store, 1)
    back_up(store.path, tmp_path / "backup", clock=NOON)
    manifest = tmp_path / "backup" / "backup.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 99}))
    with pytest.raises(StoreError, match="is newer than this program"):
        restore_store(tmp_path / "backup", tmp_path / "restored", clock=NOON)


def test_the_commands(copy, tmp_path):
    def call(*arguments: str):
        return CliRunner().invoke(app, ["store", *arguments, "--store", str(copy.path)])

    assert "verified" in call("backup", str(tmp_path / "b.tar")).stdout
    assert json.loads(call("check", "--json").stdout)["is_sound"]
    assert call("restore", str(tmp_path / "b.tar")).exit_code == 2
    # All of them: which ones the latest run needs is not told by their names.
    for file in copy.path.glob("votes/*.parquet"):
        file.unlink()
    said = call("check")
    assert (said.exit_code, said.stdout.splitlines()[1].split(",")[:2]) == (1, ["votes", "files"])
    assert call("restore", str(tmp_path / "b.tar"), "--replace").exit_code == 0
    assert call("compact").stdout.startswith("table,files_before,files,")
    assert "up to date" in call("migrate").stdout
    assert copy.at().run.command == "upkeep"
    assert copy.at().run.started_at > CLOCK.replace(year=2020)
