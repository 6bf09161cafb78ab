"""Commands in a process of its own that dies in the middle of one, or whose disk is full."""

import ctypes
import itertools
import os
import platform
import resource
import signal
import struct
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

import polars as pl
from stored_story import CLOCK, COMMANDS

from feedback.errors import StoreError
from feedback.schemas import empty_table
from feedback.store import Store, commits

LINK_CALLS = {"x86_64": (86, 265), "aarch64": (37,)}
SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
CAN_DIE_BETWEEN = sys.platform == "linux" and platform.machine() in LINK_CALLS
Moment = Literal["before", "between", "after"]
"""before a commit; when its data file is written and its log entry is not; after it"""


def die_at(path: Path, folder: Path, command: str, number: int, moment: Moment) -> None:
    """Run a command and die at its n-th commit; with fewer commits, it ends as usual."""
    order = itertools.count(1)
    usual = commits._commit

    def commit(name: str, write: Callable[[], object]) -> None:
        if next(order) != number:
            usual(name, write)
            return
        if moment == "before":
            _die()
        if moment == "between":
            _die_on_link()
        usual(name, write)
        _die()

    commits._commit = commit
    COMMANDS[command](Store(path), folder)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_on_link() -> None:
    """Have the kernel end the process at its next hard link, by which the entry of a commit gets its name."""
    numbers = LINK_CALLS[platform.machine()]
    read_number, allow, kill = (0x20, 0, 0, 0), (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x80000000)
    compare = [(0x15, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    steps = [struct.pack("HBBI", *step) for step in (read_number, *compare, allow, kill)]
    code = ctypes.create_string_buffer(b"".join(steps))
    program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code))
    system = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_filter, all_threads = 38, 1, 1
    if system.prctl(no_new_privileges, 1, 0, 0, 0) or system.syscall(
        SECCOMP_CALL[platform.machine()], set_filter, all_threads, ctypes.create_string_buffer(program)
    ):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def go_on(path: Path, folder: Path, names: list[str], connection: Connection) -> None:
    """Run commands one after the other while somebody reserves items; say so at the start, and of each reservation."""
    threading.Thread(target=_reserve, args=(Store(path), connection), daemon=True).start()
    for name in names:
        COMMANDS[name](Store(path), folder)


def _reserve(store: Store, connection: Connection) -> None:
    for number in itertools.count():
        connection.send(number)
        row = {"reservation_id": f"r{number}", "interaction_id": "i", "reviewer": "ann", "reserved_at": CLOCK}
        columns = empty_table("reservations").schema
        store.append("reservations", pl.DataFrame([row | {"expires_at": CLOCK + timedelta(hours=1)}], schema=columns))


def report(path: Path, folder: Path, command: str, connection: Connection, most_bytes: int | None = None) -> None:
    """Run a command and send what it says when the disk is full, null when it was not; no file may exceed a size."""
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    try:
        COMMANDS[command](Store(path), folder)
        connection.send(None)
    except StoreError as error:
        connection.send(str(error))
