"""What makes a folder a store: the file `store.json`, which says of which version the tables in it are.

Version 1 is what feedback 0.1.0 wrote at first. A store of an older version can be read as it is; before it is
written again it has to be brought up to date (`migrations`). One of a newer version is refused.
"""

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from feedback.errors import StoreError, name_some
from feedback.store.private import FOLDER_MODE, private_files

FORMAT = 3
MARKER = "store.json"
# Delta Lake addresses tables by URL and DuckDB expands wildcards: neither can escape these.
_UNUSABLE = "%*?[]^|\\"


@dataclass(frozen=True)
class StoreVersion:
    """The version of a store, and, while a migration is under way or was cut off, the one it comes from."""

    number: int
    migrating_from: int | None = None

    @property
    def is_current(self) -> bool:
        """Whether this program may write to it."""
        return self.number == FORMAT and self.migrating_from is None


def is_store(folder: Path) -> bool:
    """Return whether the folder holds a store.

    Examples
    --------
    >>> is_store(Path("no/such/folder"))
    False
    """
    return (folder / MARKER).is_file()


def check_folder(folder: Path) -> None:
    """Return nothing when the folder is a store we can read, or a place where one can begin.

    Raises
    ------
    StoreError
        When it is a file, holds something else, or was written by a newer version of feedback.

    Examples
    --------
    >>> check_folder(Path("no/such/folder"))
    >>> check_folder(Path("100%"))
    Traceback (most recent call last):
    feedback.errors.StoreError: a store cannot lie at 100%: its path must not contain %; choose another folder
    """
    check_path(folder)
    if is_store(folder):
        check_not_newer(folder)
    elif folder.is_dir():
        _check_vacant(folder)
    elif folder.is_file():
        raise StoreError(f"{folder} is a file, not a store; name a folder")


def check_path(folder: Path) -> None:
    """Return nothing when Delta Lake and DuckDB can address tables in a folder of this name.

    Raises
    ------
    StoreError
        When its path has a character that they cannot escape.
    """
    unusable = [character for character in _UNUSABLE if character in folder.as_posix()]
    if unusable:
        raise StoreError(
            f"a store cannot lie at {folder}: its path must not contain {' '.join(unusable)}; choose another folder"
        )


def prepare_folder(folder: Path) -> None:
    """Make the folder a store unless it is one; nobody but its owner can read what will lie in it.

    Raises
    ------
    StoreError
        As `check_folder`, when the folder cannot be made, or when the store is of an older version.
    """
    check_folder(folder)
    if is_store(folder):
        _check_current(folder)
        return
    try:
        with private_files():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(FOLDER_MODE)
            write_version(folder, StoreVersion(FORMAT))
    except OSError as error:
        raise StoreError(f"cannot make a store at {folder}: {error.strerror}") from error


def write_version(folder: Path, version: StoreVersion) -> None:
    """Say in one step of which version a store is."""
    written = {"format": version.number, "migrating_from": version.migrating_from}
    draft = folder / f".{MARKER}.{os.getpid()}.{threading.get_ident()}"
    draft.write_text(json.dumps({name: one for name, one in written.items() if one is not None}), encoding="utf-8")
    draft.replace(folder / MARKER)


def read_version(folder: Path) -> StoreVersion:
    """Return the version of a store; one that names none is of version 1.

    Raises
    ------
    StoreError
        When `store.json` is damaged.
    """
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        number, source = found.get("format", 1), found.get("migrating_from")
    except (OSError, ValueError, AttributeError) as error:
        raise StoreError(f"the store at {folder} is damaged: its {MARKER} cannot be read") from error
    if not isinstance(number, int) or not isinstance(source, int | None):
        raise StoreError(f"the store at {folder} is damaged: its {MARKER} names no version")
    return StoreVersion(max(number, 1), source)


def check_not_newer(folder: Path) -> StoreVersion:
    """Return the version of a store that this program can read.

    Raises
    ------
    StoreError
        When a newer version of feedback wrote it.
    """
    version = read_version(folder)
    if version.number > FORMAT:
        raise StoreError(
            f"the store at {folder} is newer than this program: it has format {version.number}, this version of"
            f" feedback reads {FORMAT}; upgrade feedback"
        )
    return version


def _check_current(folder: Path) -> None:
    version = read_version(folder)
    if version.migrating_from is not None:
        raise StoreError(f"the store at {folder} was left in the middle of a migration; repeat: feedback store migrate")
    if not version.is_current:
        raise StoreError(
            f"the store at {folder} has format {version.number}, this version of feedback writes {FORMAT};"
            " bring it up to date first: feedback store migrate"
        )


def _check_vacant(folder: Path) -> None:
    others = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    # With the marker among them, somebody else made the store since we looked for it.
    if others and MARKER not in others:
        raise StoreError(f"{folder} is not a store: it holds {name_some(others)}; name an empty or a new folder")
