"""The tables of `candidates.py` as Markdown."""

import polars as pl

from benchmarks.scores import interval_of_mean

MEASURES = {"covered": "modes covered", "new": "new modes", "bad": "truly bad", "duplicates": "near-duplicates"}


def page(found: pl.DataFrame, n_tuning: int, cost: dict[str, float] | None) -> str:
    """Return all tables."""
    seeds = found["seed"].unique().sort()
    methods = found["method"].unique(maintain_order=True).to_list()
    peers = [name for name in methods if name != "ours"]
    best = max(peers, key=lambda name: found.filter(method=name)["covered"].mean() or 0.0)  # pyright: ignore
    parts = [
        f"Seeds {seeds[0]} to {seeds[-1]}, {len(seeds)} worlds of 20,000 responses, the six scenes in turn; 50 picks; "
        f"peers tuned on {n_tuning} other worlds. Means with 95 % t intervals over worlds.",
        _table(["method", *MEASURES.values()], [_row(found, name) for name in methods]),
        f"**Ours less each peer**, paired by world. The best peer is {best}: ours covers "
        f"{_ratio(found, best, 'covered'):.2f} times as many modes, and {_ratio(found, best, 'new'):.2f} times as "
        "many new ones.",
        _table(["peer", *MEASURES.values()], [_difference(found, name) for name in peers]),
        "**Modes covered by scene:**",
        _table(["scene", "worlds", *methods], _scenes(found, methods)),
        "**Cost:** not measured in this run."
        if cost is None
        else f"**Cost:** a draw of 50 from {cost['n']:,} items takes {cost['cpu_s']:.0f} CPU seconds "
        f"({cost['wall_s']:.0f} s on a shared machine) and {cost['further_mib']:,.0f} MiB beside the labels.",
    ]
    return "\n\n".join(parts)


def _row(found: pl.DataFrame, name: str) -> list[str]:
    rows = found.filter(method=name)
    return [f"**{name}**" if name == "ours" else name, *(_interval(rows[measure]) for measure in MEASURES)]


def _difference(found: pl.DataFrame, peer: str) -> list[str]:
    both = found.filter(method="ours").join(found.filter(method=peer), on=("scene", "seed"), suffix="_peer")
    return [peer, *(_interval(both[name] - both[f"{name}_peer"], sign="+") for name in MEASURES)]


def _ratio(found: pl.DataFrame, peer: str, measure: str) -> float:
    one, other = (found.filter(method=name)[measure].sum() for name in ("ours", peer))
    return one / other


def _scenes(found: pl.DataFrame, methods: list[str]) -> list[list[str]]:
    return [
        [str(scene), str(rows["seed"].n_unique()),
         *(f"{rows.filter(method=name)['covered'].mean():.2f}" for name in methods)]
        for (scene,), rows in found.group_by(["scene"], maintain_order=True)
    ]  # fmt: skip


def _interval(values: pl.Series, *, sign: str = "") -> str:
    mean, low, high = interval_of_mean(values.to_numpy())
    return f"{mean:{sign}.2f} ({low:{sign}.2f} to {high:{sign}.2f})"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
