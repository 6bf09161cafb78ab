"""Processes for tests: forked from one that has imported the package but never used it, so they start at once."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from types import ModuleType

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["feedback.pipeline", "feedback.simulate", "stored_story"])
Pipe = _CONTEXT.Pipe


def start(act: Callable, *arguments: object) -> BaseProcess:
    """Return a process in a group of its own that calls a function of a module."""
    process = _CONTEXT.Process(target=_lead, args=(act, *arguments), daemon=True)
    with _no_main_script():
        process.start()
    return process


def wait_for(process: BaseProcess, *, within_s: float = 120) -> int:
    """Return the exit code: 0, or minus the signal that ended it."""
    process.join(within_s)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"process {process.pid} went on for more than {within_s} s")
    return process.exitcode


@contextmanager
def _no_main_script() -> Iterator[None]:
    """Hide what runs as `__main__`: streamlit's AppTest leaves the app there, and each new process would run it."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _lead(act: Callable, *arguments: object) -> None:
    os.setsid()
    act(*arguments)
