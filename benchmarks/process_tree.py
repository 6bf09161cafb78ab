"""What a command costs with every process it starts: sampled from /proc (Linux), so good to a fifth of a second."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_S = 0.2
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
Process = tuple[int, str]  # id and start: an id may be used again


@dataclass(frozen=True)
class TreeCost:
    """Seconds of CPU (user and system) of all processes, seconds on the clock, peak of their memory together in GiB.

    Memory is the proportional set size: what processes share is counted once.
    """

    cpu_s: float
    wall_s: float
    peak_gib: float


def run_tree(command: Sequence[str]) -> tuple[TreeCost, str]:
    """Return what the command costs and what it writes to standard output.

    Raises
    ------
    subprocess.CalledProcessError
        When it fails.
    """
    started, cpu_s, peak = time.perf_counter(), {}, 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            tree = _find_tree(process.pid)
            cpu_s.update({one: used for one, used in tree.items() if used >= cpu_s.get(one, 0)})
            peak = max(peak, sum(_memory_gib(pid) for pid, _ in tree))
            time.sleep(LOOK_EVERY_S)
        said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return TreeCost(sum(cpu_s.values()), time.perf_counter() - started, peak), said


def _find_tree(root: int) -> dict[Process, float]:
    """Return the seconds of CPU of a process and of all that descend from it."""
    known = {pid: fields for pid in _list_processes() if (fields := _read_stat(pid))}
    wanted, found = [root], {}
    while wanted:
        pid = wanted.pop()
        if pid not in known:
            continue
        fields = known[pid]
        found[pid, fields[19]] = (int(fields[11]) + int(fields[12])) * _TICK_S
        wanted += [child for child, of in known.items() if int(of[1]) == pid]
    return found


def _list_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _read_stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none for a process that has just ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _memory_gib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0
    return next((int(line.split()[1]) / 2**20 for line in lines if line.startswith("Pss:")), 0.0)
