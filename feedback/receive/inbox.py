"""A folder in which every batch is on disk before anyone is told that it was taken.

    .otlp-20261121T101500-000001.part     what is written to; readers pass over names with a dot
    otlp-20261121T101500-000001.jsonl     closed, by one rename: complete, never touched again
    .receive.lock                         held by the one receiver of the folder

What a killed receiver left is closed when the next one opens the folder. A batch it had not answered for may be half
written: it is cut off, and its sender sends it again.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from feedback.errors import StoreError, StoreLockedError

Clock = Callable[[], datetime]
CLOSE_AFTER = timedelta(seconds=10)
CLOSE_AT_BYTES = 2**24
_PART = re.compile(r"\.(.+)\.part")
_LOOKED_AT = 2**16


class Inbox:
    """The open files of a folder, one per stream of lines. `open_inbox` makes one.

    Parameters
    ----------
    folder
        Where to; it exists.
    clock
        Says what time it is: names and ages of files.
    close_after
        A file this old is closed at the next `close_due`.
    close_at_bytes
        A file that reaches this size is closed at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        close_after: timedelta = CLOSE_AFTER,
        close_at_bytes: int = CLOSE_AT_BYTES,
    ):
        self.folder = folder
        self._clock = clock
        self._close_after = close_after
        self._close_at_bytes = close_at_bytes
        self._guard = Lock()
        self._parts: dict[str, _Part] = {}
        self._n_opened = 0

    def add(self, stream: str, lines: Sequence[bytes]) -> None:
        """Return once the lines are on disk, all of them; when they cannot be written, none is kept.

        Parameters
        ----------
        stream
            What they are; each stream has files of its own.
        lines
            JSON, one object each, without line breaks.

        Raises
        ------
        OSError
            When they cannot be written: the disk is full, the folder is gone.
        """
        content = b"".join(line + b"\n" for line in lines)
        with self._guard:
            part = self._parts.get(stream) or self._open(stream)
            try:
                part.append(content)
            except OSError:
                self._close(stream)
                raise
            if part.size >= self._close_at_bytes:
                self._close(stream)

    def close_due(self) -> None:
        """Close the files that are old enough for others to read."""
        with self._guard:
            now = self._clock()
            for stream in [name for name, part in self._parts.items() if now - part.opened_at >= self._close_after]:
                self._close(stream)

    def close(self) -> None:
        """Close all files."""
        with self._guard:
            for stream in list(self._parts):
                self._close(stream)

    def _open(self, stream: str) -> "_Part":
        opened_at = self._clock()
        name = f"{stream}-{opened_at:%Y%m%dT%H%M%S}"
        while True:
            self._n_opened += 1
            path = self.folder / f".{name}-{self._n_opened:06}.part"
            if not _final_name(path).exists():
                with suppress(FileExistsError):
                    self._parts[stream] = _Part(path, opened_at)
                    return self._parts[stream]

    def _close(self, stream: str) -> None:
        self._parts.pop(stream).publish()


class _Part:
    """A file that is written to; `size` counts the bytes that are on disk for good."""

    def __init__(self, path: Path, opened_at: datetime):
        self.path = path
        self.opened_at = opened_at
        self.size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        _flush_folder(path.parent)

    def append(self, content: bytes) -> None:
        """Return once the content is on disk."""
        left = memoryview(content)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self.size += len(content)

    def publish(self) -> None:
        """Give the file its final name, with what is on disk for good; an empty one goes.

        Where even that fails the part stays, and is closed when the folder is opened next.
        """
        with suppress(OSError):
            os.ftruncate(self._file, self.size)
            os.fsync(self._file)
            _publish(self.path, is_empty=self.size == 0)
        os.close(self._file)


@contextmanager
def open_inbox(
    folder: Path, *, clock: Clock, close_after: timedelta = CLOSE_AFTER, close_at_bytes: int = CLOSE_AT_BYTES
) -> Iterator[Inbox]:
    """Return the inbox of a folder, for a with-block; the folder is made where it is missing.

    Raises
    ------
    StoreLockedError
        When another receiver has it.
    StoreError
        When the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> folder, noon = Path(tempfile.mkdtemp()), datetime(2026, 11, 21, 12, tzinfo=UTC)
    >>> with open_inbox(folder, clock=lambda: noon) as inbox:
    ...     inbox.add("events", [b'{"kind": "copy"}'])
    >>> [file.name for file in folder.glob("*.jsonl")]
    ['events-20261121T120000-000001.jsonl']
    """
    lock = FileLock(folder / ".receive.lock")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        _close_left_over(folder)
    except Timeout as error:
        raise StoreLockedError(f"another receiver writes to {folder}; give this one a folder of its own") from error
    except OSError as error:
        lock.release()
        raise StoreError(f"cannot write to {folder}: {error.strerror}") from error
    inbox = Inbox(folder, clock=clock, close_after=close_after, close_at_bytes=close_at_bytes)
    try:
        yield inbox
    finally:
        inbox.close()
        lock.release()


def _close_left_over(folder: Path) -> None:
    """Close what a receiver that was killed left open, without the half line at its end."""
    for path in sorted(folder.iterdir()):
        if _PART.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            size = _whole_lines(path)
            os.truncate(path, size)
            _publish(path, is_empty=size == 0)


def _whole_lines(path: Path) -> int:
    """Return the size of a file up to its last line break."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(end - _LOOKED_AT, 0)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _publish(path: Path, *, is_empty: bool) -> None:
    if is_empty:
        path.unlink()
    else:
        path.rename(_final_name(path))
    _flush_folder(path.parent)


def _final_name(path: Path) -> Path:
    named = _PART.fullmatch(path.name)
    return path.with_name(f"{named[1] if named else path.name}.jsonl")


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
