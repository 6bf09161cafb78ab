"""Worlds in which it is known what got worse: labels before and after, and the slices whose quality was lowered.

Eight dimensions that hang together (a prompt version belongs to one feature, a tenant has its languages and its
intents), people of very unequal activity, and a chance of good that depends on the dimensions, on pairs of them and
on the person. A planted slice loses log-odds, as much as make the stated drop on average over its rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import optimize, special

Array = np.ndarray
Rows = dict[str, Array]
DIMENSIONS = {
    "feature": 4, "model": 3, "prompt_version": 8, "index_version": 3, "intent": 8, "language": 6, "tenant": 12,
    "client": 3,
}  # fmt: skip
PAIRS = (("feature", "language"), ("tenant", "intent"), ("model", "language"), ("feature", "intent"))
LABELS_PER_USER = 20
LIKE_ANOTHER = 0.3


@dataclass(frozen=True)
class Scene:
    """One setting.

    `support` is the range of the share of the labels afterwards that a slice holds, `drop` that of its mean drop in
    points; `spread_of_users` and `drift_of_users` are standard deviations, in log-odds, of what a person adds to
    every answer, and to every answer of one of the two periods only.
    """

    name: str
    n: int = 100_000
    n_planted: int = 0
    support: tuple[float, float] = (0.02, 0.10)
    drop: tuple[float, float] = (0.10, 0.20)
    share_after: float = 0.5
    base: float = 0.78
    is_soft: bool = False
    mix_changes: bool = False
    heaviest: float = 0.002
    spread_of_users: float = 0.3
    drift_of_users: float = 0.0


@dataclass(frozen=True)
class World:
    """What came out: one row per label, before and after; the planted slices; the rows afterwards each holds."""

    before: pl.DataFrame
    after: pl.DataFrame
    planted: list[dict[str, str]]
    masks: list[Array]
    drops: list[float]


EASY = Scene("easy", n_planted=3)
HARD = Scene("hard", n_planted=3, support=(0.01, 0.04), drop=(0.06, 0.12))
PLANTED = (
    EASY,
    HARD,
    replace(EASY, name="easy, mix changes", mix_changes=True),
    replace(EASY, name="easy, soft values", is_soft=True),
    replace(EASY, name="easy, heavy users", heaviest=0.02, spread_of_users=0.6),
    replace(EASY, name="easy at 1 M", n=1_000_000),
    replace(HARD, name="hard at 1 M", n=1_000_000),
)
NULL = (
    Scene("nothing happened"),
    Scene("soft values", is_soft=True),
    Scene("mix changes", mix_changes=True),
    Scene("heavy users", heaviest=0.03, spread_of_users=0.8, drift_of_users=0.4),
    Scene("few labels before", share_after=0.9),
    Scene("few labels after", share_after=0.1),
    Scene("95 % good", base=0.95),
    Scene("30 % good", base=0.30),
    Scene("20,000 labels", n=20_000),
)


def build(scene: Scene, seed: int) -> World:
    """Return a fresh world of that scene."""
    rng = np.random.default_rng([seed, scene.n, sum(scene.name.encode())])
    n_after = round(scene.n * scene.share_after)
    traffic = Traffic.draw(scene, rng)
    before, after = (
        traffic.rows(scene.n - n_after, rng),
        traffic.after(rng, changes=scene.mix_changes).rows(n_after, rng),
    )
    quality = Quality.draw(scene, traffic, rng)
    chance_before, level = special.expit(quality.log_odds(before, 0)), quality.log_odds(after, 1)
    planted, masks = plant(scene, after, rng)
    drops = rng.uniform(*scene.drop, len(planted)).tolist()
    lowered = level - sum((mask * _shift(level[mask], drop) for mask, drop in zip(masks, drops, strict=True)), 0.0)
    return World(
        _labels(before, chance_before, scene, rng),
        _labels(after, special.expit(lowered), scene, rng),
        planted,
        masks,
        drops,
    )


@dataclass(frozen=True)
class Traffic:
    """Who asks what: the tenant and language of every person, and how a tenant's requests are spread."""

    activity: Array
    tenant: Array
    language: Array
    features: Array  # per tenant
    intents: Array  # per feature
    models: Array  # per feature
    indexes: Array
    clients: Array  # per tenant
    new_prompts: Array  # per feature: share of the newer of its two versions

    @classmethod
    def draw(cls, scene: Scene, rng: np.random.Generator) -> "Traffic":
        n_users = max(scene.n // LABELS_PER_USER, 50)
        activity = rng.pareto(1.5, n_users) + 0.2
        activity = np.minimum(activity / activity.sum(), scene.heaviest)
        tenant = rng.choice(12, n_users, p=_shares(12, 4.0, rng))
        languages = rng.dirichlet(np.full(6, 0.7), 12)
        language = np.array([rng.choice(6, p=languages[one]) for one in tenant])
        return cls(
            activity / activity.sum(), tenant, language,
            rng.dirichlet(np.full(4, 1.5), 12), rng.dirichlet(np.full(8, 0.8), 4), rng.dirichlet(np.full(3, 1.5), 4),
            _shares(3, 4.0, rng), rng.dirichlet(np.full(3, 2.0), 12), rng.uniform(0.2, 0.8, 4),
        )  # fmt: skip

    def after(self, rng: np.random.Generator, *, changes: bool = False) -> "Traffic":
        """Return the traffic afterwards; where the mix changes, some tenants, features and intents grow."""
        if not changes:
            return self
        grown = self.activity * np.exp(rng.normal(0, 0.8, 12))[self.tenant]
        return replace(
            self,
            activity=grown / grown.sum(),
            features=_tilt(self.features, rng),
            intents=_tilt(self.intents, rng),
            models=_tilt(self.models, rng),
            new_prompts=rng.uniform(0.2, 0.8, 4),
        )

    def rows(self, n: int, rng: np.random.Generator) -> Rows:
        """Return the codes of n requests, per dimension, and the person of each."""
        user = rng.choice(len(self.activity), n, p=self.activity)
        tenant = self.tenant[user]
        feature = _pick(self.features[tenant], rng)
        away = rng.random(n) < 0.1
        return {
            "feature": feature,
            "model": _pick(self.models[feature], rng),
            "prompt_version": 2 * feature + (rng.random(n) < self.new_prompts[feature]),
            "index_version": rng.choice(3, n, p=self.indexes),
            "intent": _pick(self.intents[feature], rng),
            "language": np.where(away, rng.integers(0, 6, n), self.language[user]),
            "tenant": tenant,
            "client": _pick(self.clients[tenant], rng),
            "user": user,
        }


@dataclass(frozen=True)
class Quality:
    """What makes an answer good: log-odds per value, per pair of values, and per person and period."""

    level: float
    of_values: dict[str, Array]
    of_pairs: dict[tuple[str, str], Array]
    of_users: Array  # one row per period

    @classmethod
    def draw(cls, scene: Scene, traffic: Traffic, rng: np.random.Generator) -> "Quality":
        values = {name: rng.normal(0, 0.35, size) for name, size in DIMENSIONS.items()}
        pairs = {pair: rng.normal(0, 0.3, [DIMENSIONS[name] for name in pair]) for pair in PAIRS}
        n_users = len(traffic.activity)
        always = rng.normal(0, scene.spread_of_users, n_users)
        return cls(special.logit(scene.base), values, pairs, always + rng.normal(0, scene.drift_of_users, (2, n_users)))

    def log_odds(self, rows: Rows, period: int) -> Array:
        """Return the log-odds of good of each row."""
        total = self.level + self.of_users[period][rows["user"]]
        for name, effects in self.of_values.items():
            total = total + effects[rows[name]]
        for (first, second), effects in self.of_pairs.items():
            total = total + effects[rows[first], rows[second]]
        return total


def plant(scene: Scene, rows: Rows, rng: np.random.Generator) -> tuple[list[dict[str, str]], list[Array]]:
    """Return slices of one to three conditions inside the support, every condition needed, no two alike."""
    planted: list[dict[str, str]] = []
    masks: list[Array] = []
    for definition in _propose(rows, rng):
        if len(planted) == scene.n_planted:
            break
        mask = _holds(rows, definition)
        if not scene.support[0] <= mask.mean() <= scene.support[1]:
            continue
        wider = [_holds(rows, {k: v for k, v in definition.items() if k != name}) for name in definition]
        is_minimal = all(other.sum() >= 1.5 * mask.sum() for other in wider)
        if is_minimal and all(jaccard(mask, other) < LIKE_ANOTHER for other in masks):
            planted.append({name: f"{name}-{value}" for name, value in definition.items()})
            masks.append(mask)
    return planted, masks


def _propose(rows: Rows, rng: np.random.Generator) -> Iterator[dict[str, int]]:
    while True:
        size, row = rng.integers(1, 4), rng.integers(len(rows["user"]))
        yield {str(name): int(rows[name][row]) for name in rng.choice(list(DIMENSIONS), size, replace=False)}


def jaccard(one: Array, other: Array) -> float:
    """Return the share of the rows of either that lie in both."""
    return float((one & other).sum() / max((one | other).sum(), 1))


def select(frame: pl.DataFrame, definition: dict[str, str]) -> Array:
    """Return which rows of the frame a definition holds."""
    mask = np.ones(frame.height, bool)
    for name, value in definition.items():
        mask &= (frame[name] == value).to_numpy()
    return mask


def _holds(rows: Rows, definition: dict[str, int]) -> Array:
    mask = np.ones(len(rows["user"]), bool)
    for name, value in definition.items():
        mask &= rows[name] == value
    return mask


def _shift(level: Array, drop: float) -> float:
    """Return the log-odds that make the mean chance fall by the drop (by 0.9 of itself where it is lower)."""
    chance = special.expit(level).mean()
    wanted = max(chance - drop, 0.1 * chance)
    return float(optimize.brentq(lambda shift: special.expit(level - shift).mean() - wanted, 0, 30))


def _labels(rows: Rows, chance: Array, scene: Scene, rng: np.random.Generator) -> pl.DataFrame:
    is_good = (rng.random(len(chance)) < chance).astype(float)
    value = _soften(is_good, scene.base, rng) if scene.is_soft else is_good
    names = {name: _names(name, rows[name], size) for name, size in DIMENSIONS.items()}
    user = pl.Series(rows["user"]).cast(pl.String)
    return pl.DataFrame(names | {"user_id": user, "session_id": "s" + user, "p_good": value})


def _soften(is_good: Array, base: float, rng: np.random.Generator) -> Array:
    """Return probabilities as a label model of AUC 0.8 gives them."""
    distance = np.sqrt(2) * special.ndtri(0.8)
    signal = rng.normal(size=len(is_good)) + distance * is_good
    return special.expit(special.logit(base) + distance * signal - distance**2 / 2)


def _names(name: str, codes: Array, size: int) -> pl.Series:
    return pl.Series([f"{name}-{code}" for code in range(size)]).gather(codes)


def _pick(shares: Array, rng: np.random.Generator) -> Array:
    ends = np.cumsum(shares, axis=1)
    return np.minimum((rng.random(len(shares))[:, None] > ends).sum(axis=1), shares.shape[1] - 1)


def _tilt(shares: Array, rng: np.random.Generator) -> Array:
    tilted = shares * np.exp(rng.normal(0, 0.6, shares.shape))
    return tilted / tilted.sum(axis=1, keepdims=True)


def _shares(n: int, concentration: float, rng: np.random.Generator) -> Array:
    return rng.dirichlet(np.full(n, concentration))
