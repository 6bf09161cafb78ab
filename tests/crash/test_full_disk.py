"""A full disk ends a command with one clear line; with space again, the next run completes to the same tables."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from crash_driver import report
from hypothesis import settings
from processes import Pipe, start, wait_for
from stored_story import COMMANDS

from feedback.errors import StoreError

pytestmark = pytest.mark.slow
DISK_BYTES = 16 * 2**20
IS_THOROUGH = settings().max_examples > 1000
STEP_BYTES = (16 if IS_THOROUGH else 48) * 2**10
MOST_BYTES = (0, 1_000, 2_000, 4_000, 8_000) if IS_THOROUGH else (2_000,)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.name != "posix" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_command_that_fills_the_disk(story, copy, disk: Path, command: str):
    stage = list(COMMANDS).index(command)
    for step in count():
        store = copy(stage, disk)
        fill(disk / "ballast", leave=step * STEP_BYTES)
        said = said_by(store.path, story.folder, command)
        (disk / "ballast").unlink()
        if said is None:
            break
        finish(story, store, stage, command, said)
        shutil.rmtree(store.path)
    assert step > 0


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_command_that_may_not_write_large_files(story, copy, command: str):
    stage = list(COMMANDS).index(command)
    for most_bytes in MOST_BYTES:
        store = copy(stage)
        said = said_by(store.path, story.folder, command, most_bytes)
        assert said or most_bytes
        if said:
            finish(story, store, stage, command, said)


def test_people_are_told_and_what_they_wrote_before_stays(story, copy, disk: Path):
    store = copy(0, disk)
    reviews = store.table("reviews").collect()
    fill(disk / "ballast", leave=0)
    with pytest.raises(StoreError, match=r"table reviews cannot be written: .*; is the disk full"):
        store.append("reviews", reviews)
    assert store.table("reviews").collect().equals(reviews)


def said_by(path: Path, folder: Path, command: str, most_bytes: int | None = None) -> str | None:
    """Return the message a command ended with, null when it succeeded."""
    receiver, sender = Pipe(duplex=False)
    process = start(report, path, folder, command, sender, most_bytes)
    sender.close()
    assert wait_for(process) == 0
    return receiver.recv()


def finish(story, store, stage: int, command: str, said: str) -> None:
    """Check what was said, and that the command succeeds once there is space."""
    assert "\n" not in said
    assert "is the disk full?" in said or "No space left" in said or "File too large" in said
    if story.check(store, stage) == stage:
        COMMANDS[command](store, story.folder)
    assert story.check(store, stage) == stage + 1


def fill(ballast: Path, *, leave: int) -> None:
    """Fill a disk but for some bytes."""
    stat = os.statvfs(ballast.parent)
    with ballast.open("wb") as file:
        file.write(bytes(max(stat.f_bavail * stat.f_frsize - leave, 0)))
