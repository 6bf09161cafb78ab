"""Expectation maximisation over patterns of votes, with silence as a symbol of its own.

Behaviour speaks to one side only: an undo can only say bad. What such a function does not say is the other
half of what it knows, so "did not fire" is a symbol like any vote.
"""

import numpy as np

from feedback.label_model.log_odds import to_probability
from feedback.label_model.patterns import Patterns
from feedback.stats.sums import Numbers

# Most responses are good.
START_LOG_ODDS = 1.0
MOST_ROUNDS = 100
CLOSE_ENOUGH = 1e-5


def learn_symbols(patterns: Patterns, weights: Numbers) -> tuple[Numbers, ...]:
    """Return, per labelling function, the log-odds for good that each of its symbols adds.

    Two classes, functions independent within a class. It starts from what the votes say at face value, so
    that the first class is the good one, and may turn a function round. Signals that occur together for
    another reason than quality mislead it: its log-odds are evidence to be weighed on reviews, no verdict.

    Parameters
    ----------
    patterns
        The patterns and how often each occurs.
    weights
        The weight of each function's vote, in log-odds.

    References
    ----------
    Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm,
    Applied Statistics 28.

    Examples
    --------
    >>> import polars as pl
    >>> from feedback.label_model.patterns import collapse
    >>> from feedback.label_model.vote_columns import find_vote_columns
    >>> votes = pl.DataFrame({"copied": [1, 1, 1, None, None], "undone": [None, None, None, 0, 0]})
    >>> [copied, undone] = learn_symbols(collapse(votes, find_vote_columns(votes)), np.ones(2))
    >>> bool(copied[2] > 0 > copied[0]), bool(undone[1] < 0 < undone[0])
    (True, True)
    """
    face_value = [weight * lean for weight, lean in zip(weights, patterns.leans, strict=True)]
    p_good = to_probability(START_LOG_ODDS + patterns.look_up(face_value))
    before = [_expected(patterns, place, table) for place, table in enumerate(face_value)]
    tables = tuple(face_value)
    for _ in range(MOST_ROUNDS):
        tables = tuple(_ratio(patterns, place, p_good, before[place]) for place in range(len(before)))
        n_good, n_bad = patterns.counts @ p_good, patterns.counts @ (1 - p_good)
        moved = to_probability(np.log((n_good + 1) / (n_bad + 1)) + patterns.look_up(tables))
        change, p_good = np.max(np.abs(moved - p_good), initial=0.0), moved
        if change < CLOSE_ENOUGH:
            break
    return tables


def _expected(patterns: Patterns, place: int, face_value: Numbers) -> tuple[Numbers, Numbers]:
    """Return what one good and one bad interaction would say at face value: the prior, worth one of each."""
    share = patterns.count_symbols(place, patterns.counts) + 1e-9
    good, bad = share * np.exp(face_value / 2), share * np.exp(-face_value / 2)
    return good / good.sum(), bad / bad.sum()


def _ratio(patterns: Patterns, place: int, p_good: Numbers, before: tuple[Numbers, Numbers]) -> Numbers:
    good = patterns.count_symbols(place, patterns.counts * p_good) + before[0]
    bad = patterns.count_symbols(place, patterns.counts * (1 - p_good)) + before[1]
    # A symbol that never occurred has next to no prior either, and adds nothing.
    unseen = patterns.count_symbols(place, patterns.counts) == 0
    return np.where(unseen, 0.0, np.log(good / good.sum()) - np.log(bad / bad.sum()))
