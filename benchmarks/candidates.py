"""Do candidates show more kinds of failure than other ways to choose 50 responses?

    uv run python -m benchmarks.candidates [--seeds 20] [--tuning 6] [--speed 100000] [--out FILE] [--write]

Every seed is a world of `candidate_worlds.py`, the scenes taken in turn. A mode is covered where a pick is of it and
truly bad; a near-duplicate repeats, as planted, what an earlier pick says. New modes are those of which the golden
set has no example; there everybody is given the golden set. Peers have the same space of texts, the same collapsed
duplicates, and the setting that covers most modes on the tuning seeds, on which ours was made too. With `--write`
the tables go into docs/golden-set.md.
"""

import argparse
import multiprocessing
import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.candidate_peers import PEERS, Pool
from benchmarks.candidate_tables import page
from benchmarks.candidate_worlds import N_MODES, REPORTED_SEEDS, SCENES, TUNING_SEEDS, Scene, World, build
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
    covered: dict[tuple[str, float], list[float]] = {}
    for place in range(n):
        world = build(SCENES[place % len(SCENES)], TUNING_SEEDS[place // len(SCENES)])
        rows, pool, _ = pools(world, place)
        for name, (choose, settings) in PEERS.items():
            for setting in settings:
                found = judge(world, rows[choose(pool, K, setting)])["covered"]
                covered.setdefault((name, setting), []).append(found)
    best = {}
    for name, (_, settings) in PEERS.items():
        best[name] = max(settings, key=lambda one, name=name: float(np.mean(covered[name, one])))
    return best


def compare(scene: Scene, seed: int, settings: dict[str, float]) -> list[dict]:
    """Return one row per method: without the golden set, but for `new`."""
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
    with multiprocessing.get_context("spawn").Pool(1) as pool:
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
    parser.add_argument("--tuning", type=int, default=6, help="worlds to tune the peers on")
    parser.add_argument("--speed", type=int, default=100_000, help="items of the timed draw; 0 leaves it out")
    parser.add_argument(
        "--out", type=Path, default=None, help="write one row per world and method to this Parquet file"
    )
    parser.add_argument("--write", action="store_true", help="write the tables into docs/golden-set.md")
    options = parser.parse_args()
    settings = tune(options.tuning)
    print(settings, flush=True)
    rows = []
    for place, seed in enumerate(REPORTED_SEEDS[: options.seeds]):
        rows += compare(SCENES[place % len(SCENES)], seed, settings)
        print(seed, {row["method"]: round(row["covered"], 2) for row in rows[-6:]}, flush=True)
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
