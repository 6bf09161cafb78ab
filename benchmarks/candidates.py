"""Do candidates show more kinds of failure than other ways to choose 50 responses?

    uv run python -m benchmarks.candidates [--seeds 20] [--tuning 12] [--speed 100000] [--out FILE] [--write]

Every seed is a world of `candidate_worlds.py`, the scenes taken in turn, two worlds at a time. A mode is covered where
a pick is of it and truly bad; a near-duplicate repeats, as planted, what an earlier pick says. New modes are those of
which the golden set has no example; there everybody is given the golden set. Peers have the same space of texts, the
same collapsed duplicates, and the setting that covers most modes on the tuning seeds, on which ours was made too. With
`--write` the tables go into docs/golden-set.md.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from benchmarks.candidate_peers import PEERS, Pool
from benchmarks.candidate_tables import page
from benchmarks.candidate_worlds import N_MODES, REPORTED_SEEDS, SCENES, TUNING_SEEDS, World, build, scene_of
from benchmarks.rate_tables import write_between_marks
from feedback.candidates import draw_candidates
from feedback.candidates.items import make_items, place_items

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "golden-set.md"
MARKS = ("<!-- candidates -->", "<!-- /candidates -->")
K = 50
Array = np.ndarray


def pools(world: World, seed: int) -> tuple[Array, Pool, Pool]:
    """Return the row with the lowest score of each group, and the pool without and with the golden set."""
    items = make_items(world.labels, None)
    order = np.lexsort((np.nan_to_num(items.value, nan=2.0), items.group))
    firsts, place = np.unique(items.group[order], return_index=True)
    rows = order[place]
    space = place_items(items, firsts, world.golden, None, seed)
    score = items.value[rows]
    return rows, Pool(space.points, score, space.points[:0], seed), Pool(space.points, score, space.golden, seed)


def judge(world: World, picks: Array) -> dict[str, float]:
    """Return what these rows show."""
    shown = set(world.mode[picks][(world.mode[picks] >= 0) & world.is_bad[picks]].tolist())
    unknown = set(range(N_MODES)) - set(world.golden_modes.tolist())
    return {
        "n_picks": len(picks),
        "covered": len(shown) / N_MODES,
        "new": len(shown & unknown) / len(unknown),
        "bad": float(world.is_bad[picks].mean()),
        "duplicates": 1 - len(set(world.original[picks].tolist())) / len(picks),
    }


def ours(world: World, seed: int, golden: pl.DataFrame | None, **options) -> tuple[Array, float]:
    started = time.process_time()
    drawn = draw_candidates(world.labels, k=K, golden=golden, seed=seed, **options)
    rows = drawn["interaction_id"].str.slice(1).cast(pl.Int64).to_numpy()
    return rows, time.process_time() - started


def tune(n: int) -> dict[str, float]:
    """Return the setting of each peer that covers most modes on the first worlds of the tuning seeds."""
    found = pl.DataFrame(one for some in in_processes(try_settings, TUNING_SEEDS[:n]) for one in some)
    mean = found.group_by("peer", "setting", maintain_order=True).agg(pl.col("covered").mean())
    best = mean.sort("covered", descending=True, maintain_order=True).unique("peer", keep="first")
    return dict(best.select("peer", "setting").iter_rows())


def try_settings(seed: int) -> list[dict]:
    """Return how many modes each peer covers with each setting."""
    world = build(scene_of(seed), seed)
    rows, pool, _ = pools(world, seed)
    return [
        {"peer": name, "setting": setting, "covered": judge(world, rows[choose(pool, K, setting)])["covered"]}
        for name, (choose, settings) in PEERS.items()
        for setting in settings
    ]


def in_processes(work: Callable[[int], list[dict]], seeds: Sequence[int]) -> Iterator[list[dict]]:
    """Return what the work gives for each seed, in their order; two at a time."""
    with multiprocessing.get_context("spawn").Pool(2, threadpool_limits, (1,)) as pool:
        yield from pool.imap(work, seeds)


def compare(seed: int, settings: dict[str, float]) -> list[dict]:
    """Return one row per method: without the golden set, but for `new`."""
    scene = scene_of(seed)
    world = build(scene, seed)
    rows, plain, known = pools(world, seed)
    found = []
    for name, (choose, _) in PEERS.items():
        told = judge(world, rows[choose(plain, K, settings[name])])
        new = judge(world, rows[choose(known, K, settings[name])])["new"]
        found.append({"method": name, "setting": settings[name], **told, "new": new, "cpu_s": None})
    picks, cpu_s = ours(world, seed, None)
    mined, _ = ours(world, seed, world.golden)
    found.append({"method": "ours", "setting": None, **judge(world, picks), "new": judge(world, mined)["new"],
                  "cpu_s": cpu_s})  # fmt: skip
    return [{"scene": scene.name, "seed": seed, **row} for row in found]


def speed(n: int) -> dict[str, float]:
    """Return what a draw from so many items costs, in a process of its own."""
    # Threads of their own wait for each other on a shared machine, which counts as work.
    with multiprocessing.get_context("spawn").Pool(1, threadpool_limits, (1,)) as pool:
        return pool.apply(_speed, (n,))


def _speed(n: int) -> dict[str, float]:
    world = build(replace(SCENES[0], n=n), REPORTED_SEEDS[0])
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    draw_candidates(world.labels, k=K, seed=0)
    return {
        "n": n,
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "further_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--tuning", type=int, default=12, help="worlds to tune the peers on")
    parser.add_argument("--speed", type=int, default=100_000, help="items of the timed draw; 0 leaves it out")
    parser.add_argument(
        "--out", type=Path, default=None, help="write one row per world and method to this Parquet file"
    )
    parser.add_argument("--write", action="store_true", help="write the tables into docs/golden-set.md")
    options = parser.parse_args()
    settings = tune(options.tuning)
    print(settings, flush=True)
    rows = []
    for found in in_processes(partial(compare, settings=settings), REPORTED_SEEDS[: options.seeds]):
        rows += found
        print(found[0]["seed"], {row["method"]: (row["covered"], round(row["new"], 2)) for row in found}, flush=True)
        if options.out:
            pl.DataFrame(rows, infer_schema_length=None).write_parquet(options.out)
    text = page(
        pl.DataFrame(rows, infer_schema_length=None), options.tuning, speed(options.speed) if options.speed else None
    )
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
