"""Progress on a terminal; quiet in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def steps(title: str, n_steps: int) -> Iterator[Callable[[str], None]]:
    """Return a function to call with the name of each step before it begins."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn(title), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=n_steps)
        begun = 0

        def advance(step: str) -> None:
            nonlocal begun
            progress.update(task, description=step, completed=begun, total=max(n_steps, begun + 1))
            begun += 1

        yield advance
