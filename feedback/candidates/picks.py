"""The picks that are not left to chance, each with its reason in plain words."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feedback.candidates.bad_kinds import SURE, Kind, Mask, find_bad_kinds
from feedback.candidates.coverage import cover_worst
from feedback.candidates.items import Items, Space
from feedback.candidates.strata import Stratum
from feedback.stats.sums import Indices, Numbers

SHARE_OF_STRATA, SHARE_OF_SURPRISES, SHARE_OF_SUCCESSES = 0.2, 0.1, 0.06
# A success is better than most answers, whatever the scale of the score.
SUCCESS_FROM = 0.5
SURPRISING_FROM = 0.7
NEVER_VOTED = "no signal says how good it was"


class Pick(NamedTuple):
    """An item, and why."""

    item: int
    reason: str


class Shares(NamedTuple):
    """How many picks of each sort."""

    worst: int
    strata: int
    surprises: int
    successes: int

    @classmethod
    def of(cls, k: int, *, has_strata: bool, has_surprises: bool) -> "Shares":
        """Return how k picks are shared out.

        Examples
        --------
        >>> Shares.of(45, has_strata=True, has_surprises=False)
        Shares(worst=33, strata=9, surprises=0, successes=3)
        """
        strata = round(SHARE_OF_STRATA * k) if has_strata else 0
        surprises = round(SHARE_OF_SURPRISES * k) if has_surprises else 0
        successes = round(SHARE_OF_SUCCESSES * k)
        return cls(k - strata - surprises - successes, strata, surprises, successes)


@dataclass
class Board:
    """What was picked so far. Groups are numbered from 0; of one group only one item is picked.

    `cluster` has one entry per group, -1 where it has no text.
    """

    items: Items
    space: Space
    of_group: Indices
    cluster: Indices

    def __post_init__(self):
        self._taken = np.zeros(len(self.cluster), bool)
        self._worst_of, self._best_of, self.badness = _extremes(self.items.value, self.of_group, len(self.cluster))

    @property
    def has_surprises(self) -> bool:
        """Whether an online model was surprised by any label."""
        return self.items.labels["surprise"].drop_nulls().len() > 0

    @property
    def name(self) -> str:
        """What the values are called."""
        return "probability of being good" if self.items.is_calibrated else "behaviour score"

    def first_of(self, group: int) -> int:
        """Return the first item of a group."""
        return int(self._worst_of[group])

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """Groups of which nothing was picked yet."""
        return ~self._taken

    def covered(self) -> npt.NDArray[np.float32]:
        """Return the points of all examples there are: golden ones, and those picked."""
        return np.vstack([self.space.golden, self.space.points[self._taken]])

    def take_worst(self, group: int, why: str) -> Pick:
        """Return the worst item of a group as a pick."""
        self._taken[group] = True
        item = int(self._worst_of[group])
        return Pick(item, f"{why}; {self.name} {self.items.value[item]:.2f}")

    def take_best(self, group: int, why: str) -> Pick:
        """Return the best item of a group as a pick."""
        self._taken[group] = True
        item = int(self._best_of[group])
        return Pick(item, f"{why}; {self.name} {self.items.value[item]:.2f}")

    def take_item(self, item: int, why: str) -> Pick:
        """Return an item as a pick."""
        self._taken[self.of_group[item]] = True
        return Pick(item, why)


def pick_all(board: Board, strata: list[Stratum], shares: Shares) -> list[Pick]:
    """Return the picks, the kinds that go wrong first; what one sort cannot use goes to the next."""
    kinds, rest = _find_kinds(board, shares.worst)
    n_sure = sum(kind.sureness >= SURE for kind in kinds)
    picks = _pick_kinds(board, kinds[:n_sure])
    for n, stratum in enumerate(strata):
        picks += _pick_stratum(board, stratum, len(range(n, shares.strata, len(strata))))
    picks += _pick_surprises(board, shares.surprises)
    successes = _pick_successes(board, shares.successes)
    others = _pick_kinds(board, kinds[n_sure:])
    left = sum(shares) - len(picks) - len(successes)
    known, rest_of_known = _find_known_kinds(board, max(left - len(others), 0))
    others += _pick_different(board, np.flatnonzero(rest & rest_of_known & board.free), left - len(others))
    others += _pick_kinds(board, known, "kind of request that goes wrong and is golden already")[: left - len(others)]
    others += _pick_different(board, np.flatnonzero(board.free), left - len(others))
    # Without a score nothing says which to prefer: what is left over is taken in the order of the ids.
    unknown = np.flatnonzero(board.free & np.isnan(board.badness))[: left - len(others)]
    others += [board.take_item(board.first_of(int(group)), NEVER_VOTED) for group in unknown]
    return [*picks, *others, *successes]


def _find_kinds(board: Board, most: int) -> tuple[list[Kind], Mask]:
    """Return kinds of which the golden set has no example, and which groups belong to none of them."""
    space = board.space
    return find_bad_kinds(space.patterns, board.badness, most=most, pickable=board.free, allowed=~space.is_golden)


def _find_known_kinds(board: Board, most: int) -> tuple[list[Kind], Mask]:
    """Return kinds that go wrong though the golden set has an example, and which groups belong to none of them."""
    space = board.space
    return find_bad_kinds(
        space.patterns, board.badness, most=most, pickable=board.free, allowed=space.is_golden, at_least=SURE
    )


def _pick_kinds(board: Board, kinds: list[Kind], what: str | None = None) -> list[Pick]:
    return [board.take_worst(kind.item, _describe(kind, board, what)) for kind in kinds if board.free[kind.item]]


def _describe(kind: Kind, board: Board, what: str | None) -> str:
    number = board.cluster[kind.item]
    where = f"cluster {number}, " if number >= 0 else ""
    how = (
        f"{100 * kind.badness:.0f} % bad"
        if board.items.is_calibrated
        else f"mean behaviour score {1 - kind.badness:.2f}"
    )
    usual = "kind of request that goes wrong" if kind.sureness >= SURE else "kind of request without an example"
    return f"{what or usual}: {where}{kind.n:,} alike, {how}"


def _pick_different(board: Board, groups: Indices, most: int) -> list[Pick]:
    found = cover_worst(board.space.points, board.badness, groups, most=max(most, 0), covered=board.covered())
    return [board.take_worst(int(group), "among the lowest, unlike the other picks") for group in found]


def _pick_stratum(board: Board, stratum: Stratum, most: int) -> list[Pick]:
    value = board.items.value
    here = stratum.items[~np.isnan(value[stratum.items]) & board.free[board.of_group[stratum.items]]]
    here = here[np.argsort(value[here], kind="stable")]
    _, first = np.unique(board.of_group[here], return_index=True)
    lowest = here[np.sort(first)]
    badness = np.full(len(board.cluster), np.nan)
    badness[board.of_group[lowest]] = 1 - value[lowest]
    item_of = dict(zip(board.of_group[lowest].tolist(), lowest.tolist(), strict=True))
    found = cover_worst(board.space.points, badness, board.of_group[lowest], most=most, covered=board.covered())
    return [
        board.take_item(
            item_of[int(group)], f"degraded segment {stratum.name}; {board.name} {value[item_of[int(group)]]:.2f}"
        )
        for group in found
    ]


def _pick_surprises(board: Board, most: int) -> list[Pick]:
    surprise = board.items.labels["surprise"].fill_null(-1.0).to_numpy()
    picks: list[Pick] = []
    seen: set[int] = set()
    for item in np.argsort(-surprise, kind="stable"):
        group = board.of_group[item]
        if len(picks) >= most or surprise[item] < SURPRISING_FROM:
            break
        if board.free[group] and (board.cluster[group] < 0 or int(board.cluster[group]) not in seen):
            seen.add(int(board.cluster[group]))
            picks.append(board.take_item(int(item), f"surprised the online model: {surprise[item]:.1f} nats"))
    return picks


def _pick_successes(board: Board, most: int) -> list[Pick]:
    """Return the best answer of each of the most frequent clusters: cluster 0 is the largest."""
    best = 1 - board.items.value[board._best_of]
    order = np.lexsort((best, board.cluster))
    picks: list[Pick] = []
    seen: set[int] = set()
    for group in order:
        number = int(board.cluster[group])
        if len(picks) >= most:
            break
        if number >= 0 and number not in seen and board.free[group] and best[group] <= 1 - SUCCESS_FROM:
            seen.add(number)
            picks.append(
                board.take_best(int(group), f"success worth keeping: frequent kind of request, cluster {number}")
            )
    return picks


def _extremes(value: Numbers, of_group: Indices, n: int) -> tuple[Indices, Indices, Numbers]:
    """Return the worst and the best item of each group, and its mean badness: NaN where it has no score."""
    order = np.lexsort((np.where(np.isnan(value), np.inf, value), of_group))
    _, first = np.unique(of_group[order], return_index=True)
    worst = order[first]
    order = np.lexsort((np.where(np.isnan(value), np.inf, -value), of_group))
    _, first = np.unique(of_group[order], return_index=True)
    known = ~np.isnan(value)
    total = np.bincount(of_group[known], 1 - value[known], n)
    count = np.bincount(of_group[known], minlength=n)
    return worst, order[first], np.where(count > 0, total / np.maximum(count, 1), np.nan)
