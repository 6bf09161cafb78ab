"""What a backup says of itself: which files it holds, each with its length and checksum."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from feedback.errors import StoreError, name_some
from feedback.store.layout import MARKER

MANIFEST = "backup.json"
MOST_BYTES = 256 * 2**20
_WRITTEN_BY = "feedback store backup"
# A table, then a data file or an entry of its log: nothing that leads elsewhere.
_NAME = re.compile(rf"{re.escape(MARKER)}|[a-z][a-z_]*/(?:_delta_log/)?[A-Za-z0-9][\w.-]*", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BackedUpFile(NamedTuple):
    """Length and SHA-256 of a file."""

    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Version of the store, number of its latest run, when it was copied, and every file of it."""

    format: int
    run: int
    taken_at: datetime
    files: Mapping[str, BackedUpFile]

    @property
    def n_bytes(self) -> int:
        """How long all files are together."""
        return sum(file.n_bytes for file in self.files.values())

    def sums(self) -> dict[str, str]:
        """Return the checksums of the files of each table, in the form of `sums`."""
        lines: dict[str, str] = defaultdict(str)
        for name, file in self.files.items():
            table, _, inner = name.partition("/")
            if inner:
                lines[table] += f"{file.sha256}  {inner}\n"
        return dict(lines)

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        files = {name: file._asdict() for name, file in self.files.items()}
        said = {**asdict(self), "written_by": _WRITTEN_BY, "taken_at": self.taken_at.isoformat(), "files": files}
        return json.dumps(said, indent=1).encode()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it into a backup, in one step."""
    draft = folder / f".{MANIFEST}.draft"
    draft.write_bytes(manifest.to_bytes())
    draft.replace(folder / MANIFEST)


def parse_manifest(content: bytes, *, where: Path) -> Manifest:
    """Return what a backup says of itself; nothing in it may lead outside of the backup.

    Raises
    ------
    StoreError
        When it is not what a backup says, or names a file that no store has.
    """
    try:
        said = json.loads(content)
        if said["written_by"] != _WRITTEN_BY:
            raise ValueError(_WRITTEN_BY)
        files = {name: BackedUpFile(int(file["n_bytes"]), str(file["sha256"])) for name, file in said["files"].items()}
        manifest = Manifest(int(said["format"]), int(said["run"]), datetime.fromisoformat(said["taken_at"]), files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{where} is no backup of a store: its {MANIFEST} cannot be read") from error
    strange = [name for name, file in files.items() if not _is_ours(name, file)]
    if strange or MARKER not in files:
        named = f": {name_some(repr(name[:80]) for name in strange)}" if strange else ""
        raise StoreError(f"{where} is no backup of a store: it names files that no store has{named}")
    return manifest


def _is_ours(name: str, file: BackedUpFile) -> bool:
    return bool(_NAME.fullmatch(name)) and file.n_bytes >= 0 and bool(_DIGEST.fullmatch(file.sha256))
