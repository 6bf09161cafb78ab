"""Votes whose truth is known, and reviews of some of them."""

import numpy as np
import polars as pl


def simulate_votes(n: int, *, seed: int = 0, informative: bool = True) -> tuple[pl.DataFrame, np.ndarray]:
    """Return votes of three functions, 80 % of them on good responses, and which those are."""
    rng = np.random.default_rng(seed)
    is_good = rng.random(n) < 0.8
    says = is_good if informative else rng.permutation(is_good)
    copied = rng.random(n) < np.where(says, 0.5, 0.1)
    undone = rng.random(n) < np.where(says, 0.03, 0.4)
    kept = np.where(rng.random(n) < 0.4, np.where(says, rng.beta(6, 2, n), rng.beta(2, 3, n)), np.nan)
    votes = pl.DataFrame(
        {
            "interaction_id": [f"i{i:06}" for i in range(n)],
            "session_id": [f"s{i // 3}" for i in range(n)],
            "feature": ["chat" if i % 2 else "search" for i in range(n)],
            "copied": cast_where(copied, 1),
            "undone": cast_where(undone, 0),
            "kept": pl.Series(kept).fill_nan(None),
        }
    )
    return votes, is_good


def cast_where(fires: np.ndarray, vote: int) -> pl.Series:
    """Return the vote where the function fires, else null."""
    return pl.Series(np.full(len(fires), vote, np.int8)).set(pl.Series(~fires), None)


def review(votes: pl.DataFrame, is_good: np.ndarray, k: int, *, seed: int = 0) -> pl.DataFrame:
    """Return verdicts on `k` interactions drawn at random."""
    rows = np.random.default_rng([seed, k]).permutation(votes.height)[:k]
    return votes[rows].select(
        "interaction_id",
        "session_id",
        verdict=pl.Series(np.where(is_good[rows], "good", "bad")),
        inclusion_probability=pl.lit(k / votes.height),
    )


def loss(p: np.ndarray, is_good: np.ndarray) -> float:
    """Return the mean log-loss."""
    return float(-np.log(np.where(is_good, p, 1 - p)).mean())
