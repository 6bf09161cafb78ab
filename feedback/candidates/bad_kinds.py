"""Kinds of requests that go wrong: patterns whose items are worse than can be chance, one after the other."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Indices, Numbers
from feedback.text_space.patterns import Patterns

Mask = npt.NDArray[np.bool_]
# In standard errors: a lower line than one for claims, as a kind that is none costs a reviewer one look.
LINE = 2.5
# A pattern belongs to a kind where it is so many times as frequent as elsewhere, and bad without it too.
LIFT = 3.0
LINE_OF_COMPANIONS = 2.0
FEWEST_SCORED = 3
# How much the badness of the example counts against how typical it is of its kind.
WEIGHT_OF_BADNESS = 3.0


class Kind(NamedTuple):
    """A kind that goes wrong: the example to look at, how many items are of it, their mean badness, whether known."""

    item: int
    n: int
    badness: float
    is_known: bool


class Residuals(NamedTuple):
    """What of the badness of each item nothing explains yet, and which items still count."""

    value: Numbers
    is_live: Mask


def find_bad_kinds(
    patterns: Patterns, badness: Numbers, *, most: int, pickable: Mask, known: Mask | None = None
) -> tuple[list[Kind], Mask]:
    """Return the kinds of items that go wrong, the surest first, and which items belong to none.

    The pattern that stands out most (sum of left-over badness in standard errors) is taken together with those that
    come with it and are bad on their own account; its items are explained by it and taken away, and the next one
    sought, until nothing stands out.

    Parameters
    ----------
    patterns
        Which item has which.
    badness
        Of each item, in [0, 1]; NaN where it has no score.
    most
        How many kinds at most; those that are known do not count.
    pickable
        Whether an item may be the example of its kind.
    known
        Sparse matrix of the same patterns: the golden examples. A kind with one of them is known.

    Examples
    --------
    >>> from feedback.text_space.patterns import cluster_patterns
    >>> points = np.repeat(np.eye(2, dtype=np.float32), 8, axis=0)
    >>> badness = np.array([0.9, 0.8, 0.9, 1.0, 0.9, 0.8, 0.9, 0.9, 0.1, 0.2, 0.1, 0.1, 0.3, 0.1, 0.1, 0.1])
    >>> kinds, rest = find_bad_kinds(cluster_patterns(points, [8], seed=0), badness, most=3, pickable=badness >= 0)
    >>> [(kind.item, kind.n) for kind in kinds], int(rest.sum())
    ([(3, 8)], 8)
    """
    is_live = ~np.isnan(badness)
    if not is_live.any() or patterns.n_patterns == 0:
        return [], np.ones(len(badness), bool)
    value = np.where(is_live, badness - badness[is_live].mean(), 0.0)
    spread = max(float(value[is_live].std()), 1e-9)
    state, rest, kinds = Residuals(value / spread, is_live), np.ones(len(badness), bool), []
    while sum(not kind.is_known for kind in kinds) < most:
        z, n = _stand_out(patterns, state)
        anchor = int(z.argmax())
        if z[anchor] < LINE:
            break
        members = np.zeros(len(badness), bool)
        members[patterns.items_with(anchor)] = True
        weight = _companions(patterns, state, members, z, n)
        typical = patterns.match(weight)
        item = _example(typical, badness, members & state.is_live & pickable)
        belongs = typical > 0
        if item is not None:
            of_kind = badness[belongs & ~np.isnan(badness)]
            kinds.append(Kind(item, int(belongs.sum()), float(of_kind.mean()), _is_known(known, weight)))
        rest &= ~belongs
        state = state._replace(is_live=state.is_live & ~belongs)
    return kinds, rest


def _stand_out(patterns: Patterns, state: Residuals) -> tuple[Numbers, Numbers]:
    """Return by how many standard errors the items of each pattern are worse, and how many they are."""
    n = patterns.add_up(state.is_live.astype(float))
    total = patterns.add_up(np.where(state.is_live, state.value, 0.0))
    return np.where(n >= FEWEST_SCORED, total / np.sqrt(np.maximum(n, 1)), 0.0), n


def _companions(patterns: Patterns, state: Residuals, members: Mask, z: Numbers, n: Numbers) -> Numbers:
    """Return the weight of each pattern for telling the kind: that of the anchor and of its companions, else 0."""
    inside = members & state.is_live
    share = patterns.add_up(inside.astype(float)) / inside.sum()
    elsewhere, _ = _stand_out(patterns, state._replace(is_live=state.is_live & ~members))
    comes_along = (share > LIFT * n / state.is_live.sum()) & (share * inside.sum() >= 2)
    belongs = comes_along & (elsewhere > LINE_OF_COMPANIONS)
    belongs[int(z.argmax())] = True
    return np.where(belongs, np.maximum(z, elsewhere), 0.0)


def _example(typical: Numbers, badness: Numbers, among: Mask) -> int | None:
    """Return the item that shows the kind best: typical of it, and bad."""
    found: Indices = np.flatnonzero(among)
    if not len(found):
        return None
    shown = typical[found] / max(float(typical[found].max()), 1e-9) + WEIGHT_OF_BADNESS * badness[found]
    return int(found[shown.argmax()])


def _is_known(known, weight: Numbers) -> bool:
    """Return whether a golden example has most of what tells the kind."""
    if known is None or not known.shape[0]:
        return False
    return bool((known @ weight).max() >= min(float(np.sort(weight)[-2:].sum()), float(weight.max()) * 1.2))
