"""The label model beside its rivals: simulated worlds, crowd matrices and real logs.

    uv run benchmarks/label_model.py [--seed 0] [--seeds 20] [--quick] [--write]
        [--only worlds|held_out|crowd|logs ...] [--keep FOLDER] [--out RESULTS.parquet] [--speed]

Every method gets the same verdicts from the training half of the sessions and is scored on the other half.
Snorkel and crowd-kit run in environments of their own (`peers/`); `--keep` saves what they say for the next run.
Snorkel needs `UV_FIND_LINKS` (see `peers/run_snorkel.py`). With `--write` the tables go into docs/label-quality.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from threadpoolctl import threadpool_limits

from benchmarks.label_real import CROWDS, LOGS, REAL, Votes, load_real, task_of_real
from benchmarks.label_rivals import Scores, ours, with_verdicts, without_verdicts
from benchmarks.label_tables import to_markdown, to_page
from benchmarks.label_tasks import Task, draw_gold, task_of_world, votes_for_peers
from benchmarks.scores import measure
from benchmarks.worlds import INSIDE

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "label-quality.md"
MARKS = ("<!-- label model -->", "<!-- /label model -->")
PEERS = {"crowdkit": HERE / "peers" / "run_crowdkit.py", "snorkel": HERE / "peers" / "run_snorkel.py"}
SETS = {"worlds": INSIDE, "held_out": ("held_out",), "crowd": CROWDS, "logs": LOGS}
N = 10_000


@dataclass(frozen=True)
class Job:
    """One task under one seed, and the numbers of reviews to give."""

    kind: str
    name: str
    seed: int
    folder: Path
    real: Path
    budgets: tuple[int, ...]
    draws: tuple[str, ...]
    n: int = N

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.n}-{self.seed}"


def plan(given: argparse.Namespace, folder: Path) -> list[Job]:
    """Return every task and seed asked for. Real sets get 200 reviews, drawn uniformly."""
    simulated = ((0, 50, 100, 200, 500), ("uniform", "uncertain")) if not given.quick else ((50, 200), ("uniform",))
    jobs = []
    for kind in given.only:
        budgets, draws = simulated if kind in {"worlds", "held_out"} else ((200,), ("uniform",))
        jobs += [
            Job(kind, name, seed, folder, given.real, budgets, draws)
            for seed in range(given.seed, given.seed + given.seeds)
            for name in SETS[kind]
        ]
    return jobs


@cache
def _loaded(real: Path, name: str) -> Votes:
    return load_real(real, name)


def make_task(job: Job) -> Task:
    if job.kind in {"worlds", "held_out"}:
        return task_of_world(job.name, n=job.n, seed=job.seed)
    return task_of_real(job.name, _loaded(job.real, job.name), seed=job.seed)


def ask_peers(jobs: list[Job], folder: Path) -> None:
    """Write the votes of every job and let each peer score those it has not scored yet."""
    for job in jobs:
        target = folder / f"{job.stem}.votes.parquet"
        if not target.exists():
            votes_for_peers(make_task(job)).write_parquet(target)
    for script in PEERS.values():
        subprocess.run(["uv", "run", "--quiet", "--script", str(script), str(folder)], check=True)


def heard(job: Job) -> Scores:
    """Return what the peers said about the job's rows."""
    frames = [pl.read_parquet(job.folder / f"{job.stem}.{peer}.parquet") for peer in PEERS]
    return {name: frame[name].to_numpy() for frame in frames for name in frame.columns if name != "interaction_id"}


def run_job(job: Job) -> list[dict[str, str | float]]:
    """Return one row per draw, number of reviews, method and group, with the four scores on unseen sessions."""
    task, scores, rows = make_task(job), heard(job), []
    with threadpool_limits(1):
        for draw, k in cells(job):
            gold = draw_gold(task, k=k, draw=draw, seed=job.seed) if k else None
            said = with_verdicts(task, gold, scores, job.seed) if gold else without_verdicts(task, scores, job.seed)
            where = {"kind": job.kind, "task": job.name, "seed": job.seed, "draw": draw, "k": k}
            rows += [where | row for row in score(task, said)]
    return rows


def cells(job: Job) -> Iterator[tuple[str, int]]:
    for k in job.budgets:
        yield from ((draw, k) for draw in (job.draws if k else ("none",)))


def score(task: Task, said: Scores) -> Iterator[dict[str, str | float]]:
    """Yield the scores of every method on the rows it could not learn from, in all and by group."""
    unseen = ~task.is_train
    groups = {"all": unseen} | {str(name): unseen & (task.group == name) for name in set(task.group) - {"all"}}
    for method, p in said.items():
        for group, rows in groups.items():
            if rows.any():
                yield {"method": method, "group": group, "n": int(rows.sum())} | measure(p[rows], task.is_good[rows])


def run_all(jobs: list[Job], *, workers: int) -> pl.DataFrame:
    with get_context("spawn").Pool(workers) as pool:
        done = []
        for number, rows in enumerate(pool.imap(run_job, jobs), 1):
            done += rows
            print(f"\r{number}/{len(jobs)}", end="", file=sys.stderr, flush=True)
    return pl.DataFrame(done, infer_schema_length=None)


def speed_table(seed: int) -> str:
    """Return how long fitting on, and predicting for, a million interactions took."""
    rows = [
        {"1,000,000 interactions x 12 functions": name, "by the clock": f"{clock:.1f} s", "CPU": f"{cpu:.1f} s"}
        for name, (clock, cpu) in time_it(seed).items()
    ]
    return f"### Speed\n\nFit and predict, load average {os.getloadavg()[0]:.1f}.\n\n{to_markdown(rows)}"


def time_it(seed: int) -> dict[str, tuple[float, float]]:
    """Return the seconds, by the clock and of CPU, that fitting on and predicting for a million interactions take."""
    task = task_of_world("hard_mix", n=1_000_000, seed=seed)
    gold = draw_gold(task, k=200, draw="uniform", seed=seed)
    everything = Task(task.name, task.votes, task.is_good, task.is_train | True, task.group)
    seconds = {}
    for name, reviews in (("no reviews", None), ("200 reviews", gold)):
        start, used = time.perf_counter(), time.process_time()
        ours(everything, reviews, seed)
        seconds[name] = time.perf_counter() - start, time.process_time() - used
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="first seed")
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--quick", action="store_true", help="3 seeds, 50 and 200 reviews, uniform draws")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for what the peers say")
    parser.add_argument("--out", type=Path, help="write every figure here")
    parser.add_argument("--speed", action="store_true", help="only time a million interactions")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.speed:
        print(speed_table(given.seed))
        return
    if given.quick:
        given.seeds = min(given.seeds, 3)
    if not given.real.is_dir():
        given.only = [kind for kind in given.only if kind in {"worlds", "held_out"}]
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        jobs = plan(given, folder)
        ask_peers(jobs, folder)
        results = run_all(jobs, workers=given.workers)
    if given.out:
        results.write_parquet(given.out)
    speed = [] if given.quick else [speed_table(given.seed)]
    publish("\n\n".join([to_page(results), *speed]), write=given.write)


def publish(text: str, *, write: bool) -> None:
    print(text)
    if write:
        before, rest = PAGE.read_text().split(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
