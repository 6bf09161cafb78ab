"""Progress on a terminal; quiet in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class LabellingProgress:
    """Two bars: the steps of a command, and the events labelled in one of them."""

    def __init__(self, progress: Progress, n_steps: int):
        self._progress = progress
        self._steps: TaskID = progress.add_task("", total=n_steps)
        self._events: TaskID | None = None
        self._n_begun = 0

    def advance(self, step: str) -> None:
        """Say that a step begins."""
        self._progress.update(self._steps, description=step, completed=self._n_begun)
        self._n_begun += 1

    def count_events(self, done: int, in_all: int) -> None:
        """Say how many events are labelled."""
        if self._events is None:
            self._events = self._progress.add_task("", total=in_all)
        self._progress.update(
            self._events, description=f"{done:,} of {in_all:,} events", completed=done, total=max(in_all, 1)
        )


@contextmanager
def labelling(n_steps: int, title: str = "Labelling") -> Iterator[LabellingProgress]:
    """Return what to call as labelling goes on."""
    with _bars(title) as progress:
        yield LabellingProgress(progress, n_steps)


class ReadingProgress:
    """A bar of the bytes of all files, packed as they are."""

    def __init__(self, progress: Progress, n_bytes: int):
        self._progress = progress
        self._task: TaskID = progress.add_task("", total=max(n_bytes, 1))
        self._n_before = self._n_bytes = 0

    def begin(self, file: Path) -> None:
        """Say that a file begins."""
        self._n_before += self._n_bytes
        self._n_bytes = 0
        self._progress.update(self._task, description=file.name)

    def at_byte(self, n: int) -> None:
        """Say how many bytes of the file are read; a second look at it does not go back."""
        self._n_bytes = max(self._n_bytes, n)
        self._progress.update(self._task, completed=self._n_before + self._n_bytes)


@contextmanager
def reading(n_bytes: int) -> Iterator[ReadingProgress]:
    """Return what to call as files are read."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("Reading"), BarColumn(), DownloadColumn(), TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield ReadingProgress(progress, n_bytes)


@contextmanager
def steps(title: str, n_steps: int) -> Iterator[Callable[[str], None]]:
    """Return a function to call with the name of each step before it begins."""
    with _bars(title) as progress:
        task = progress.add_task("", total=n_steps)
        begun = 0

        def advance(step: str) -> None:
            nonlocal begun
            progress.update(task, description=step, completed=begun, total=max(n_steps, begun + 1))
            begun += 1

        yield advance


def _bars(title: str) -> Progress:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn(title), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
