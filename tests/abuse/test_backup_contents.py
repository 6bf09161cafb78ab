"""A backup from somebody else: nothing of it lands outside of the store, and none of it is believed unchecked."""

import gzip
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hostile import CLOCK

from feedback.errors import StoreError
from feedback.schemas import empty_table
from feedback.store import Store
from feedback.store.backup import back_up
from feedback.store.restore import restore_store

CANARY = b"outside"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    store = Store(tmp_path / "store")
    columns = empty_table("reservations").schema
    row = {"reservation_id": "r", "interaction_id": "i", "reviewer": "ann", "reserved_at": CLOCK, "expires_at": CLOCK}
    store.append("reservations", pl.DataFrame([row], schema=columns))
    back_up(store.path, tmp_path / "backup", clock=CLOCK)
    return tmp_path / "backup"


def state(name: str, content: bytes = CANARY) -> dict[str, dict]:
    return {name: {"n_bytes": len(content), "sha256": sha256(content).hexdigest()}}


def add_to_manifest(backup: Path, files: dict[str, dict]) -> bytes:
    said = json.loads((backup / "backup.json").read_bytes())
    said["files"] |= files
    (backup / "backup.json").write_text(json.dumps(said))
    return (backup / "backup.json").read_bytes()


def check_refused(backup: Path, message: str) -> None:
    before = sorted(backup.parents[0].iterdir())
    with pytest.raises(StoreError, match=message):
        restore_store(backup, backup.parent / "restored", clock=CLOCK)
    assert sorted(backup.parents[0].iterdir()) == before


ELSEWHERE = (
    "../escaped", "/tmp/escaped", "reviews/../../escaped", "reviews/_delta_log/../../../escaped", "C:\\escaped",
    "reviews\\..\\escaped", "reviews//escaped", "./reviews/a", "reviews/.", "reviews/..", "reviews/\0a", "~/a",
    ".ssh/authorized_keys", "reviews/_delta_log/deeper/a", "", "reviews/", "REVIEWS/a", "reviews/a\n",
)  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_name_that_leads_elsewhere(backup, name):
    add_to_manifest(backup, state(name))
    check_refused(backup, "it names files that no store has")


@pytest.mark.parametrize("spoil", [b"[]", b"{", b"", b'{"written_by": "me"}', b"[" * 100_000, b"\xff\xfe", b"null"])
def test_a_manifest_that_is_none(backup, spoil):
    (backup / "backup.json").write_bytes(spoil)
    check_refused(backup, r"is no backup of a store: its backup\.json cannot be read")


def test_a_manifest_that_is_not_there(backup):
    (backup / "backup.json").unlink()
    check_refused(backup, "there is no backup at|cannot be read")


def link_file(backup: Path) -> None:
    file = next((backup / "reservations").glob("*.parquet"))
    moved = shutil.move(file, backup.parent / "elsewhere.parquet")
    file.symlink_to(moved)


def link_folder(backup: Path) -> None:
    moved = shutil.move(backup / "reservations", backup.parent / "elsewhere")
    (backup / "reservations").symlink_to(moved)


def link_manifest(backup: Path) -> None:
    moved = shutil.move(backup / "backup.json", backup.parent / "elsewhere.json")
    (backup / "backup.json").symlink_to(moved)


def make_pipe(backup: Path) -> None:
    file = next((backup / "reservations").glob("*.parquet"))
    file.unlink()
    os.mkfifo(file)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
@pytest.mark.parametrize("spoil", [link_file, link_folder, link_manifest, make_pipe])
def test_a_folder_with_links_or_pipes(backup, spoil: Callable[[Path], None]):
    spoil(backup)
    check_refused(backup, "is not a plain file")


def pack(backup: Path, *entries: tuple[tarfile.TarInfo, bytes], first: bytes | None = None) -> Path:
    """Return an archive of a backup with further entries after its manifest."""
    manifest = first if first is not None else (backup / "backup.json").read_bytes()
    head = tarfile.TarInfo("backup.json")
    head.size = len(manifest)
    with tarfile.open(backup.parent / "hostile.tar", "w") as archive:
        archive.addfile(head, io.BytesIO(manifest))
        for name in json.loads((backup / "backup.json").read_bytes())["files"]:
            if (backup / name).is_file():
                archive.add(backup / name, arcname=name)
        for entry, content in entries:
            archive.addfile(entry, io.BytesIO(content))
    return backup.parent / "hostile.tar"


def entry(name: str, **further: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = len(CANARY)
    for attribute, value in further.items():
        setattr(made, attribute, value)
    return made


def test_a_sound_archive_is_taken(backup, tmp_path):
    restore_store(pack(backup), tmp_path / "restored", clock=CLOCK)
    assert Store(tmp_path / "restored").table("reservations").collect().height == 1


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "reviews/a", "reviews/../../escaped"])
def test_an_archive_with_more_than_it_names(backup, name):
    check_refused(pack(backup, (entry(name), CANARY)), "does not belong into it")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_an_archive_with_links_devices_or_folders(backup, kind):
    add_to_manifest(backup, state("reviews/part-0.parquet"))
    made = entry("reviews/part-0.parquet", type=kind, linkname="/etc/passwd", size=0)
    check_refused(pack(backup, (made, b"")), "does not belong into it")


def test_an_archive_that_names_a_file_twice(backup):
    name = next(name for name in json.loads((backup / "backup.json").read_bytes())["files"] if "parquet" in name)
    check_refused(pack(backup, (entry(name), CANARY)), "does not belong into it")


def test_an_archive_with_other_content_than_it_states(backup):
    manifest = add_to_manifest(backup, state("reviews/part-0.parquet"))
    other = entry("reviews/part-0.parquet")
    check_refused(
        pack(backup, (other, CANARY[::-1]), first=manifest), "is damaged, nothing was restored: reviews/part-0"
    )


def test_an_archive_that_was_cut_off(backup):
    archive = pack(backup)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    check_refused(archive, "cut off|is damaged")


def test_a_packed_archive_is_not_unpacked(backup):
    bomb = backup.parent / "bomb.tar"
    bomb.write_bytes(gzip.compress(bytes(50_000_000)))
    assert bomb.stat().st_size < 100_000
    check_refused(bomb, "is no backup of a store")


def test_a_file_of_holes_is_not_unpacked(backup):
    add_to_manifest(backup, state("reviews/part-0.parquet"))
    holes = entry("reviews/part-0.parquet", type=tarfile.GNUTYPE_SPARSE, size=0)
    check_refused(pack(backup, (holes, b"")), "is no backup of a store|does not belong")


def test_more_than_the_disk_holds_is_refused_before_it_is_written(backup):
    add_to_manifest(backup, {"reviews/part-0.parquet": {"n_bytes": 2**60, "sha256": "0" * 64}})
    check_refused(backup, "needs .* bytes, .* has .* free")
