"""People append at any time, but for the moment in which their tables are rewritten because somebody is forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import StoreError

try:
    import fcntl
except ImportError:  # a system without flock: nobody rewrites while others append there but by bad luck
    fcntl = None

_GUARD = ".append.lock"


@contextmanager
def allow_append(folder: Path) -> Iterator[None]:
    """Return nothing once nobody rewrites people's tables; any number of processes append at a time.

    Raises
    ------
    StoreError
        When the folder cannot be written.
    """
    with _hold(folder, is_alone=False):
        yield


@contextmanager
def hold_appends(folder: Path) -> Iterator[None]:
    """Return nothing once nobody appends; whoever wants to waits for the end of the block.

    Raises
    ------
    StoreError
        When the folder cannot be written.
    """
    with _hold(folder, is_alone=True):
        yield


@contextmanager
def _hold(folder: Path, *, is_alone: bool) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    try:
        guard = (folder / _GUARD).open("ab")
    except OSError as error:
        raise StoreError(f"cannot write to the store at {folder}: {error.strerror}") from error
    with guard:
        fcntl.flock(guard, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        yield
