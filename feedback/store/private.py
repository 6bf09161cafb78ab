"""Files that nobody but their owner can read: a store holds what people wrote."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OTHERS = 0o077


class _Mask:
    """The umask is one for the whole process: the first to ask for a tight one sets it, the last puts it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_holders = 0
        self._usual = 0

    def tighten(self) -> None:
        """Have new files readable by their owner only, whichever library writes them."""
        with self._lock:
            if not self._n_holders:
                self._usual = os.umask(_OTHERS)
            self._n_holders += 1

    def loosen(self) -> None:
        """Put the umask back, unless somebody else still needs it."""
        with self._lock:
            self._n_holders -= 1
            if not self._n_holders:
                os.umask(self._usual)


_MASK = _Mask()


@contextmanager
def private_files() -> Iterator[None]:
    """Return nothing; what is written inside the block, also by Delta Lake, belongs to its owner alone.

    Examples
    --------
    >>> import tempfile
    >>> with private_files():
    ...     file = Path(tempfile.mkdtemp()) / "mine"
    ...     _ = file.write_text("secret")
    >>> oct(file.stat().st_mode & 0o777)
    '0o600'
    """
    _MASK.tighten()
    try:
        yield
    finally:
        _MASK.loosen()


def close_to_others(folder: Path) -> int:
    """Return how many files and folders others could read, now that they no longer can."""
    wanted = {path: FOLDER_MODE if path.is_dir() else FILE_MODE for path in (folder, *folder.rglob("*"))}
    opened = {path: mode for path, mode in wanted.items() if not path.is_symlink() and is_open_to_others(path)}
    for path, mode in opened.items():
        path.chmod(mode)
    return len(opened)


def is_open_to_others(path: Path) -> bool:
    """Return whether anybody but the owner may read, write or enter it."""
    return bool(path.stat().st_mode & _OTHERS)
