"""What the votes amount to before any review: a ranking, and where expectation maximisation starts."""

from collections.abc import Mapping, Sequence

import numpy as np

from feedback.label_model.patterns import Patterns
from feedback.label_model.vote_columns import VoteColumn
from feedback.stats.sums import Numbers

MOST_RARITY = 3.0


def weigh_functions(patterns: Patterns, columns: Sequence[VoteColumn], weights: Mapping[str, float]) -> Numbers:
    """Return the weight of each function's vote: its declared weight, times how rare the vote is.

    An act people rarely bother with says more than one they do all the time. Rarity is the square root of the
    typical standard deviation of a function's votes over its own, between a third and three: 1 where all
    functions vote equally often. A function that never voted, or is not declared, counts as 1.

    Examples
    --------
    >>> import polars as pl
    >>> from feedback.label_model.patterns import collapse
    >>> from feedback.label_model.vote_columns import find_vote_columns
    >>> votes = pl.DataFrame({"copied": [1] * 8 + [None] * 8, "undone": [0] + [None] * 15})
    >>> columns = find_vote_columns(votes)
    >>> weigh_functions(collapse(votes, columns), columns, {"undone": 2.0}).round(2).tolist()
    [0.83, 2.4]
    """
    declared = np.array([weights.get(column.name, 1.0) for column in columns], float)
    spreads = np.array([_spread(patterns, place) for place in range(len(columns))])
    votes = spreads > 0
    if not votes.any():
        return declared
    rarity = np.ones(len(columns))
    rarity[votes] = np.sqrt(np.exp(np.log(spreads[votes]).mean()) / spreads[votes])
    return declared * np.clip(rarity, 1 / MOST_RARITY, MOST_RARITY)


def _spread(patterns: Patterns, place: int) -> float:
    """Return the standard deviation of a function's votes, silence being 0."""
    lean = patterns.leans[place][patterns.symbols[:, place]]
    n_rows = max(patterns.counts.sum(), 1.0)
    mean = patterns.counts @ lean / n_rows
    return float(np.sqrt(patterns.counts @ (lean - mean) ** 2 / n_rows))
