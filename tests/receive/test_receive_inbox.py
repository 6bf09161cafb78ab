"""Files of the receiver: whole or not there, whatever happens."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.errors import StoreError, StoreLockedError
from feedback.receive import open_inbox
from feedback.sources import find_files

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


def test_batches_are_on_disk_before_they_can_be_read_by_others(tmp_path: Path):
    with open_inbox(tmp_path, clock=Clock()) as inbox:
        inbox.add("otlp", [b"{}", b"[]"])
        [part] = tmp_path.glob(".otlp-*.part")
        assert part.read_bytes() == b"{}\n[]\n"
        assert list(tmp_path.glob("*.jsonl")) == []
    assert [file.read_bytes() for file in find_files([tmp_path])] == [b"{}\n[]\n"]


def test_files_are_closed_by_age_and_by_size(tmp_path: Path):
    clock = Clock()
    with open_inbox(tmp_path, clock=clock, close_after=timedelta(seconds=10), close_at_bytes=5) as inbox:
        inbox.add("otlp", [b"{}"])
        inbox.close_due()
        assert list(tmp_path.glob("*.jsonl")) == []
        clock.time += timedelta(seconds=10)
        inbox.close_due()
        assert [file.name for file in tmp_path.glob("*.jsonl")] == ["otlp-20261121T120000-000001.jsonl"]
        inbox.add("otlp", [b"{} ", b"{} "])
        assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_each_stream_has_files_of_its_own(tmp_path: Path):
    with open_inbox(tmp_path, clock=Clock()) as inbox:
        inbox.add("otlp", [b"{}"])
        inbox.add("events", [b"{}"])
    assert sorted(file.name.split("-")[0] for file in tmp_path.glob("*.jsonl")) == ["events", "otlp"]


def test_what_a_killed_receiver_left_is_closed_without_its_half_line(tmp_path: Path):
    (tmp_path / ".otlp-20261121T110000-000001.part").write_bytes(b'{"whole": 1}\n{"hal')
    (tmp_path / ".otlp-20261121T110001-000002.part").write_bytes(b'{"hal')
    with open_inbox(tmp_path, clock=Clock()):
        pass
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*otlp*")} == {
        "otlp-20261121T110000-000001.jsonl": b'{"whole": 1}\n'
    }


def test_half_lines_longer_than_what_is_looked_at_are_cut_off(tmp_path: Path):
    (tmp_path / ".otlp-1.part").write_bytes(b"{}\n" + b"x" * 200_000)
    with open_inbox(tmp_path, clock=Clock()):
        assert (tmp_path / "otlp-1.jsonl").read_bytes() == b"{}\n"


def test_a_batch_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with open_inbox(tmp_path, clock=Clock()) as inbox:
        inbox.add("otlp", [b'{"kept": 1}'])
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", disk_is_full)
            with pytest.raises(OSError, match="No space"):
                inbox.add("otlp", [b'{"lost": 1}'])
        inbox.add("otlp", [b'{"kept": 2}'])
    assert b"".join(sorted(lines(tmp_path))) == b'{"kept": 1}\n{"kept": 2}\n'


def disk_is_full(_: int):
    raise OSError(28, "No space left on device")


def lines(folder: Path) -> list[bytes]:
    with open_inbox(folder, clock=Clock()):
        return [line + b"\n" for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines()]


def test_a_folder_has_one_receiver(tmp_path: Path):
    with (
        open_inbox(tmp_path, clock=Clock()),
        pytest.raises(StoreLockedError, match="another receiver writes to"),
        open_inbox(tmp_path, clock=Clock()),
    ):
        pass


def test_a_file_in_place_of_the_folder_is_one_clear_error(tmp_path: Path):
    (tmp_path / "incoming").write_text("")
    with pytest.raises(StoreError, match="cannot write to"), open_inbox(tmp_path / "incoming", clock=Clock()):
        pass


def test_only_the_owner_may_read(tmp_path: Path):
    with open_inbox(tmp_path / "incoming", clock=Clock()) as inbox:
        inbox.add("otlp", [b"{}"])
    assert (tmp_path / "incoming").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "incoming").glob("*.jsonl")} == {0o600}
