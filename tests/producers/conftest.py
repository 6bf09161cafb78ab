"""Real producers of logs, each in an environment of its own. What stands in the folders below runs there, not here.

`uv run pytest -m producers` makes each environment anew, with the current version of the producer, and deletes it.
A folder holds `pyproject.toml` and `produce.py`, which is called with the folder to write to and further arguments.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

collect_ignore_glob = ["*/*"]
HERE = Path(__file__).parent
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "sh")


@pytest.fixture
def produce(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Return a function that runs a producer and returns the folder it wrote to.

    `produce("otel")` runs cut off from the network, with a loopback of its own, where that is allowed;
    `produce("otel", "send", url, reach="this machine")` sees the loopback of this machine.
    """
    projects: list[Path] = []

    def produce(name: str, *arguments: str, reach: str = "itself") -> Path:
        project, out = tmp_path / f"project-{name}", tmp_path / f"out-{name}"
        if project not in projects:
            shutil.copytree(HERE / name, project)
            projects.append(project)
            run(project, "uv", "sync", "--quiet", "--no-dev")
        out.mkdir(exist_ok=True)
        cut_off = () if reach == "this machine" else without_network()
        run(project, *cut_off, "uv", "run", "--no-sync", "python", "produce.py", str(out), *arguments)
        return out

    yield produce
    for project in projects:
        shutil.rmtree(project)


def without_network() -> tuple[str, ...]:
    """Return what a command runs under to have the loopback only; nothing where that is not allowed."""
    probe = subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False)
    return WITHOUT_NETWORK if probe.returncode == 0 else ()


def run(folder: Path, *command: str):
    """Run a command that must end well."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-6_000:]
