"""Worlds in which the true rate is known: labels, what people would say of them, and who gets reviewed.

Each world holds many replicates at once: every array has one row per replicate and one column per label.
The true rate is that of the process, not of the labels that happened to come out of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

Array = np.ndarray
DESIGNS = ("uniform", "half uniform", "tenth uniform", "mined")
FLOORS = {"half uniform": 0.5, "tenth uniform": 0.1}


@dataclass(frozen=True)
class Cell:
    """One setting: how good the responses are, how good the labels, how many reviews and how they were drawn.

    `off` is by how many logits the labels overstate; `kind` is plain, segments, heavy users or sine wave.
    """

    base: float
    auc: float
    n: int
    design: str
    off: float = 1.0
    kind: str = "plain"

    @property
    def n_labels(self) -> int:
        """How many labels a replicate has."""
        return {"segments": 6000, "heavy users": 4000}.get(self.kind, 15 * self.n)


@dataclass(frozen=True)
class World:
    """What came out: verdicts, probabilities, segments and users per label; the truth per segment."""

    y: Array
    p: Array
    segment: Array
    user: Array
    truth: Array


def build(cell: Cell, n_replicates: int, rng: np.random.Generator) -> World:
    """Return fresh replicates of the world of a cell."""
    shape = (n_replicates, cell.n_labels)
    if cell.kind == "sine wave":
        return sine_wave(shape, rng)
    segment, user = np.zeros(shape, int), np.broadcast_to(np.arange(cell.n_labels), shape)
    truth, rate = np.array([cell.base]), np.full(shape, cell.base)
    if cell.kind == "segments":
        truth = special.expit(special.logit(cell.base) + np.linspace(-1.2, 1.2, 12))
        shares = np.linspace(1, 3, 12) / 24
        segment = rng.choice(12, shape, p=shares)
        rate = truth[segment]
    if cell.kind == "heavy users":
        user = heavy_users(shape, rng)
        rate = rates_of_users(user, cell.base, rng)
    y = (rng.random(shape) < rate).astype(float)
    return World(y, overstated(y, cell, rng), segment, user, truth)


def sine_wave(shape: tuple[int, int], rng: np.random.Generator) -> World:
    """Return a world where quality goes up and down with the probability that the labels give."""
    p = rng.beta(4, 1.5, shape)
    y = (rng.random(shape) < waving(p)).astype(float)
    truth = stats.beta(4, 1.5).expect(waving)
    return World(y, p, np.zeros(shape, int), np.broadcast_to(np.arange(shape[1]), shape), np.array([truth]))


def waving(p: Array) -> Array:
    return 0.8 + 0.19 * np.sin(12 * p)


def heavy_users(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return who asked: 300 people, of whom the busiest ask for 3 % each and the idlest hardly at all."""
    activity = 1 / (np.arange(300) + 10.0)
    return rng.choice(300, shape, p=activity / activity.sum())


def rates_of_users(user: Array, base: float, rng: np.random.Generator) -> Array:
    """Return the rate of each label, which differs by user: intra-class correlation 0.2."""
    rates = rng.beta(base * 4, (1 - base) * 4, (user.shape[0], 300))
    return np.take_along_axis(rates, user, axis=1)


def overstated(y: Array, cell: Cell, rng: np.random.Generator) -> Array:
    """Return probabilities of the given AUC: right for the whole world, then moved by `off` logits."""
    distance = np.sqrt(2) * stats.norm.ppf(cell.auc)
    signal = rng.normal(size=y.shape) + distance * y
    return special.expit(special.logit(cell.base) + distance * signal - distance**2 / 2 + cell.off)


def mining_probabilities(p: Array, k: int) -> Array:
    """Return the chance of each label under a miner of low scores: in proportion to (1 - p)**2, a tenth uniform."""
    interest = (1 - p) ** 2
    size = 0.1 / p.shape[1] + 0.9 * interest / interest.sum(axis=1, keepdims=True)
    chance = np.minimum(k * size, 1)
    for _ in range(20):
        is_sure = chance >= 1
        rest = k - is_sure.sum(axis=1, keepdims=True)
        free = np.where(is_sure, 0, size)
        chance = np.where(is_sure, 1, np.minimum(free * rest / free.sum(axis=1, keepdims=True), 1))
    return chance


def draw(chance: Array, rng: np.random.Generator) -> Array:
    """Return which labels are drawn: systematic sampling in random order, per replicate."""
    drawn = np.zeros(chance.shape, bool)
    for row, probability in enumerate(chance):
        order = rng.permutation(len(probability))
        ends = np.floor(np.cumsum(probability[order]) + rng.random())
        drawn[row, order] = np.diff(ends, prepend=0) > 0
    return drawn
