"""Do the intervals of `estimate_rates` cover the truth, and how wide are they?

    uv run python -m benchmarks.rates [--seed 0] [--replicates 2000] [--quick] [--without-peer] [--write]

Every cell is a world of `rate_worlds.py` with fresh replicates: coverage of a nominal 95 % interval, and its mean
width over that of Wilson's interval from as many reviews drawn evenly from the same labels (paired by replicate).
Against Wilson without weights, the weighted mean with its linearised normal interval, and `ppi-python` with
weights. With `--write` the tables go into docs/label-quality.md.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

from benchmarks.rate_tables import METHODS, page, write_between_marks
from benchmarks.rate_worlds import DESIGNS, FLOORS, Cell, World, build, draw, mining_probabilities
from feedback.quality.rates import estimate_rates
from feedback.quality.sampler import spread_budget
from feedback.stats import wilson_interval

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "label-quality.md"
PEER = ROOT / "benchmarks" / "peers" / "run_ppi.py"
MARKS = ("<!-- rates tables -->", "<!-- /rates tables -->")
FEWEST_IN_SEGMENT = 25
LABELS_AT_ONCE = 600_000
Array = np.ndarray


@dataclass(frozen=True)
class Peer:
    """`ppi-python` in a process of its own, or nothing in its place."""

    process: subprocess.Popen | None
    folder: Path

    def intervals(self, world: World, drawn: Array, weight: Array) -> Array:
        """Return low and high of each replicate; NaN without the peer."""
        if self.process is None or self.process.stdin is None or self.process.stdout is None:
            return np.full((len(drawn), 2), np.nan)
        path = self.folder / "given.npz"
        given = {"y": world.y[drawn], "p": world.p[drawn], "w": weight[drawn]}
        np.savez(path, sizes=drawn.sum(axis=1), everyone=world.p, **given)
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        if not self.process.stdout.readline():
            raise RuntimeError("ppi-python ended early")
        return np.load(path.with_suffix(".out.npy"))


def cells() -> Iterator[Cell]:
    """Yield every setting, the ones the targets name first."""
    for base in (0.6, 0.8, 0.93):
        for design in DESIGNS:
            for auc in (0.7, 0.8, 0.9):
                yield from (Cell(base, auc, n, design) for n in (100, 300))
            yield Cell(base, 0.8, 1000, design)
            yield Cell(base, 0.8, 300, design, off=0.0)
            yield Cell(base, 0.8, 300, design, off=-1.0)
    for design in DESIGNS:
        yield from (Cell(base, 0.8, 600, design, kind="segments") for base in (0.8, 0.93))
        yield from (Cell(0.8, 0.8, n, design, kind="heavy users") for n in (100, 300, 1000))
        yield from (Cell(0.8, 0.5, n, design, off=0.0, kind="sine wave") for n in (100, 300))


def measure(cell: Cell, n_replicates: int, peer: Peer, rng: np.random.Generator) -> pl.DataFrame:
    """Return one row per replicate (and segment): truth, low and high of each method, width of the even draw."""
    at_once = max(LABELS_AT_ONCE // cell.n_labels, 1)
    sizes = [min(at_once, n_replicates - start) for start in range(0, n_replicates, at_once)]
    parts = [_measure_some(cell, build(cell, size, rng), peer, rng) for size in sizes]
    return pl.concat(parts)


def _measure_some(cell: Cell, world: World, peer: Peer, rng: np.random.Generator) -> pl.DataFrame:
    chance = chances(cell, world)
    drawn = draw(chance, rng)
    even = draw(np.full(chance.shape, cell.n / cell.n_labels), rng)
    rows = _rows(world, drawn, chance)
    found = ours(rows)
    for name, estimate in (("wilson", wilson), ("weighted", weighted)):
        found = found.join(estimate(rows.filter("is_drawn"), name), on=("replicate", "segment"))
    classical = wilson(_rows(world, even, chance).filter("is_drawn"), "even")
    found = found.join(classical, on=("replicate", "segment")).sort("replicate", "segment")
    given = peer.intervals(world, drawn, 1 / chance) if cell.kind == "plain" else np.full((len(found), 2), np.nan)
    return found.with_columns(
        pl.Series("low_ppi_python", given[:, 0]),
        pl.Series("high_ppi_python", given[:, 1]),
        truth=pl.Series(world.truth[found["segment"].to_numpy()]),
    )


def chances(cell: Cell, world: World) -> Array:
    """Return the inclusion probability of every label under the design of the cell."""
    if cell.design == "uniform":
        return np.full(world.p.shape, cell.n / cell.n_labels)
    if cell.design == "mined":
        return mining_probabilities(world.p, cell.n)
    return np.array([spread_budget(p, cell.n, FLOORS[cell.design]) for p in world.p])


def _rows(world: World, drawn: Array, chance: Array) -> pl.DataFrame:
    """Return one row per label."""
    replicate, label = np.indices(world.y.shape)
    return pl.DataFrame(
        {
            "interaction_id": np.arange(world.y.size),
            "session_id": label.ravel(),
            "user_id": world.user.ravel(),
            "replicate": replicate.ravel(),
            "segment": world.segment.ravel(),
            "p_good": world.p.ravel(),
            "y": world.y.ravel(),
            "is_drawn": drawn.ravel(),
            "inclusion_probability": chance.ravel(),
        }
    )


def ours(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the intervals of `estimate_rates`, each replicate tuned on its own."""
    verdict = pl.when(pl.col("y") == 1).then(pl.lit("good")).otherwise(pl.lit("bad"))
    reviews = rows.filter("is_drawn").with_columns(verdict=verdict, stream=pl.lit("rate"))
    labels = rows.drop("y", "is_drawn", "inclusion_probability")
    rates = estimate_rates(labels, reviews, by=["replicate", "segment"], tuned_within=["replicate"])
    return rates.select("replicate", "segment", "n_reviewed", "method", low_ours="low", high_ours="high")


