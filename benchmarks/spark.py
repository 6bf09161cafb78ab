"""What Spark costs on top of one machine, and what memory a long log takes.

    uv run --extra spark benchmarks/spark.py [--events 10000000] [--repeats 3] [--only local] [--write]

A simulated log is repeated under new ids until it has as many events, and put into a store. Every variant then labels
all of it and appends the tables to a store of its own, in a process of its own, in turn. CPU and memory are those
of all processes a variant starts, imports and the start of Spark included. The rows of both must be the same, or
there is no report. With `--write` the table goes into docs/scaling.md.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.labelling import describe_machine
from benchmarks.process_tree import TreeCost, run_tree
from feedback.engines import LabelledShard, LabelSessions, LocalEngine, SparkEngine
from feedback.labelling import registered_functions
from feedback.settings import Settings
from feedback.simulate import STARTS_AT, simulate_traffic
from feedback.store import Store
from feedback.store.versions import Version

PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"
DAYS, BASE_SESSIONS = 28, 60_000
CLOCK = datetime(2030, 1, 1, tzinfo=UTC)
IDS = ("event_id", "session_id", "interaction_id", "user_id")
TABLES = ("interactions", "votes", "labels")
VARIANTS = ("local", "spark")
SPARK_HEAP = "2g"
PER_DAY = (10**7, 10**8, 10**9, 10**10)


def write_log(folder: Path, *, events: int, seed: int) -> Version:
    """Write a log of so many events, a file per copy of a simulated one, and return it as the store would."""
    simulated = simulate_traffic(days=DAYS, sessions=min(BASE_SESSIONS, 1 + events // 8), seed=seed).events
    base = simulated.unique(["session_id", "event_id"], keep="first", maintain_order=True)
    folder.mkdir()
    for copy in range(max(1, round(events / base.height))):
        again = base.with_columns(
            pl.col("occurred_at", "received_at") + timedelta(minutes=copy),
            # As long and as hard to compress as ids are in life.
            *(pl.when(pl.col(name).is_not_null()).then(_new_id(name, copy)).alias(name) for name in IDS),
        )
        again.write_parquet(folder / f"{copy:04}.parquet", compression="zstd", row_group_size=250_000)
    return open_log(folder)


def _new_id(name: str, copy: int) -> pl.Expr:
    return pl.col(name).hash(seed=copy).cast(pl.String)


def open_log(folder: Path) -> Version:
    """Return the log of a folder."""
    files = tuple(sorted(folder.iterdir()))
    return Version(files, pl.scan_parquet(files[0]).collect_schema())


def count_log(log: Version) -> int:
    """Return the number of events."""
    return pl.scan_parquet(list(log.files)).select(pl.len()).collect().item()


def label_log(variant: str, folder: Path) -> dict[str, int]:
    """Return a digest of each table, once all is labelled and stored, and the CPU the storing took."""
    log, scratch = open_log(folder / "log"), folder / "scratch"
    closed = STARTS_AT + timedelta(days=10 * DAYS)
    work = LabelSessions(Settings(), registered_functions(), label_version=1, watermark=closed)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return store_shards(Store(Path(out) / "store"), open_shards(variant, log, work, scratch))


def open_shards(variant: str, log: Version, work: LabelSessions, scratch: Path) -> Iterator[LabelledShard]:
    """Return what the engine makes of the log."""
    if variant == "local":
        return LocalEngine(scratch).label(log, work)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", SPARK_HEAP)
    session = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return SparkEngine(scratch, session=session).label(log, work)


def store_shards(store: Store, shards: Iterator[LabelledShard]) -> dict[str, int]:
    """Return the sum of the hashes of all rows, per table, and the seconds of CPU it took to store them."""
    digests, storing_s = dict.fromkeys(TABLES, 0), 0.0
    with store.writer(clock=CLOCK) as writer:
        for shard in shards:
            before = _cpu_s()
            writer.append("interactions", shard.interactions)
            writer.append("votes", shard.votes)
            writer.append("labels", shard.labels.filter("is_final").drop("is_final"))
            storing_s += _cpu_s() - before
            for name in TABLES:
                digests[name] = (digests[name] + _digest(getattr(shard, name))) % 2**64
    return {**digests, "storing_s": round(storing_s, 2)}


def _digest(table: pl.DataFrame) -> int:
    plain = table.with_columns(pl.col(pl.List(pl.String)).list.join("\n"))
    return int(plain.hash_rows().cast(pl.Int128).sum())


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run_rounds(folder: Path, variants: Sequence[str], *, repeats: int) -> dict[str, list[tuple[TreeCost, dict]]]:
    """Return what every variant costs and what it says, one per round, each from a fresh process."""
    found: dict[str, list[tuple[TreeCost, dict]]] = {name: [] for name in variants}
    for number in range(repeats):
        for name in variants[number % len(variants) :] + variants[: number % len(variants)]:
            cost, said = run_tree([sys.executable, __file__, "--variant", name, "--folder", str(folder)])
            found[name].append((cost, json.loads(said)))
            print(f"round {number + 1}, {name}: {cost}, {said.strip()}", file=sys.stderr)
    return found


def check_equal(found: dict[str, list[tuple[TreeCost, dict]]]) -> None:
    """Return nothing when every run of every variant made the same rows."""
    digests = {tuple(said[name] for name in TABLES) for runs in found.values() for _, said in runs}
    if len(digests) != 1:
        raise SystemExit(f"the rows differ: {digests}")


def report(found: dict[str, list[tuple[TreeCost, dict]]], log: Version, command: str) -> str:
    """Return the figures as Markdown: medians with the least and the greatest of the rounds."""
    n_events = count_log(log)
    size = sum(file.stat().st_size for file in log.files)
    rows = [
        "| engine | CPU s | of it, storing | wall s | peak GiB, all processes | events per CPU-s |",
        "|---|---|---|---|---|---|",
        *(_row(name, runs, n_events) for name, runs in found.items()),
    ]
    repeats = len(next(iter(found.values())))
    facts = (
        f"{n_events:,} events of {size / n_events:.0f} bytes each in {len(log.files)} files; all runs made the same "
        f"rows. Medians of {repeats} rounds (least to greatest). {describe_machine()} `{command}`"
    )
    return "\n".join([*rows, "", *_overhead(found), facts])


def work_out(found: dict[str, list[tuple[TreeCost, dict]]], log: Version, n_events: int) -> str:
    """Return what more events a day would take by the rates measured, as Markdown."""
    of_one = {name: _per_event(runs, n_events) for name, runs in found.items()}
    size = sum(file.stat().st_size for file in log.files) / n_events
    rows = [
        "| events a day | stored GiB a day | local, core-hours | Spark, core-hours in tasks "
        "| cores to be done in an hour | driver, hours of one core to store |",
        "|---|---|---|---|---|---|",
        *(_sum(events, size, of_one) for events in PER_DAY),
    ]
    return "\n".join(rows)


def _per_event(runs: Sequence[tuple[TreeCost, dict]], n_events: int) -> tuple[float, float]:
    """Return the seconds of CPU to label an event and to store what comes of it."""
    labelling = median(cost.cpu_s - said["storing_s"] for cost, said in runs)
    return labelling / n_events, median(said["storing_s"] for _, said in runs) / n_events


def _sum(events: int, size: float, of_one: dict[str, tuple[float, float]]) -> str:
    local, (spark, storing) = sum(of_one["local"]) * events / 3600, of_one["spark"]
    in_tasks, stored_gib = spark * events / 3600, size * events / 2**30
    return (
        f"| {events:,} | {stored_gib:,.1f} | {local:,.1f} | {in_tasks:,.1f} | {in_tasks:,.0f} "
        f"| {storing * events / 3600:,.1f} |"
    )


def _row(name: str, runs: Sequence[tuple[TreeCost, dict]], n_events: int) -> str:
    columns = [
        [cost.cpu_s for cost, _ in runs],
        [said["storing_s"] for _, said in runs],
        [cost.wall_s for cost, _ in runs],
    ]
    peak, speed = [cost.peak_gib for cost, _ in runs], [n_events / cost.cpu_s for cost, _ in runs]
    cells = [*(_spread(column, 0) for column in columns), _spread(peak, 2), _spread(speed, 0)]
    return f"| {name} | {' | '.join(cells)} |"


def _overhead(found: dict[str, list[tuple[TreeCost, dict]]]) -> list[str]:
    if len(found) < 2:
        return []
    pairs = [(spark, local) for (spark, _), (local, _) in zip(found["spark"], found["local"], strict=True)]
    cpu, wall = [one.cpu_s / other.cpu_s for one, other in pairs], [one.wall_s / other.wall_s for one, other in pairs]
    return [f"Spark / local, paired within a round: CPU {_spread(cpu, 2)}, wall {_spread(wall, 2)}.", ""]


def _spread(values: Sequence[float], digits: int) -> str:
    if len(values) == 1:
        return f"{values[0]:,.{digits}f}"
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def write_page(name: str, text: str) -> None:
    """Put the report between its marks in docs/scaling.md."""
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(marks[0], 1)
    PAGE.write_text(f"{before}{marks[0]}\n{text}\n{marks[1]}{rest.split(marks[1], 1)[1]}", encoding="utf-8")


def compare(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the reports by the name of their marks, once the variants have been found to make the same rows."""
    variants = [arguments.only] if arguments.only else list(VARIANTS)
    with tempfile.TemporaryDirectory(dir=arguments.disk) as name:
        folder = Path(name)
        log = write_log(folder / "log", events=arguments.events, seed=arguments.seed)
        found = run_rounds(folder, variants, repeats=arguments.repeats)
        check_equal(found)
        only = f" --only {arguments.only}" if arguments.only else ""
        options = f"--events {arguments.events} --seed {arguments.seed} --repeats {arguments.repeats}{only}"
        text = report(found, log, f"uv run --extra spark benchmarks/spark.py {options}")
        if arguments.only:
            return {f"long log, {arguments.only}": text}
        return {"engines": text, "sums": work_out(found, log, count_log(log))}


def main() -> None:
    """Run the comparison, or, in a process of its own, one variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=VARIANTS)
    parser.add_argument("--disk", type=Path, help="where the log goes; by default among temporary files")
    parser.add_argument("--write", action="store_true", help="put the report into docs/scaling.md")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.variant:
        print(json.dumps(label_log(arguments.variant, arguments.folder)))
        return
    for name, text in compare(arguments).items():
        print(text)
        if arguments.write:
            write_page(name, text)


if __name__ == "__main__":
    main()
