"""What votes say before anybody reviewed anything, and as which numbers a calibration sees them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from feedback.errors import SchemaError, name_some
from feedback.label_model.expectation import learn_symbols
from feedback.label_model.leaning import weigh_functions
from feedback.label_model.patterns import Patterns, collapse
from feedback.label_model.vote_columns import VoteColumn, find_vote_columns, lean_of, voted
from feedback.stats.sums import Numbers

LEVEL, LEANING, LOG_ODDS, FIRST_VOTE = 0, 1, 2, 3
# Where hardly anything votes, a standard deviation is tiny and one vote would weigh ten of them.
LEAST_SPREAD, FURTHEST = 1.0, 3.0


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation, at least one logit, that a sum of log-odds is brought to 0 and 1 with."""

    mean: float
    spread: float

    def apply(self, values: Numbers) -> Numbers:
        """Return the values scaled, cut to three standard deviations: nobody has reviewed beyond."""
        return np.clip((values - self.mean) / self.spread, -FURTHEST, FURTHEST)


@dataclass(frozen=True)
class Evidence:
    """How votes are turned into numbers; learned from votes alone.

    Attributes
    ----------
    columns
        The labelling functions, by name.
    weights
        The weight of each one's vote at face value.
    tables
        Per function, the log-odds each symbol adds according to expectation maximisation.
    leaning, log_odds
        How the two sums are scaled.
    """

    columns: tuple[VoteColumn, ...]
    weights: tuple[float, ...]
    tables: tuple[tuple[float, ...], ...]
    leaning: Scaling
    log_odds: Scaling

    @property
    def n_numbers(self) -> int:
        """How many numbers describe an interaction."""
        return FIRST_VOTE + sum(2 if column.says_both else 1 for column in self.columns)

    def check(self, votes: pl.DataFrame) -> None:
        """Raise unless the votes hold every function this was learned from.

        Raises
        ------
        SchemaError
            When one is missing.
        """
        missing = [column.name for column in self.columns if column.name not in votes.columns]
        if missing:
            raise SchemaError(f"the label model reads votes of {name_some(missing)}, which are missing; fit it again")

    def lean(self, votes: pl.DataFrame) -> Numbers:
        """Return what the votes amount to at face value, in log-odds."""
        total = np.zeros(votes.height)
        for column, weight in zip(self.columns, self.weights, strict=True):
            total += weight * lean_of(votes[column.name])
        return total

    def numbers(self, votes: pl.DataFrame) -> Iterator[Numbers]:
        """Yield the numbers that describe each interaction, one after the other.

        One, the leaning and the log-odds (both scaled), then per function its vote from -1 to 1 (0 when
        silent) and, where it can say either, whether it spoke.
        """
        yield np.ones(votes.height)
        yield self.leaning.apply(self.lean(votes))
        yield self.log_odds.apply(self._look_up(votes))
        for column in self.columns:
            yield lean_of(votes[column.name])
            if column.says_both:
                yield voted(votes[column.name])

    def _look_up(self, votes: pl.DataFrame) -> Numbers:
        total = np.zeros(votes.height)
        for column, table in zip(self.columns, self.tables, strict=True):
            total += np.array(table)[column.symbols(votes).to_numpy()]
        return total


def learn_evidence(votes: pl.DataFrame, weights: Mapping[str, float]) -> Evidence:
    """Return what can be learned from votes without a review.

    Parameters
    ----------
    votes
        Table `votes`, one row per interaction.
    weights
        The declared weight of each labelling function, in log-odds; 1 for one that is not named.
    """
    columns = find_vote_columns(votes)
    patterns = collapse(votes, columns)
    weighed = weigh_functions(patterns, columns, weights)
    tables = learn_symbols(patterns, weighed)
    face_value = [weight * lean for weight, lean in zip(weighed, patterns.leans, strict=True)]
    return Evidence(
        columns,
        tuple(weighed.tolist()),
        tuple(tuple(table.tolist()) for table in tables),
        _scaling(patterns.look_up(face_value), patterns),
        _scaling(patterns.look_up(tables), patterns),
    )


def _scaling(values: Numbers, patterns: Patterns) -> Scaling:
    n_rows = max(patterns.counts.sum(), 1.0)
    mean = float(patterns.counts @ values / n_rows)
    spread = float(np.sqrt(patterns.counts @ (values - mean) ** 2 / n_rows))
    return Scaling(mean, max(spread, LEAST_SPREAD))
