"""One set of votes with known verdicts, split by session, and the verdicts drawn from it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.worlds import make_world

Array = np.ndarray
CONTEXT = ("interaction_id", "feature", "session_id")


@dataclass(frozen=True)
class Task:
    """Votes (one row per interaction), the truth about each row, and which rows may be learned from.

    `group` is what the results are also told apart by.
    """

    name: str
    votes: pl.DataFrame
    is_good: Array
    is_train: Array
    group: Array

    @property
    def functions(self) -> list[str]:
        return [name for name in self.votes.columns if name not in CONTEXT]


@dataclass(frozen=True)
class Gold:
    """Reviewed rows of a task: their places, their verdicts and their chance of having been drawn."""

    rows: Array
    is_good: Array
    inclusion: Array

    @property
    def weights(self) -> Array:
        """1 / inclusion probability, scaled to a mean of one."""
        return (1 / self.inclusion) / np.mean(1 / self.inclusion)


def task_of_world(name: str, *, n: int, seed: int) -> Task:
    """Return a simulated world as a task; half of the sessions may be learned from."""
    world = make_world(name, n=n, seed=seed)
    is_good = world.truth["is_good"].to_numpy()
    return Task(name, world.votes, is_good, half_of_sessions(world.votes, seed), np.full(n, "all"))


def half_of_sessions(votes: pl.DataFrame, seed: int) -> Array:
    """Return which rows belong to a random half of the sessions."""
    sessions, place = np.unique(votes["session_id"].to_numpy(), return_inverse=True)
    order = np.random.default_rng([seed, 1]).permutation(len(sessions))
    return order[place] < len(sessions) / 2


def draw_gold(task: Task, *, k: int, draw: str, seed: int) -> Gold:
    """Return `k` reviews from the training rows, drawn "uniform" or "uncertain" (proportional to p(1 - p)).

    p is the smoothed share of good votes. Systematic sampling in random order hits every inclusion
    probability exactly; a row whose probability would pass one is taken for sure.
    """
    train = np.flatnonzero(task.is_train)
    k = min(k, len(train))
    p = vote_share(task.votes.select(task.functions))[train]
    inclusion = _inclusion(p * (1 - p) if draw == "uncertain" else np.ones(len(train)), k)
    rng = np.random.default_rng([seed, k, 2])
    order = rng.permutation(len(train))
    marks = np.floor(np.cumsum(inclusion[order]) - rng.random())
    taken = order[np.diff(marks, prepend=-1.0) > 0][:k]
    rows = train[taken]
    return Gold(rows, task.is_good[rows], inclusion[taken])


def _inclusion(size: Array, k: int) -> Array:
    chosen = np.zeros(len(size), bool)
    while True:
        share = (k - chosen.sum()) * size / size[~chosen].sum() if not chosen.all() else np.ones(len(size))
        over = ~chosen & (share > 1)
        if not over.any():
            return np.where(chosen, 1.0, share)
        chosen |= over


def vote_share(cast: pl.DataFrame) -> Array:
    """Return (good votes + 1) / (votes + 2); a graded vote counts by its grade."""
    good = cast.sum_horizontal().fill_null(0).to_numpy()
    n = cast.select(pl.sum_horizontal(pl.all().is_not_null())).to_series().to_numpy()
    return (good + 1) / (n + 2)


def votes_for_peers(task: Task) -> pl.DataFrame:
    """Return what peers that know only classes can read: votes as 1, 0 and null, grades cut at one half."""
    return task.votes.select(
        "interaction_id",
        pl.Series("is_train", task.is_train),
        *((pl.col(name) >= 0.5).cast(pl.Int8) for name in task.functions),
    )
