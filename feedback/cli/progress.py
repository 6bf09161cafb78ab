"""Progress on a terminal; quiet in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


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
