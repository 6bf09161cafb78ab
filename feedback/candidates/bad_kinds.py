"""Kinds of requests that go wrong: patterns whose items are worse than the others, one after the other."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Indices, Numbers
from feedback.text_space.patterns import Patterns

Mask = npt.NDArray[np.bool_]
# In standard errors. From here on a kind is said to go wrong; kinds that are no better than the rest follow as long
# as there is a budget, as the bad answers of some kinds hardly show in how people act.
SURE, AT_LEAST = 2.5, 0.0
# Words of their own are so many that some stand out by chance: one counts from where one in ten thousand would.
LINE_OF_WORDS = 3.7
FEWEST_SCORED = 3
# A pattern half of whose items are explained by kinds found before is one of these again.
MOST_EXPLAINED = 0.5
# How much the badness of the example counts against how typical it is of its kind.
WEIGHT_OF_BADNESS = 1.0


class Kind(NamedTuple):
    """A kind: the example to look at, how many items are of it, their mean badness, by how many standard errors."""

    item: int
    n: int
    badness: float
    sureness: float


class Residuals(NamedTuple):
    """How much worse than the mean each item is, in standard deviations, and which items no kind explains yet."""

    value: Numbers
    is_live: Mask


def find_bad_kinds(
    patterns: Patterns,
    badness: Numbers,
    *,
    most: int,
    pickable: Mask,
    allowed: Mask | None = None,
    at_least: float = AT_LEAST,
) -> tuple[list[Kind], Mask]:
    """Return the kinds of items that go wrong, the surest first, and which items belong to none.

    The pattern that stands out most (sum of badness above the mean in standard errors) is a kind. Its items are
    explained by it and taken away, and the next one is sought among what is left.

    Parameters
    ----------
    patterns
        Which item has which.
    badness
        Of each item, in [0, 1]; NaN where it has no score.
    most
        How many kinds at most.
    pickable
        Whether an item may be the example of its kind.
    allowed
        Whether a pattern may be a kind; all may if it is not given.
    at_least
        How far a kind stands out at least, in standard errors.

    Examples
    --------
    >>> from feedback.text_space.patterns import cluster_patterns
    >>> points = np.repeat(np.eye(2, dtype=np.float32), 8, axis=0)
    >>> badness = np.array([0.9, 0.8, 0.9, 1.0, 0.9, 0.8, 0.9, 0.9, 0.1, 0.2, 0.1, 0.1, 0.3, 0.1, 0.1, 0.1])
    >>> kinds, rest = find_bad_kinds(cluster_patterns(points, [8], seed=0), badness, most=3, pickable=badness >= 0)
    >>> [(kind.item, kind.n) for kind in kinds], int(rest.sum())
    ([(3, 8)], 8)
    """
    rest, kinds = np.ones(len(badness), bool), []
    has_score = ~np.isnan(badness)
    if not has_score.any() or patterns.n_patterns == 0:
        return kinds, rest
    state = Residuals(_standardised(badness, has_score), has_score)
    n_items = patterns.add_up(rest.astype(float))
    line = np.where(np.arange(patterns.n_patterns) < patterns.n_groups, at_least, max(at_least, LINE_OF_WORDS))
    may_be = np.ones(patterns.n_patterns, bool) if allowed is None else allowed.copy()
    while len(kinds) < most:
        z = _stand_out(patterns, state)
        may_be &= patterns.add_up(rest.astype(float)) >= MOST_EXPLAINED * n_items
        found = np.where(may_be & (z >= line), z, -np.inf)
        best = int(found.argmax())
        if np.isneginf(found[best]):
            break
        members = np.zeros(len(badness), bool)
        members[patterns.items_with(best)] = True
        item = _example(patterns.count_words(best), badness, members & state.is_live & pickable)
        if item is not None:
            kinds.append(Kind(item, int(members.sum()), float(badness[members & has_score].mean()), float(z[best])))
        may_be[best] = False
        rest &= ~members
        state = state._replace(is_live=state.is_live & ~members)
    return kinds, rest


def _standardised(badness: Numbers, has_score: Mask) -> Numbers:
    value = np.where(has_score, badness - badness[has_score].mean(), 0.0)
    return value / max(float(value[has_score].std()), 1e-9)


def _stand_out(patterns: Patterns, state: Residuals) -> Numbers:
    """Return by how many standard errors the items of each pattern are worse; minus infinity where they are few."""
    n = patterns.add_up(state.is_live.astype(float))
    total = patterns.add_up(np.where(state.is_live, state.value, 0.0))
    return np.where(n >= FEWEST_SCORED, total / np.sqrt(np.maximum(n, 1)), -np.inf)


def _example(n_words: Numbers, badness: Numbers, among: Mask) -> int | None:
    """Return the item that shows the kind best: typical of it, and bad."""
    found: Indices = np.flatnonzero(among)
    if not len(found):
        return None
    shown = n_words[found] / max(float(n_words[found].max()), 1e-9) + WEIGHT_OF_BADNESS * badness[found]
    return int(found[shown.argmax()])
