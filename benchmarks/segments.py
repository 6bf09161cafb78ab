"""Does `find_degraded` find what got worse, and only that?

    uv run python -m benchmarks.segments [--seed 100] [--seeds 20] [--nulls 40] [--peer-seeds 5] [--only SCENE...]
        [--without-peers] [--only-peers] [--out FILE] [--from-files FILE...] [--write]

Every scene is a world of `segment_worlds.py`. A planted slice is found where a reported definition selects nearly
the same labels afterwards: Jaccard of at least 0.8. Recall is the share of planted slices found, precision the share
of reported ones that are planted. Beside it DivExplorer, SliceLine and a shallow tree on what the labels afterwards
are worth less than expected, by the same model of the window before; they are told how many slices there are, and
of their settings the best is taken with hindsight, per scene. CPU and memory are those of processes of their own.
With `--write` the tables go into docs/segments.md. The peers are slow: run scenes apart with `--only SCENE --out FILE`,
and make the tables with `--from-files FILE... --write`; of the same worlds the last file counts.
"""

import argparse
import json
import multiprocessing
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from benchmarks.rate_tables import write_between_marks
from benchmarks.segment_tables import page
from benchmarks.segment_worlds import DIMENSIONS, NULL, PLANTED, Scene, World, build, jaccard, select
from feedback.segments.before_model import expect
from feedback.segments.find import MIN_N, find_degraded
from feedback.segments.rows import make_windows
from feedback.stats import from_log_odds

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "segments.md"
MARKS = ("<!-- segments -->", "<!-- /segments -->")
PEERS = {"DivExplorer": "divexplorer", "SliceLine": "sliceline"}
ALIKE = 0.8
Array = np.ndarray


def measure_ours(scene: Scene, seeds: Sequence[int]) -> list[dict[str, object]]:
    """Return what was found in each world of a scene, measured in one process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.starmap(_measure_ours, [(scene, seed) for seed in seeds], chunksize=1)


def _measure_ours(scene: Scene, seed: int) -> dict[str, object]:
    world = build(scene, seed)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    found = find_degraded(world.before, world.after, list(DIMENSIONS), value="p_good")
    cost = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024,
    }
    masks = [_mask(world, definition) for definition in found["definition"].to_list()]
    row = {"scene": scene.name, "seed": seed, "method": "ours", "setting": "defaults", **cost, **_match(world, masks)}
    truth = [_truth(world, mask) for mask in masks]
    covers = [
        (low <= true <= high, abs(shrunk - true), abs(plain - true))
        for true, low, high, shrunk, plain in zip(
            truth, found["shrunk_low"], found["shrunk_high"], found["shrunk_change"], found["change"], strict=True
        )
        if true is not None
    ]
    sums = np.array(covers, float).reshape(-1, 3).sum(axis=0)
    return row | {"n_judged": len(covers), "n_covered": sums[0], "off_shrunk": sums[1], "off_plain": sums[2]}


def _mask(world: World, definition: list[dict]) -> Array:
    return select(world.after, {one["dimension"]: one["value"] for one in definition})


def _truth(world: World, mask: Array) -> float | None:
    """Return the true change of a slice that was planted exactly and lies in no other; None where it is neither."""
    inside = [place for place, planted in enumerate(world.masks) if jaccard(mask, planted) > 0]
    if len(inside) != 1 or jaccard(mask, world.masks[inside[0]]) < 1:
        return None
    return -world.drops[inside[0]]


def _match(world: World, masks: list[Array]) -> dict[str, object]:
    alike = np.array([[jaccard(mask, planted) >= ALIKE for planted in world.masks] for mask in masks], bool)
    alike = alike.reshape(len(masks), len(world.masks))
    return {
        "n_planted": len(world.masks),
        "n_found": int(alike.any(axis=0).sum()),
        "n_reported": len(masks),
        "n_right": int(alike.any(axis=1).sum()),
        "n_within_reach": sum(_is_within_reach(world, place) for place in range(len(world.masks))),
    }


def _is_within_reach(world: World, place: int) -> bool:
    """Return whether somebody who knew the slice and compared its means would pass a line for 20,000 candidates."""
    before, after = world.before.filter(pl.Series(select(world.before, world.planted[place]))), world.after
    one, other = before["p_good"].to_numpy(), after["p_good"].to_numpy()[world.masks[place]]
    if min(len(one), len(other)) < MIN_N:
        return False
    z = (one.mean() - other.mean()) / np.sqrt(one.var() / len(one) + other.var() / len(other))
    return bool(z > stats.norm.isf(0.05 / 20_000))


@contextmanager
def peers(folder: Path) -> Iterator[dict[str, subprocess.Popen]]:
    """Start every peer in a process of its own."""
    command = ["uv", "run", "--no-project", "--script"]
    started = {
        name: subprocess.Popen(
            [*command, str(ROOT / "benchmarks" / "peers" / f"run_{script}.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
        )
        for name, script in PEERS.items()
    }  # fmt: skip
    try:
        yield started
    finally:
        for process in started.values():
            if process.stdin is not None:
                process.stdin.close()
            process.wait()


def measure_peers(
    scene: Scene, seed: int, running: dict[str, subprocess.Popen], folder: Path
) -> Iterator[dict[str, object]]:
    """Yield what each peer found under each of its settings."""
    world = build(scene, seed)
    rows = losses(world)
    path = folder / "rows.parquet"
    rows.write_parquet(path)
    # Where nothing was planted they are to say so themselves.
    told = len(world.planted) or None
    for name, process in running.items():
        answer = ask(process, path, PEERS[name])
        for setting, definitions in answer["found"].items():
            masks = [select(world.after, one) for one in definitions[:told]]
            yield _row(scene, seed, name, setting, answer, _match(world, masks))
    for setting, masks, cpu in grow_trees(rows, told):
        yield _row(scene, seed, "tree", setting, {"cpu_s": cpu, "peak_mib": None}, _match(world, masks))


def _row(scene: Scene, seed: int, method: str, setting: str, cost: dict, found: dict) -> dict[str, object]:
    costs = {"cpu_s": cost["cpu_s"], "peak_mib": cost["peak_mib"]}
    return {"scene": scene.name, "seed": seed, "method": method, "setting": setting, **costs, **found}


def losses(world: World) -> pl.DataFrame:
    """Return the dimensions of the labels afterwards, and how much less than expected each is worth."""
    windows = make_windows(world.before, world.after, list(DIMENSIONS), value="p_good")
    expected = from_log_odds(expect(windows)[1])
    value = world.after["p_good"]
    return world.after.select(*DIMENSIONS, loss=pl.Series(expected) - value, bad=1 - value)


def ask(process: subprocess.Popen, path: Path, script: str) -> dict:
    """Return what a peer says to a file."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError(f"{script} has no pipes")
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    if not process.stdout.readline():
        raise RuntimeError(f"{script} ended early")
    return json.loads(path.with_suffix(f".{script}.json").read_text())