def wilson(drawn: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return Wilson's interval of the plain share of good ones."""
    groups = drawn.group_by("replicate", "segment").agg(n=pl.len(), rate=pl.col("y").mean())
    low, high = wilson_interval(groups["rate"].to_numpy(), groups["n"].to_numpy())
    return _named(groups, name, low, high)


def weighted(drawn: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the weighted mean and its normal interval, by linearisation."""
    w = 1 / pl.col("inclusion_probability")
    rate = (w * pl.col("y")).sum() / w.sum()
    spread = (w**2 * (pl.col("y") - rate) ** 2).sum().sqrt() / w.sum()
    groups = drawn.group_by("replicate", "segment").agg(rate=rate, half=1.959964 * spread)
    rate, half = groups["rate"].to_numpy(), groups["half"].to_numpy()
    return _named(groups, name, rate - half, rate + half)


def _named(groups: pl.DataFrame, name: str, low: Array, high: Array) -> pl.DataFrame:
    ends = {f"low_{name}": pl.Series(low), f"high_{name}": pl.Series(high)}
    return groups.select("replicate", "segment").with_columns(**ends)


def summarise(cell: Cell, found: pl.DataFrame) -> dict[str, object]:
    """Return the row of a cell: coverage and width ratio of each method, with Monte-Carlo errors."""
    kept = found.filter(pl.col("n_reviewed") >= FEWEST_IN_SEGMENT)
    even = (kept["high_even"] - kept["low_even"]).to_numpy()
    row: dict[str, object] = dict(zip(("base", "auc", "n", "design", "off", "kind"), astuple(cell), strict=True))
    row |= {"n_intervals": len(kept), "n_per_interval": kept["n_reviewed"].mean()}
    for name in METHODS:
        low, high = kept[f"low_{name}"].to_numpy(), kept[f"high_{name}"].to_numpy()
        covers = (low <= kept["truth"].to_numpy()) & (kept["truth"].to_numpy() <= high)
        coverage, ratio = covers.mean(), (high - low).mean() / even.mean()
        known = not np.isnan(low).any()
        row |= {
            f"coverage_{name}": coverage if known else None,
            f"coverage_error_{name}": np.sqrt(coverage * (1 - coverage) / len(kept)) if known else None,
            f"width_{name}": ratio if known else None,
            f"width_error_{name}": (high - low - ratio * even).std() / even.mean() / np.sqrt(len(kept))
            if known
            else None,
        }
    return row


def run(options: argparse.Namespace) -> pl.DataFrame:
    """Return one row per cell."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        command = ["uv", "run", "--no-project", "--script", str(PEER)]
        pipe = subprocess.PIPE
        process = None if options.without_peer else subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        peer = Peer(process, Path(folder))
        for cell in chosen(options):
            started = time.perf_counter()
            rng = np.random.default_rng([options.seed, crc32(repr(cell).encode())])
            rows.append(summarise(cell, measure(cell, options.replicates, peer, rng)))
            print(line(rows[-1]), f"{time.perf_counter() - started:.0f} s", flush=True)
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()
    return pl.DataFrame(rows, infer_schema_length=None)


def chosen(options: argparse.Namespace) -> list[Cell]:
    """Return the cells to run; quick leaves out those with the most labels."""
    return [cell for cell in cells() if not options.quick or cell.n_labels <= 6000]


def line(row: dict[str, object]) -> str:
    """Return a cell in one line."""
    numbers = " ".join(
        f"{name} {row[f'coverage_{name}']:.3f}/{row[f'width_{name}']:.3f}"
        for name in METHODS
        if row[f"coverage_{name}"] is not None
    )
    return f"{row['kind']:11} {row['base']} {row['auc']} n={row['n']} off={row['off']} {row['design']:13} {numbers}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--quick", action="store_true", help="200 replicates, without the largest cells")
    parser.add_argument("--without-peer", action="store_true", help="without ppi-python")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/label-quality.md")
    parser.add_argument("--out", type=Path, help="write one row per cell to this Parquet file")
    options = parser.parse_args()
    if options.quick:
        options.replicates = min(options.replicates, 200)
    found = run(options)
    if options.out:
        found.write_parquet(options.out)
    text = page(found, options)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
