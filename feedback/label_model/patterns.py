"""Votes collapsed to the patterns they form: a million rows hold a few thousand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from feedback.label_model.vote_columns import VoteColumn, lean_of
from feedback.stats.sums import Numbers, add_up


@dataclass(frozen=True)
class Patterns:
    """The different patterns of votes, in order, whatever the order of the rows.

    Attributes
    ----------
    symbols
        One row per pattern, one column per labelling function.
    counts
        How many interactions show the pattern.
    leans
        Per function, the mean vote of each symbol on the scale from -1 (bad) to 1 (good), 0 for silence.
    """

    symbols: npt.NDArray[np.uint8]
    counts: Numbers
    leans: tuple[Numbers, ...]

    def look_up(self, tables: Sequence[Numbers]) -> Numbers:
        """Return, per pattern, the sum over functions of what the tables hold for its symbols."""
        total = np.zeros(len(self.counts))
        for place, table in enumerate(tables):
            total += table[self.symbols[:, place]]
        return total

    def count_symbols(self, place: int, weights: Numbers) -> Numbers:
        """Return the weight of each symbol of the function at that place."""
        return add_up(weights, self.symbols[:, place].astype(np.int64), len(self.leans[place]))


def collapse(votes: pl.DataFrame, columns: Sequence[VoteColumn]) -> Patterns:
    """Return the patterns of the votes.

    Examples
    --------
    >>> from feedback.label_model.vote_columns import find_vote_columns
    >>> votes = pl.DataFrame({"interaction_id": ["a", "b", "c"], "copied": [1, None, 1], "undone": [None, 0, None]})
    >>> found = collapse(votes, find_vote_columns(votes))
    >>> found.symbols.tolist(), found.counts.tolist()
    ([[0, 1], [2, 0]], [1.0, 2.0])
    """
    leans = tuple(_leans(votes[column.name], column, votes) for column in columns)
    if not columns:
        return Patterns(np.zeros((1, 0), np.uint8), np.array([float(votes.height)]), leans)
    names = [column.name for column in columns]
    found = pl.DataFrame([column.symbols(votes) for column in columns]).group_by(names).agg(n_rows=pl.len())
    found = found.sort(names)
    return Patterns(found.select(names).to_numpy(), found["n_rows"].cast(pl.Float64).to_numpy(), leans)


def _leans(vote: pl.Series, column: VoteColumn, votes: pl.DataFrame) -> Numbers:
    if not column.is_graded:
        return np.array([0.0, -1.0, 1.0])
    # Sorted first: a sum of floats depends on their order.
    order = np.argsort(lean_of(vote), kind="stable")
    lean, symbol = lean_of(vote)[order], column.symbols(votes).to_numpy()[order]
    total = np.bincount(symbol, lean, column.n_symbols)
    return total / np.maximum(np.bincount(symbol, minlength=column.n_symbols), 1)
