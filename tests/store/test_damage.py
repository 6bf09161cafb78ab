"""A store damaged on purpose: the check names it, readers get one line, a backup mends it."""

import os
import shutil

import pytest
from damage import DAMAGES, data_file, differing_tables, spoil_marker
from stored_story import CLOCK
from typer.testing import CliRunner

from feedback.cli import app
from feedback.errors import StoreError
from feedback.pipeline.store_check import check_store
from feedback.store import Store
from feedback.store.backup import back_up
from feedback.store.restore import restore_store

BY_NAME = pytest.mark.parametrize("damage", list(DAMAGES))


def wrong_with(store: Store) -> set[tuple[str, str]]:
    return {(found.table, found.rule) for found in check_store(store).findings if found.is_wrong}


def test_a_sound_store_passes(copy):
    report = check_store(copy)
    assert (report.findings, report.not_checked, report.is_sound) == ((), (), True)


@BY_NAME
def test_the_check_names_the_damage(copy, damage):
    act, table, rule = DAMAGES[damage]
    act(copy)
    report = check_store(copy)
    found = [one for one in report.findings if (one.table, one.rule) == (table, rule)]
    assert not report.is_sound
    assert found[0].ids
    assert "restore" in found[0].advice


@BY_NAME
def test_who_reads_gets_one_line(copy, damage):
    DAMAGES[damage][0](copy)
    said = CliRunner().invoke(app, ["show", "labels", "--store", str(copy.path)])
    assert said.exit_code == 2
    assert said.stderr.startswith("feedback: ")
    assert said.stderr.count("\n") == 1


@BY_NAME
def test_a_backup_mends_it(copy, backup, sound_store, damage):
    DAMAGES[damage][0](copy)
    restore_store(backup, copy.path, clock=CLOCK, replace=True)
    assert wrong_with(copy) == set()
    assert differing_tables(copy, Store(sound_store)) == []


@pytest.mark.parametrize("damage", ["truncated file", "flipped bit", "deleted file"])
def test_what_is_damaged_is_not_backed_up(copy, tmp_path, damage):
    DAMAGES[damage][0](copy)
    with pytest.raises(StoreError):
        back_up(copy.path, tmp_path / "backup", clock=CLOCK)
    assert not (tmp_path / "backup" / "backup.json").exists()


def test_a_spoilt_marker_is_named_and_mended(copy, backup):
    spoil_marker(copy)
    with pytest.raises(StoreError, match=r"its store\.json cannot be read"):
        copy.at()
    restore_store(backup, copy.path, clock=CLOCK, replace=True)
    assert wrong_with(copy) == set()


def test_what_a_killed_process_left_is_a_note(copy):
    part = data_file(copy, "labels")
    orphan = shutil.copy(part, part.with_name("part-00000-left-behind.parquet"))
    os.utime(orphan, (0, 0))
    [found] = check_store(copy).findings
    assert (found.table, found.rule, found.is_wrong) == ("labels", "orphans", False)
    assert found.ids == ("part-00000-left-behind.parquet",)


def test_a_flipped_bit_is_noticed_wherever_it_is(copy):
    file = data_file(copy, "votes")
    content = file.read_bytes()
    for place in range(0, len(content), len(content) // 4):
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        file.write_bytes(flipped)
        assert ("votes", "files") in wrong_with(copy)
