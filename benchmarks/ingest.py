"""What it costs to ingest a file, small and large: memory must not grow with it.

    uv run python -m benchmarks.ingest [--gigabytes 1] [--write]

The bundled log is written as JSON Lines and repeated under new session, event and interaction ids until the file has
the size. Each ingest is a process of its own into an empty store; CPU is user plus system time of all its threads,
imports included, peak is its largest resident memory. With `--write` the table goes into docs/performance.md.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.labelling import describe_machine
from benchmarks.rate_tables import write_between_marks
from feedback.pipeline import ingest_logs
from feedback.store import Store

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
MARKS = ("<!-- ingest -->", "<!-- /ingest -->")
BUNDLED = ROOT / "data" / "events.parquet"
CLOCK = datetime(2030, 1, 1, tzinfo=UTC)
IDS = ("session_id", "event_id", "interaction_id")


def write_lines(file: Path, n_bytes: int) -> None:
    """Write the bundled log as JSON Lines, again and again under new ids, until the file has so many bytes."""
    log = pl.read_parquet(BUNDLED)
    with file.open("wb") as stream:
        copy = 0
        while stream.tell() < n_bytes:
            log.with_columns(pl.format("{}-{}", pl.lit(copy), name).alias(name) for name in IDS).write_ndjson(stream)
            copy += 1


def measure(file: Path) -> dict[str, float]:
    """Return what it costs to ingest a file, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.ingest", "--one", str(file), "--store", folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return json.loads(said.splitlines()[-1])


def ingest_one(file: Path, store: Path) -> None:
    """Ingest a file and print what it cost."""
    started = time.perf_counter()
    summary = ingest_logs(Store(store / "store"), [file], clock=lambda: CLOCK)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {
        "rows": summary.n_rows,
        "accounted": summary.n_new + summary.n_duplicates + summary.n_quarantined,
        "cpu_s": used.ru_utime + used.ru_stime,
        "wall_s": time.perf_counter() - started,
        "peak_gib": used.ru_maxrss / 2**20,
    }
    print(json.dumps(cost))


def tabulate(costs: dict[str, tuple[int, dict[str, float]]], call: str) -> str:
    """Return the table for the page."""
    lines = ["| file | MB | rows | CPU s | wall s | peak GiB | MB per CPU-s |", "|---|---|---|---|---|---|---|"]
    for name, (n_bytes, cost) in costs.items():
        lines.append(
            f"| {name} | {n_bytes / 1e6:,.0f} | {cost['rows']:,.0f} | {cost['cpu_s']:.1f} | {cost['wall_s']:.1f} | "
            f"{cost['peak_gib']:.2f} | {n_bytes / 1e6 / cost['cpu_s']:.1f} |"
        )
    return "\n".join([*lines, "", f"Every row accounted for. {describe_machine()} `{call}`"])


def main() -> None:
    """Measure and print, or write into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        ingest_one(given.one, given.store)
        return
    costs: dict[str, tuple[int, dict[str, float]]] = {"bundled, Parquet": (BUNDLED.stat().st_size, measure(BUNDLED))}
    with tempfile.TemporaryDirectory() as folder:
        for name, n_bytes in (
            ("bundled, JSON Lines", 1),
            ("a quarter, JSON Lines", int(given.gigabytes * 2.5e8)),
            ("whole, JSON Lines", int(given.gigabytes * 1e9)),
        ):
            file = Path(folder) / "log.jsonl"
            write_lines(file, n_bytes)
            costs[name] = (file.stat().st_size, measure(file))
    lost = [name for name, (_, cost) in costs.items() if cost["rows"] != cost["accounted"]]
    if lost:
        raise SystemExit(f"rows are missing from the counts of: {', '.join(lost)}")
    text = tabulate(costs, f"uv run python -m benchmarks.ingest --gigabytes {given.gigabytes:g}")
    print(text)
    if given.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
