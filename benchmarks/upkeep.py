"""What upkeep is worth: many small runs into two stores, one of which is tidied once a day.

    uv run benchmarks/upkeep.py [--runs 960] [--a-day 48] [--seed 7] [--write]

Each run writes what a labelling run of a few sessions does: some events, interactions, votes and labels more,
open labels and quality anew, and the runs row; now and then a review. Runs of both stores alternate, so that
what else the machine does hits both. CPU is user plus system time of all threads. A commit is one such run, a
read opens the store and collects labels, interactions and quality. `--write` puts the table into docs/store.md.
"""

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.rate_tables import write_between_marks
from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.label import run_labels
from feedback.schemas import TABLES, empty_table
from feedback.simulate import simulate_traffic
from feedback.store import Store

PAGE = Path(__file__).parents[1] / "docs" / "store.md"
MARKS = ("<!-- upkeep -->", "<!-- /upkeep -->")
BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
APPENDED = ("events", "interactions", "votes", "labels")
REPLACED = ("open_labels", "quality")
READ = ("labels", "interactions", "quality")


@dataclass
class Measured:
    """A store under test: CPU seconds of each commit, read and upkeep."""

    store: Store
    is_tidied: bool
    commits: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    upkeeps: list[float] = field(default_factory=list)


def label_log(folder: Path, *, seed: int, sessions: int) -> dict[str, pl.DataFrame]:
    """Return the tables that a simulated log becomes."""
    simulate_traffic(days=28, sessions=sessions, seed=seed).events.write_parquet(folder / "log.parquet")
    store = Store(folder / "whole")
    ingest_logs(store, [folder / "log.parquet"], clock=lambda: BEGINS + timedelta(days=400))
    run_labels(store, clock=lambda: BEGINS + timedelta(days=400), watermark="end")
    tables = {name: store.table(name).sort(TABLES[name].order).collect() for name in (*APPENDED, "quality")}
    return {**tables, "open_labels": tables["labels"]}


def commit(store: Store, tables: dict[str, pl.DataFrame], number: int, *, runs: int, clock: datetime) -> None:
    """Write the n-th share of each table, as a run does."""
    with store.writer(clock=clock) as writer:
        for name in APPENDED:
            writer.append(name, share_of(tables[name], number, runs))
        for name in REPLACED:
            writer.replace(name, share_of(tables[name], number, runs))
        writer.commit(
            command="run", started_at=clock, finished_at=clock, watermark=clock, label_version=1,
            sources={"log": clock}, counts={"n_final": number},
        )  # fmt: skip


def share_of(table: pl.DataFrame, number: int, runs: int) -> pl.DataFrame:
    first, last = table.height * number // runs, table.height * (number + 1) // runs
    return table.slice(first, last - first)


def review(store: Store, number: int, clock: datetime) -> None:
    usual = {"session_id": "s", "level": "response", "verdict": "good", "reviewer": "ann", "stream": "mining"}
    row = {**usual, "review_id": f"r{number}", "reviewed_at": clock, "tags": []}
    store.append("reviews", pl.DataFrame([row], schema=empty_table("reviews").schema))


def read(store: Store) -> None:
    snapshot = store.at()
    for name in READ:
        snapshot.table(name).collect()


def cpu_s(act: Callable[[], object]) -> float:
    """Return the CPU seconds something takes."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    act()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def go_through(stores: list[Measured], tables: dict[str, pl.DataFrame], *, runs: int, a_day: int) -> None:
    """Do all runs, turn by turn."""
    for number in range(runs):
        clock = BEGINS + number * timedelta(days=1) / a_day
        for one in stores if number % 2 else stores[::-1]:
            one.commits.append(cpu_s(partial(commit, one.store, tables, number, runs=runs, clock=clock)))
            one.reads.append(cpu_s(partial(read, one.store)))
            if number % 5 == 0:
                review(one.store, number, clock)
            if one.is_tidied and one.store.is_upkeep_due(clock=clock):
                one.upkeeps.append(cpu_s(partial(one.store.tidy, clock=clock)))


def check_rows(stores: list[Measured], tables: dict[str, pl.DataFrame]) -> None:
    """Raise unless both stores hold every row that was written."""
    for one in stores:
        for name in APPENDED:
            found = one.store.table(name).sort(TABLES[name].key).collect()
            if not found.equals(tables[name].sort(TABLES[name].key)):
                raise ValueError(f"table {name} is not what was written")


def count_files(store: Store) -> dict[str, float]:
    """Return data files in all and of the latest snapshot, log entries, and MiB on disk."""
    snapshot = store.at()
    return {
        "files": len(list(store.path.glob("*/*.parquet"))),
        "latest": sum(len(snapshot.find_version(name).files) for name in TABLES),
        "log": len(list(store.path.glob("*/_delta_log/*.json"))),
        "mib": sum(file.stat().st_size for file in store.path.rglob("*") if file.is_file()) / 2**20,
    }


def report(stores: list[Measured], given: argparse.Namespace, took_s: float) -> str:
    """Return the table as Markdown."""
    head = [
        "store", "commit, first day", "commit, last day", "read, first day", "read, last day", "data files",
        "of them read", "log entries", "MiB",
    ]  # fmt: skip
    rows = []
    for one in stores:
        found = count_files(one.store)
        times = [
            _ms(part) for times in (one.commits, one.reads) for part in (times[: given.a_day], times[-given.a_day :])
        ]
        counts = [f"{found[name]:,.0f}" for name in ("files", "latest", "log")]
        rows.append(["with upkeep" if one.is_tidied else "without", *times, *counts, f"{found['mib']:.1f}"])
    lines = [head, ["---"] * len(head), *rows]
    tidied, plain = sorted(stores, key=lambda one: not one.is_tidied)
    ratios = [
        median(tidied_times[-given.a_day :]) / median(plain_times[-given.a_day :])
        for tidied_times, plain_times in ((tidied.commits, plain.commits), (tidied.reads, plain.reads))
    ]
    return "\n".join(
        [
            *(f"| {' | '.join(cells)} |" for cells in lines),
            "",
            f"CPU milliseconds, medians of {given.a_day} runs. On the last day a commit with upkeep costs "
            f"{ratios[0]:.2f} x one without, a read {ratios[1]:.2f} x. {len(tidied.upkeeps)} upkeeps, each "
            f"{_ms(tidied.upkeeps)} ms CPU (greatest {1000 * max(tidied.upkeeps):.0f}).",
            "",
            f"{given.runs:,} runs, {given.a_day} a day, {given.runs / given.a_day:.0f} days; every row is there in "
            f"both. {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, deltalake "
            f"{version('deltalake')}, polars {pl.__version__}, load average of the last 15 min "
            f"{os.getloadavg()[2]:.1f}, {took_s / 60:.0f} min. "
            f"`uv run benchmarks/upkeep.py --runs {given.runs} --a-day {given.a_day} --seed {given.seed}`",
        ]
    )


def _ms(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=960)
    parser.add_argument("--a-day", type=int, default=48)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the table into docs/store.md")
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        tables = label_log(folder, seed=given.seed, sessions=4 * given.runs)
        stores = [Measured(Store(folder / name), name == "tidied") for name in ("tidied", "plain")]
        go_through(stores, tables, runs=given.runs, a_day=given.a_day)
        check_rows(stores, tables)
        text = report(stores, given, time.perf_counter() - began)
    print(text)
    if given.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
