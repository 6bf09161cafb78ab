"""Words that come together, and the items that have several of them: what tells one kind of request from another."""

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
# Words of a group, with the one it is named for; an item belongs to it that has two of them.
MOST_WORDS, FEWEST_WORDS, WORDS_OF_A_MEMBER = 6, 4, 2
# Two words come together where they meet in three items, three times as often as by chance, and beyond chance.
FEWEST_MEETINGS, LIFT, LINE = 3, 3.0, 4.0
# A group holds together where of the items with two of its words so many have a third.
HOLDS_TOGETHER, FEWEST_MEMBERS = 0.3, 8
# Pairs of words looked at: enough for 100,000 requests, and a bound where texts are long.
MOST_PAIRS = 50_000_000
_ITEMS_AT_ONCE = 20_000


def find_word_groups(by_item: Any) -> Any:
    """Return groups of words that come together, as a sparse matrix of 0 and 1, word by group.

    Every word is asked for the five it meets most often for their frequencies (cosine of their columns); the six are
    a group if whoever has two of them often has a third. Whether items are good or bad is not looked at, so a group
    may be tested on it. Groups may share words.

    Parameters
    ----------
    by_item
        Which item has which word: sparse matrix of 0 and 1, item by word.

    References
    ----------
    Dice (1945), Measures of the amount of ecologic association between species, Ecology 26.
    """
    looked_at = _some_items(by_item)
    groups = _neighbours(looked_at)
    n_words = np.asarray(groups.sum(axis=0)).ravel()
    groups = groups[:, np.flatnonzero(n_words >= FEWEST_WORDS)]
    if not groups.shape[1]:
        return groups
    n_two, n_three = (_count(looked_at, groups, fewest) for fewest in (WORDS_OF_A_MEMBER, WORDS_OF_A_MEMBER + 1))
    return groups[:, np.flatnonzero((n_two >= FEWEST_MEMBERS) & (n_three >= HOLDS_TOGETHER * n_two))]


def members_of(by_item: Any, groups: Any) -> Any:
    """Return which item belongs to which group: sparse matrix of 0 and 1, item by group."""
    found = by_item @ groups
    found.data = (found.data >= WORDS_OF_A_MEMBER).astype(np.float32)
    found.eliminate_zeros()
    return found


def _some_items(by_item: Any) -> Any:
    """Return evenly spaced items, as many as the bound on pairs of words allows."""
    n_pairs = float((np.diff(by_item.indptr).astype(float) ** 2).sum())
    return by_item[:: max(int(np.ceil(n_pairs / MOST_PAIRS)), 1)]


def _neighbours(by_item: Any) -> Any:
    """Return for each word (column) the word itself and those it meets most often for their frequencies."""
    n = np.asarray(by_item.sum(axis=0), float).ravel()
    meet = (by_item.T @ by_item).tocsr()
    meet.sort_indices()
    word = np.repeat(np.arange(len(n)), np.diff(meet.indptr))
    expected = n[word] * n[meet.indices] / max(by_item.shape[0], 1)
    is_beyond = (meet.data - expected >= LINE * np.sqrt(expected)) & (meet.data >= LIFT * expected)
    meet.data *= (word == meet.indices) | ((meet.data >= FEWEST_MEETINGS) & is_beyond)
    meet.eliminate_zeros()
    word = np.repeat(np.arange(len(n)), np.diff(meet.indptr))
    # The cosine of a word with itself is 1, and no other's is higher.
    alike = meet.data / np.sqrt(n[word] * n[meet.indices]) + (word == meet.indices)
    order = np.lexsort((meet.indices, -alike, word))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - meet.indptr[word[order]]
    meet.data = (place < MOST_WORDS).astype(np.float32)
    meet.eliminate_zeros()
    return meet.T.tocsr()


def _count(by_item: Any, groups: Any, fewest: int) -> Numbers:
    """Return how many items have so many words of each group."""
    total = np.zeros(groups.shape[1])
    for start in range(0, by_item.shape[0], _ITEMS_AT_ONCE):
        found = by_item[start : start + _ITEMS_AT_ONCE] @ groups
        total += np.bincount(found.indices[found.data >= fewest], minlength=groups.shape[1])
    return total
