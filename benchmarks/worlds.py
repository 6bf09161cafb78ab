"""Simulated worlds with known truth, for the benchmarks of the label model and of the rates.

In each, people act on an AI feature through twelve labelling functions that mostly abstain. `INSIDE` are the
six worlds methods may be tuned on; `held_out` breaks what they have in common and is for the last look only.

Difficulty is set so that the figures can be read beside those of earlier measurements: quoting the base rate
costs a log-loss of about 0.45 in the mean over the six, logistic regression on 200 verdicts about 0.35.
"""

from dataclasses import dataclass, field, replace
from typing import Literal
from zlib import crc32

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import expit, logit

FEATURES = ("search", "chat", "completion", "summary")
Shape = Literal["decides", "measures", "saturates"]
Array = np.ndarray


@dataclass(frozen=True)
class Signal:
    """A labelling function: how often it fires on a good and on a bad response, and what it then says.

    `polarity` is the vote it always casts; "both" casts the right one with probability `right`. `mood` names
    the tendency it shares with other functions. A graded one votes a Beta(a, b) share, `on_good` and `on_bad`.
    """

    name: str
    polarity: Literal["good", "bad", "both"]
    fires_on_good: float
    fires_on_bad: float
    mood: Literal["engagement", "friction"] | None = None
    shape: Shape = "decides"
    on_good: tuple[float, float] = (1.0, 1.0)
    on_bad: tuple[float, float] = (1.0, 1.0)
    right: float = 1.0


SIGNALS = (
    Signal("accepted", "good", 0.36, 0.09, mood="engagement"),
    Signal("moved_on", "good", 0.30, 0.16, mood="engagement"),
    Signal("copied", "good", 0.20, 0.05, mood="engagement"),
    Signal("thanked", "good", 0.05, 0.01),
    Signal("undone", "bad", 0.015, 0.13),
    Signal("rephrased", "bad", 0.06, 0.28, mood="friction"),
    Signal("retried", "bad", 0.025, 0.17, mood="friction"),
    Signal("rejected", "bad", 0.02, 0.16, mood="friction"),
    Signal("complained", "bad", 0.006, 0.06),
    Signal("abandoned", "bad", 0.05, 0.12),
    Signal("kept_share", "both", 0.30, 0.34, shape="measures", on_good=(6.0, 1.6), on_bad=(2.0, 2.4)),
    Signal("read_share", "both", 0.50, 0.45, shape="measures", on_good=(3.0, 2.0), on_bad=(2.3, 2.3)),
)


@dataclass(frozen=True)
class Recipe:
    """What a world is made of. Spreads are standard deviations in log-odds.

    `reversed_in` lists the features in which a function fires on the wrong responses; `missing_in` those that
    lack the button; `tiring` is how much rarer every act gets with each interaction of the session.
    """

    signals: tuple[Signal, ...] = SIGNALS
    base_rate: float = 0.82
    quality_by_feature: float = 0.4
    quality_by_session: float = 0.5
    strength: float = 0.9
    mood: float = 0.0
    person: float = 0.0
    reach: float = 0.0
    tiring: float = 0.0
    reversed_in: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing_in: dict[str, tuple[str, ...]] = field(default_factory=dict)


_UNLIKE = tuple(
    replace(signal, polarity="both", right=0.75, fires_on_good=0.25, fires_on_bad=0.25)
    if signal.name == "abandoned"
    else replace(signal, shape="saturates", on_good=(2.0, 0.5), on_bad=(0.8, 0.6))
    if signal.name == "kept_share"
    else replace(signal, fires_on_good=signal.fires_on_bad, fires_on_bad=signal.fires_on_good)
    if signal.name == "moved_on"
    else signal
    for signal in SIGNALS
)
RECIPES = {
    "independent": Recipe(),
    "correlated": Recipe(mood=2.0),
    "propensity": Recipe(person=1.2, reach=0.8, missing_in={"copied": ("search",), "accepted": ("chat",)}),
    "sign_flipped": Recipe(reversed_in={"moved_on": FEATURES, "rephrased": ("chat",)}),
    "high_base_rate": Recipe(base_rate=0.93),
    "hard_mix": Recipe(
        base_rate=0.78,
        quality_by_feature=0.7,
        strength=0.75,
        mood=1.5,
        person=0.8,
        reach=0.6,
        reversed_in={"copied": ("completion",), "rephrased": ("chat",)},
        missing_in={"accepted": ("chat",)},
    ),
    "held_out": Recipe(signals=_UNLIKE, base_rate=0.7, mood=1.0, person=0.6, tiring=0.35, quality_by_feature=0.8),
}
INSIDE = tuple(name for name in RECIPES if name != "held_out")


@dataclass(frozen=True)
class World:
    """Votes and truth, one row per interaction each, in the same order.

    `votes` holds `interaction_id`, `feature`, `session_id` and one nullable column per labelling function:
    Int8 for one that decides, Float64 in [0, 1] for one that measures. `truth` holds `interaction_id`,
    `feature`, `session_id`, `user_id`, `p_good` (the chance before anybody acted) and `is_good`.
    """

    votes: pl.DataFrame
    truth: pl.DataFrame


