"""What labelling costs: ours beside a bare scan of the same columns, and beside pandas.

    uv run benchmarks/labelling.py [--events 3000000] [--seed 7] [--repeats 5] [--write]

A simulated log is written once, as Parquet. Then every variant goes from that file to its result, each time in
a process of its own, in turn: in every round each variant runs once, and the next round starts with another
one. CPU is user plus system time of all threads of that process, imports left out. Ratios are taken within a
round. The labels of ours and of pandas must be equal, or there is no report. With `--write` the table goes
into docs/performance.md.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pandas as pd
import polars as pl
import pyarrow as pa

from benchmarks.pandas_labels import COLUMNS as PANDAS_COLUMNS
from benchmarks.pandas_labels import pandas_labels
from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels
from feedback.labelling import cast_votes, registered_functions
from feedback.simulate import STARTS_AT, simulate_traffic

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
MARKS = ("<!-- labelling -->", "<!-- /labelling -->")
DAYS = 28
EVENTS_PER_SESSION = 8.07
LOG_ENDS_AT = STARTS_AT + timedelta(days=DAYS + 1)
COLUMNS = (
    "event_id", "occurred_at", "kind", "session_id", "user_id", "interaction_id", "text", "value", "feature", "model",
    "prompt_version",
)  # fmt: skip
MOST_OF_SCAN, LEAST_OF_PANDAS = 3, 10
PACKAGES = ("polars", "pandas", "pyarrow", "rapidfuzz", "numpy")


@dataclass(frozen=True)
class Cost:
    """What one run of a variant took: seconds of CPU, seconds on the clock, peak memory in GiB."""

    cpu_s: float
    wall_s: float
    peak_gib: float


def scan_log(log: Path) -> pl.DataFrame:
    """Return one row of sums over the columns of the log, all of them read into memory as ours does."""
    columns = pl.scan_parquet(log).select(COLUMNS).collect()
    return columns.select(pl.col(pl.String).str.len_bytes().sum(), pl.exclude(pl.String).count())


def label_with_feedback(log: Path) -> pl.DataFrame:
    """Return the labels as `feedback run` derives them, between reading the events and writing the tables."""
    events = pl.scan_parquet(log).select(COLUMNS)
    interactions = derive_interactions(events, watermark=LOG_ENDS_AT).collect(engine="in-memory")
    return derive_labels(interactions, cast_votes(interactions), weights(), label_version=1)


def label_with_pandas(log: Path) -> pd.DataFrame:
    """Return the labels as an analyst would derive them: only the columns that the score needs are read."""
    return pandas_labels(pd.read_parquet(log, columns=list(PANDAS_COLUMNS)), weights(), watermark=LOG_ENDS_AT)


VARIANTS: dict[str, Callable[[Path], pl.DataFrame | pd.DataFrame]] = {
    "scan": scan_log,
    "feedback": label_with_feedback,
    "pandas": label_with_pandas,
}


def weights() -> dict[str, float]:
    """Return the weight of each labelling function that comes with the package."""
    return {function.name: function.weight for function in registered_functions()}


def find_differences(ours: pl.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """Return the interactions whose label differs: number and reason of the votes, score and conflict to 1e-9."""
    compared = theirs[["interaction_id", "score", "n_votes", "conflict", "reason"]]
    other = pl.DataFrame(compared, nan_to_null=True).with_columns(pl.col("reason").cast(pl.String))
    both = ours.join(other, on="interaction_id", how="full", suffix="_other", coalesce=True)
    exact = [pl.col(name).eq_missing(pl.col(f"{name}_other")) for name in ("n_votes", "reason")]
    near = [
        (pl.col(name) - pl.col(f"{name}_other")).abs().fill_null(0) <= 1e-9
        for name in ("score", "conflict")
    ]  # fmt: skip
    absent = [pl.col(name).is_null() == pl.col(f"{name}_other").is_null() for name in ("score", "conflict", "n_votes")]
    return both.filter(~pl.all_horizontal(*exact, *near, *absent))["interaction_id"].sort().to_list()


def write_log(log: Path, *, events: int, seed: int) -> int:
    """Write a simulated log without copies, in order of time as logs come, and return its number of events."""
    sessions = max(1, round(events / EVENTS_PER_SESSION))
    simulated = simulate_traffic(days=DAYS, sessions=sessions, seed=seed).events
    stored = simulated.unique(["session_id", "event_id"], keep="first", maintain_order=True)
    stored.write_parquet(log, compression="zstd")
    return stored.height


def measure(variant: str, log: Path, out: Path) -> Cost:
    """Return what a variant costs in this process, and write its result, which is not counted."""
    before, started = _cpu_s(), time.perf_counter()
    result = VARIANTS[variant](log)
    cpu_s, wall_s = _cpu_s() - before, time.perf_counter() - started
    peak_gib = _peak_gib()
    result.to_parquet(out) if isinstance(result, pd.DataFrame) else result.write_parquet(out)
    return Cost(cpu_s, wall_s, peak_gib)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_gib() -> float:
    # The peak that `getrusage` tells is inherited from the parent process; this one (Linux) begins anew.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20


def run_rounds(log: Path, *, repeats: int) -> dict[str, list[Cost]]:
    """Return the costs of every variant, one per round, each from a fresh process."""
    costs: dict[str, list[Cost]] = {name: [] for name in VARIANTS}
    names = list(VARIANTS)
    for number in range(repeats):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            command = [sys.executable, __file__, "--variant", name, "--log", str(log)]
            answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            costs[name].append(Cost(**json.loads(answer.stdout)))
            print(f"round {number + 1}, {name}: {costs[name][-1].cpu_s:.2f} CPU-s", file=sys.stderr)
    return costs


def result_of(variant: str, log: Path) -> Path:
    """Return where a variant leaves its result."""
    return log.with_name(f"{variant}.parquet")


def report(costs: dict[str, list[Cost]], *, n_events: int, n_labels: int, command: str) -> str:
    """Return the figures as Markdown: medians with the least and the greatest of the rounds."""
    rows = [
        "| variant | CPU s | wall s | peak GiB | GiB per million events | events per CPU-s |",
        "|---|---|---|---|---|---|",
        *(_row(name, runs, n_events) for name, runs in costs.items()),
    ]
    of_scan, of_pandas = _ratio(costs["feedback"], costs["scan"]), _ratio(costs["pandas"], costs["feedback"])
    targets = [
        "| CPU, paired within a round | measured | target | met |",
        "|---|---|---|---|",
        f"| feedback / scan | {_spread(of_scan, 2)} | <= {MOST_OF_SCAN} | {_met(median(of_scan) <= MOST_OF_SCAN)} |",
        f"| pandas / feedback | {_spread(of_pandas, 2)} | >= {LEAST_OF_PANDAS} "
        f"| {_met(median(of_pandas) >= LEAST_OF_PANDAS)} |",
    ]
    facts = (
        f"{n_events:,} events, {n_labels:,} labels, equal in both. Medians of {len(costs['scan'])} rounds (least to "
        f"greatest). {describe_machine()} `{command}`"
    )
    return "\n".join([*rows, "", *targets, "", facts])


def _row(name: str, runs: Sequence[Cost], n_events: int) -> str:
    cpu, wall, peak = ([getattr(run, what) for run in runs] for what in ("cpu_s", "wall_s", "peak_gib"))
    speed, per_million = [n_events / seconds for seconds in cpu], median(peak) / n_events * 1e6
    return (
        f"| {name} | {_spread(cpu, 2)} | {_spread(wall, 2)} | {_spread(peak, 2)} | {per_million:.2f} "
        f"| {_spread(speed, 0)} |"
    )


def _ratio(above: Sequence[Cost], below: Sequence[Cost]) -> list[float]:
    return [one.cpu_s / other.cpu_s for one, other in zip(above, below, strict=True)]


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def _met(is_met: bool) -> str:
    return "yes" if is_met else "no"


def describe_machine() -> str:
    """Return cores, memory, threads, load and versions, in a sentence each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}, "
        f"{versions}. "
        f"Threads: polars {pl.thread_pool_size()}, pyarrow {pa.cpu_count()}, rapidfuzz 1. "
        f"Load average of the last 15 min {os.getloadavg()[2]:.1f}: above {os.cpu_count()} means that other jobs "
        "ran, which lengthens wall times most."
    )


