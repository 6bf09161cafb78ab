"""Processes for tests: forked from one that has imported the package but never used it, so they start at once."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["feedback.pipeline", "feedback.simulate", "stored_story"])
Pipe = _CONTEXT.Pipe


def start(act: Callable, *arguments: object) -> BaseProcess:
    """Return a process in a group of its own that calls a function of a module."""
    process = _CONTEXT.Process(target=_lead, args=(act, *arguments), daemon=True)
    process.start()
    return process


def wait_for(process: BaseProcess, *, within_s: float = 120) -> int:
    """Return the exit code: 0, or minus the signal that ended it."""
    process.join(within_s)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"process {process.pid} went on for more than {within_s} s")
    return process.exitcode


def _lead(act: Callable, *arguments: object) -> None:
    os.setsid()
    act(*arguments)