def make_world(name: str, *, n: int, seed: int) -> World:
    """Return a world of `n` interactions; the same name, size and seed give the same world.

    Examples
    --------
    >>> world = make_world("independent", n=4, seed=0)
    >>> world.votes.shape, world.truth.columns
    ((4, 15), ['interaction_id', 'feature', 'session_id', 'user_id', 'p_good', 'is_good'])
    """
    recipe, rng = RECIPES[name], np.random.default_rng([seed, crc32(name.encode())])
    people = _people(n, rng)
    p_good = _quality(recipe, people, rng)
    is_good = rng.random(n) < p_good
    tendency = _tendencies(recipe, people, rng)
    cast = {
        signal.name: _votes(signal, recipe, people=people, is_good=is_good, tendency=tendency, rng=rng)
        for signal in recipe.signals
    }
    known = pl.DataFrame(
        {
            "interaction_id": [f"i{i:07d}" for i in range(n)],
            "feature": np.array(FEATURES)[people["feature"]],
            "session_id": [f"s{i}" for i in people["session"]],
        }
    )
    truth = known.with_columns(
        user_id=pl.Series([f"u{i}" for i in people["user"]]), p_good=pl.Series(p_good), is_good=pl.Series(is_good)
    )
    return World(known.with_columns(**cast), truth)


def _people(n: int, rng: np.random.Generator) -> dict[str, Array]:
    """Return session, turn in it, user and feature of every interaction; a session has one user and feature."""
    lengths = 1 + rng.poisson(3, n)
    session = np.repeat(np.arange(n), lengths)[:n]
    starts = np.searchsorted(session, session)
    n_sessions = session[-1] + 1
    # A few people come often, most once or twice.
    user = (rng.pareto(1.5, n_sessions) * n_sessions / 20).astype(int) % max(n_sessions // 3, 1)
    feature = rng.choice(len(FEATURES), n_sessions, p=(0.4, 0.3, 0.2, 0.1))
    return {"session": session, "turn": np.arange(n) - starts, "user": user[session], "feature": feature[session]}


def _quality(recipe: Recipe, people: dict[str, Array], rng: np.random.Generator) -> Array:
    """Return the chance of a good response, its mean being the base rate."""
    by_feature = recipe.quality_by_feature * rng.standard_normal(len(FEATURES))
    by_session = recipe.quality_by_session * rng.standard_normal(people["session"][-1] + 1)
    lean = by_feature[people["feature"]] + by_session[people["session"]]
    return expit(lean + brentq(lambda shift: expit(lean + shift).mean() - recipe.base_rate, -20, 20))


def _tendencies(recipe: Recipe, people: dict[str, Array], rng: np.random.Generator) -> dict[str | None, Array]:
    """Return, in log-odds and regardless of quality, how ready people are to act: by mood, and at all (None)."""
    n = len(people["user"])
    act = recipe.person * rng.standard_normal(people["user"].max() + 1)[people["user"]] - recipe.tiring * people["turn"]
    return {None: act} | {mood: act + recipe.mood * rng.standard_normal(n) for mood in ("engagement", "friction")}


def _votes(
    signal: Signal,
    recipe: Recipe,
    *,
    people: dict[str, Array],
    is_good: Array,
    tendency: dict[str | None, Array],
    rng: np.random.Generator,
) -> pl.Series:
    """Return one function's votes, null where it abstains."""
    feature = people["feature"]
    turned = np.isin(feature, [FEATURES.index(name) for name in recipe.reversed_in.get(signal.name, ())])
    missing = np.isin(feature, [FEATURES.index(name) for name in recipe.missing_in.get(signal.name, ())])
    sees_good = is_good ^ turned
    reach = recipe.reach * rng.standard_normal(len(FEATURES))
    ease = tendency[signal.mood] + reach[feature]
    fires = (rng.random(len(is_good)) < _firing(signal, recipe.strength, sees_good, ease)) & ~missing
    vote = pl.Series(signal.name, _say(signal, sees_good, rng))
    return vote.set(pl.Series(~fires), None)


def _firing(signal: Signal, strength: float, sees_good: Array, ease: Array) -> Array:
    on_good, on_bad = logit(signal.fires_on_good), logit(signal.fires_on_bad)
    middle, half = (on_good + on_bad) / 2, strength * (on_good - on_bad) / 2
    return expit(middle + np.where(sees_good, half, -half) + ease)


def _say(signal: Signal, sees_good: Array, rng: np.random.Generator) -> Array:
    """Return what the function says if it fires."""
    n = len(sees_good)
    if signal.shape == "decides":
        is_right = rng.random(n) < signal.right
        votes_good = {"good": np.ones(n, bool), "bad": np.zeros(n, bool), "both": sees_good == is_right}
        return votes_good[signal.polarity].astype(np.int8)
    share = np.where(sees_good, rng.beta(*signal.on_good, n), rng.beta(*signal.on_bad, n))
    return np.clip(1.6 * share - 0.2, 0, 1) if signal.shape == "saturates" else share
