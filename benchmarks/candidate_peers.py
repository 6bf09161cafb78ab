"""Other ways to choose what to look at, on the same space of texts and with duplicates collapsed for all of them."""

from collections.abc import Callable, Mapping

import numpy as np

Array = np.ndarray
Peer = Callable[["Pool", int, float], Array]


class Pool:
    """One entry per group of near-duplicates: where it lies and its lowest score; and where golden examples lie."""

    def __init__(self, points: Array, score: Array, golden: Array, seed: int):
        self.points, self.score, self.golden = points, score, golden
        self.rng = np.random.default_rng(seed)
        scored = np.flatnonzero(~np.isnan(score))
        self.by_score = scored[np.argsort(score[scored], kind="stable")]

    def lowest(self, share: float) -> Array:
        """Return the share of the scored groups with the lowest scores."""
        return self.by_score[: max(int(len(self.by_score) * share), 50)]


def random(pool: Pool, k: int, _: float) -> Array:
    return pool.rng.choice(len(pool.score), k, replace=False)


def uncertainty(pool: Pool, k: int, middle: float) -> Array:
    return pool.by_score[np.argsort(np.abs(pool.score[pool.by_score] - middle), kind="stable")[:k]]


def lowest_score(pool: Pool, k: int, _: float) -> Array:
    return pool.by_score[:k]


def k_center(pool: Pool, k: int, share: float) -> Array:
    """Return the points farthest from all before them, from the golden ones on."""
    low = pool.lowest(share)
    here = pool.points[low]
    chosen = [] if len(pool.golden) else [0]
    near = (here @ (pool.golden if len(pool.golden) else here[:1]).T).max(axis=1)
    while len(chosen) < k:
        near[chosen] = 2.0
        chosen.append(int(near.argmin()))
        near = np.maximum(near, here @ here[chosen[-1]])
    return low[chosen]


def facility_location(pool: Pool, k: int, share: float) -> Array:
    """Return the points that stand for most of the others, beside the golden ones."""
    low = pool.lowest(share)
    here = pool.points[low]
    alike = np.maximum(here @ here.T, 0)
    best = np.maximum(here @ pool.golden.T, 0).max(axis=1) if len(pool.golden) else np.zeros(len(low))
    chosen: list[int] = []
    for _ in range(k):
        gain = np.maximum(alike - best[:, None], 0).sum(axis=0)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        best = np.maximum(best, alike[:, chosen[-1]])
    return low[chosen]


# What each may be told; the best is chosen on the tuning seeds.
PEERS: Mapping[str, tuple[Peer, tuple[float, ...]]] = {
    "random": (random, (0.0,)),
    "uncertainty": (uncertainty, (0.3, 0.4, 0.5)),
    "lowest score": (lowest_score, (0.0,)),
    "k-center": (k_center, (0.02, 0.05, 0.1)),
    "facility location": (facility_location, (0.02, 0.05, 0.08, 0.12, 0.2)),
}
