"""The writer lock: one process at a time writes derived tables."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from feedback.errors import StoreError, StoreLockedError

_LOCK = ".writer.lock"
_HOLDER = ".writer.json"


@contextmanager
def hold_writer_lock(folder: Path, *, clock: datetime, wait_s: float) -> Iterator[None]:
    """Return nothing, once this process alone may write; the lock ends with the block or the process.

    Raises
    ------
    StoreLockedError
        When the lock is still taken after `wait_s` seconds; it says by whom and since when.
    StoreError
        When the folder cannot be written.
    """
    lock = FileLock(folder / _LOCK)
    holder = {"pid": os.getpid(), "since": clock.isoformat(timespec="seconds")}
    try:
        lock.acquire(timeout=wait_s)
        (folder / _HOLDER).write_text(json.dumps(holder), encoding="utf-8")
    except Timeout as error:
        raise StoreLockedError(
            f"{_name_holder(folder)} is writing to {folder}; wait for it to finish, or give a longer wait_s"
        ) from error
    except OSError as error:
        lock.release()
        raise StoreError(f"cannot lock the store at {folder}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


def _name_holder(folder: Path) -> str:
    """Return who holds the lock; the file that says so may be missing or half written just now."""
    try:
        holder = json.loads((folder / _HOLDER).read_text(encoding="utf-8"))
        return f"process {holder['pid']} (since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
