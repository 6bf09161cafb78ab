"""What makes a folder a store: the file `store.json`, which says how the tables in it are laid out."""

import json
import os
import threading
from pathlib import Path

from feedback.errors import StoreError, name_some

FORMAT = 1
_MARKER = "store.json"
# Delta Lake addresses tables by URL and DuckDB expands wildcards: neither can escape these.
_UNUSABLE = "%*?[]^|\\"


def is_store(folder: Path) -> bool:
    """Return whether the folder holds a store.

    Examples
    --------
    >>> is_store(Path("no/such/folder"))
    False
    """
    return (folder / _MARKER).is_file()


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
    unusable = [character for character in _UNUSABLE if character in folder.as_posix()]
    if unusable:
        raise StoreError(
            f"a store cannot lie at {folder}: its path must not contain {' '.join(unusable)}; choose another folder"
        )
    if is_store(folder):
        _check_format(folder)
    elif folder.is_dir():
        _check_vacant(folder)
    elif folder.is_file():
        raise StoreError(f"{folder} is a file, not a store; name a folder")


def prepare_folder(folder: Path) -> None:
    """Make the folder a store unless it is one.

    Raises
    ------
    StoreError
        As `check_folder`, or when the folder cannot be made.
    """
    check_folder(folder)
    if is_store(folder):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{_MARKER}.{os.getpid()}.{threading.get_ident()}"
        draft.write_text(json.dumps({"format": FORMAT}), encoding="utf-8")
        draft.replace(folder / _MARKER)
    except OSError as error:
        raise StoreError(f"cannot make a store at {folder}: {error.strerror}") from error


def _check_format(folder: Path) -> None:
    try:
        found = json.loads((folder / _MARKER).read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"the store at {folder} is damaged: its {_MARKER} cannot be read") from error
    if found != FORMAT:
        raise StoreError(
            f"the store at {folder} has format {found}, this version of feedback reads {FORMAT}; upgrade feedback"
        )


def _check_vacant(folder: Path) -> None:
    others = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    # With the marker among them, somebody else made the store since we looked for it.
    if others and _MARKER not in others:
        raise StoreError(f"{folder} is not a store: it holds {name_some(others)}; name an empty or a new folder")
