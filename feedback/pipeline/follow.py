"""Files as they arrive in folders."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from feedback.errors import InputError
from feedback.sources import find_files

_Looks = dict[Path, tuple[int, int]]


def watch_files(paths: Iterable[str | Path], *, wait: Callable[[], bool]) -> Iterator[list[Path]]:
    """Yield the log files that are new or have changed, again and again; an empty list when there are none.

    A file counts once two looks in a row find it the same, so that half a file is not read. Those of the first look
    count at once. A folder may be empty, or still be missing.

    Parameters
    ----------
    paths
        Files, globs and folders, looked up anew each time.
    wait
        Called between two looks; returns whether to go on.

    Examples
    --------
    >>> looks = iter([True, False])
    >>> list(watch_files(["no such folder"], wait=lambda: next(looks)))
    [[], []]
    """
    taken: _Looks = {}
    before = now = _look(paths)
    while True:
        ready = [file for file, look in now.items() if before.get(file) == look and taken.get(file) != look]
        taken |= {file: now[file] for file in ready}
        yield ready
        if not wait():
            return
        before, now = now, _look(paths)


def _look(paths: Iterable[str | Path]) -> _Looks:
    """Return size and time of change of every file there is now."""
    found = {}
    for path in paths:
        try:
            found |= {file: file.stat() for file in find_files([path])}
        except (InputError, FileNotFoundError):
            # Nothing there yet, or gone while we looked: the next look will tell.
            continue
    return {file: (stat.st_size, stat.st_mtime_ns) for file, stat in found.items()}
