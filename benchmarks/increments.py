"""What a run costs when 1 % of the events are new, beside a run over everything.

    uv run benchmarks/increments.py [--events 10000000] [--share 0.01] [--repeats 3] [--write]

A simulated log is repeated under new ids until it has as many events. The latest 1 % of them, by time, are kept
back. Full: ingest everything into an empty store, then `run`. Increment: a store that has labelled all the rest ingests
those 1 % and runs. Every step is a process of its own on a fresh copy of its store; CPU is user plus system time of all
threads of that process, imports left out. With `--write` the table goes into docs/performance.md.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.labelling import describe_machine
from benchmarks.spark import write_log
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
MARKS = ("<!-- increments -->", "<!-- /increments -->")
CLOCK = datetime(2030, 1, 1, tzinfo=UTC)
TARGET = 0.05


def write_parts(folder: Path, *, events: int, share: float, seed: int) -> dict[str, list[Path]]:
    """Return the files of the log, cut in two by time: what was there before, and the share that is new."""
    log = pl.scan_parquet(write_log(folder / "log", events=events, seed=seed).files)
    cut = log.select(pl.col("occurred_at").quantile(1 - share)).collect().item()
    is_new = pl.col("occurred_at") >= cut
    (folder / "before").mkdir()
    parts: dict[str, list[Path]] = {"before": [], "new": [folder / "new.parquet"]}
    for file in sorted((folder / "log").iterdir()):
        target = folder / "before" / file.name
        pl.scan_parquet(file).filter(~is_new).collect().write_parquet(target)
        parts["before"].append(target)
    # As a batch of new events comes: in one file.
    log.filter(is_new).collect().write_parquet(parts["new"][0])
    return parts


def do_step(step: str, store: Path, files: list[Path]) -> dict[str, float]:
    """Return what a step cost and how many events it took in or looked at."""
    before, started = _cpu_s(), time.perf_counter()
    if step == "ingest":
        n = ingest_logs(Store(store), files, clock=lambda: CLOCK).n_new
    else:
        n = run_labels(Store(store), clock=lambda: CLOCK).n_events
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"cpu_s": _cpu_s() - before, "wall_s": time.perf_counter() - started, "peak_gib": peak_gib, "n": n}


def run_step(step: str, store: Path, files: list[Path]) -> dict[str, float]:
    """Return what a step costs in a process of its own."""
    command = [sys.executable, __file__, "--step", step, "--store", str(store), "--files", *map(str, files)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(said)


def measure(folder: Path, parts: dict[str, list[Path]], *, repeats: int) -> pl.DataFrame:
    """Return one row per round and step."""
    stored, rows = {"full": folder / "ingested", "increment": folder / "labelled"}, []
    for name, files in (("full", parts["before"] + parts["new"]), ("increment", parts["before"])):
        rows.append({"round": 0, "step": f"ingest, {name}", **run_step("ingest", stored[name], files)})
    rows.append({"round": 0, "step": "run, before", **run_step("run", stored["increment"], [])})
    for number in range(repeats):
        for name in ("full", "increment"):
            copy = folder / f"{name}-{number}"
            shutil.copytree(stored[name], copy)
            if name == "increment":
                rows.append({"round": number, "step": "ingest, 1 % new", **run_step("ingest", copy, parts["new"])})
            rows.append({"round": number, "step": f"run, {name}", **run_step("run", copy, [])})
            shutil.rmtree(copy)
            print(rows[-1], file=sys.stderr)
    return pl.DataFrame(rows)


def report(rows: pl.DataFrame, given: argparse.Namespace) -> str:
    """Return the table of medians, and the ratio of increment to full, taken within each round."""
    lines = ["| step | events | CPU s | wall s | peak GiB |", "|---|---|---|---|---|"]
    for (step,), part in rows.group_by("step", maintain_order=True):
        cells = (f"{part[name].median():.2f}" for name in ("cpu_s", "wall_s", "peak_gib"))
        lines.append(f"| {step} | {part['n'].median():,.0f} | {' | '.join(cells)} |")
    full, increment = (rows.filter(step=f"run, {name}")["cpu_s"] for name in ("full", "increment"))
    ratios = (increment / full).to_list()
    lines += [
        "",
        f"A run with {given.share:.0%} new events costs {median(ratios):.1%} ({min(ratios):.1%} to {max(ratios):.1%}) "
        f"of the CPU of a full one; the target is under {TARGET:.0%}.",
        "",
        f"Medians of {given.repeats} rounds; ingests of everything once. {describe_machine()} "
        f"`uv run benchmarks/increments.py --events {given.events} --repeats {given.repeats}`",
    ]
    return "\n".join(lines)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--step", choices=("ingest", "run"), help=argparse.SUPPRESS)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, nargs="*", default=[], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(do_step(given.step, given.store, given.files)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        parts = write_parts(folder, events=given.events, share=given.share, seed=given.seed)
        text = report(measure(folder, parts, repeats=given.repeats), given)
    print(text)
    if given.write:
        before, rest = PAGE.read_text().split(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