def write_page(text: str) -> None:
    """Put the report between its marks in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0], 1)
    after = rest.split(MARKS[1], 1)[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


def compare(arguments: argparse.Namespace) -> str:
    """Return the report on all variants, once their labels have been found equal."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.parquet"
        n_events = write_log(log, events=arguments.events, seed=arguments.seed)
        costs = run_rounds(log, repeats=arguments.repeats)
        ours, theirs = pl.read_parquet(result_of("feedback", log)), pd.read_parquet(result_of("pandas", log))
    different = find_differences(ours, theirs)
    if different:
        raise SystemExit(f"{len(different)} of {ours.height} labels differ, for instance {', '.join(different[:5])}")
    command = (
        f"uv run benchmarks/labelling.py --events {arguments.events} --seed {arguments.seed} "
        f"--repeats {arguments.repeats}"
    )
    return report(costs, n_events=n_events, n_labels=ours.height, command=command)


def main() -> None:
    """Run the comparison, or, in a process of its own, one variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the report into docs/performance.md")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.variant:
        cost = measure(arguments.variant, arguments.log, result_of(arguments.variant, arguments.log))
        print(json.dumps(asdict(cost)))
        return
    text = compare(arguments)
    print(text)
    if arguments.write:
        write_page(text)


if __name__ == "__main__":
    main()