def grow_trees(rows: pl.DataFrame, told: int | None) -> Iterator[tuple[str, list[Array], float]]:
    """Yield the leaves of shallow regression trees with the greatest loss, per setting."""
    loss = rows["loss"].to_numpy()
    columns = OneHotEncoder(dtype=np.float32).fit_transform(rows.select(list(DIMENSIONS)).to_numpy())
    for depth in (3, 6, 9):
        cpu = time.process_time()
        tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=0.005, random_state=0).fit(columns, loss)
        leaf = tree.apply(columns)
        cpu = time.process_time() - cpu
        means = {one: loss[leaf == one] for one in np.unique(leaf)}
        line = stats.norm.isf(0.05 / len(means))
        t = {one: (m.mean() - loss.mean()) / (m.std() / np.sqrt(len(m)) + 1e-12) for one, m in means.items()}
        worst = sorted((one for one in means if t[one] > line), key=lambda one: -means[one].mean())
        yield f"depth {depth}", [leaf == one for one in worst[:told]], cpu


def run(options: argparse.Namespace) -> pl.DataFrame:
    """Return one row per scene, seed, method and setting."""
    rows: list[dict[str, object]] = []
    scenes = [scene for scene in (*PLANTED, *NULL) if not options.only or scene.name in options.only]
    for scene in () if options.only_peers else scenes:
        n = options.seeds if scene.n_planted else options.nulls
        rows += measure_ours(scene, range(options.seed, options.seed + n))
        say(rows, scene, "ours")
    if not options.without_peers:
        with tempfile.TemporaryDirectory() as folder, peers(Path(folder)) as running:
            for scene in (scene for scene in scenes if scene.n == PLANTED[0].n and _is_compared(scene)):
                for seed in range(options.seed, options.seed + options.peer_seeds):
                    rows += measure_peers(scene, seed, running, Path(folder))
                for method in (*PEERS, "tree"):
                    say(rows, scene, method)
    return pl.DataFrame(rows, infer_schema_length=None)


def read(files: Sequence[Path]) -> pl.DataFrame:
    """Return the rows of several runs; of the same world, method and setting those of the last file."""
    rows = pl.concat([pl.read_parquet(file) for file in files], how="diagonal_relaxed")
    return rows.unique(["scene", "seed", "method", "setting"], keep="last", maintain_order=True)


def _is_compared(scene: Scene) -> bool:
    return scene.name in {"easy", "hard", "easy, mix changes", "nothing happened"}


def say(rows: list[dict[str, object]], scene: Scene, method: str) -> None:
    """Print a scene in one line."""
    some = pl.DataFrame(rows, infer_schema_length=None).filter(scene=scene.name, method=method)
    found, planted, right, reported, cpu = some.select(
        pl.col("n_found", "n_planted", "n_right", "n_reported").sum(), pl.col("cpu_s").mean()
    ).row(0)
    n_any = some.filter(pl.col("n_reported") > 0).height
    print(f"{scene.name}: {method} found {found} of {planted}, right {right} of {reported}, ", end="")
    print(f"anything in {n_any} of {some.height}, {cpu:.2f} s CPU", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=20, help="worlds per planted scene")
    parser.add_argument("--nulls", type=int, default=40, help="worlds per scene in which nothing happened")
    parser.add_argument("--peer-seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="names of scenes")
    parser.add_argument("--only-peers", action="store_true")
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/segments.md")
    parser.add_argument("--out", type=Path, help="write one row per run to this Parquet file")
    parser.add_argument("--from-files", type=Path, nargs="*", help="make the tables from such files")
    options = parser.parse_args()
    found = read(options.from_files) if options.from_files else run(options)
    if options.out:
        found.write_parquet(options.out)
    if found.filter(method="ours").is_empty():
        return
    text = page(found)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
