"""What items have in common: words of their texts, alone or together, or the clusters they are in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from feedback.text_space.clusters import Indices, Points, cluster_points
from feedback.text_space.vectors import MOST_TERMS, WORD, beginnings
from feedback.text_space.word_groups import find_word_groups, members_of

# scikit-learn takes longer to load than most commands to run: loaded where it is used.
if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer

Numbers = npt.NDArray[np.float64]
# A word of fewer texts says nothing sure about any of them, one of most texts nothing at all.
LEAST_TEXTS = 4
MOST_OF_TEXTS = 0.5
_FIND_WORDS = re.compile(WORD)
_OF_NUMBERS: dict[str, Any] = {"dtype": np.float32}


@dataclass(frozen=True)
class Patterns:
    """Which item has which pattern: sparse matrices of 0 and 1, item by pattern and pattern by item.

    The first `n_groups` patterns are groups, of words that come together or of points; the others are single words.
    """

    by_item: Any
    by_pattern: Any
    n_groups: int
    words: "Words | None" = None

    @property
    def n_patterns(self) -> int:
        """Number of patterns."""
        return self.by_item.shape[1]

    def add_up(self, values: Numbers) -> Numbers:
        """Return for each pattern the sum of the values of the items that have it."""
        return self.by_pattern @ values

    def items_with(self, pattern: int) -> Indices:
        """Return the items that have a pattern."""
        return self.by_pattern[pattern].indices

    def count_words(self, pattern: int) -> Numbers:
        """Return how many words of a pattern each item has; 1 where the pattern is a word or a cluster of points."""
        if self.words is None or pattern >= self.n_groups:
            return _column(self.by_item, pattern)
        return self.words.by_item @ _column(self.words.groups, pattern)

    def find_in(self, texts: Sequence[pl.Series]) -> Any:
        """Return which of other texts has which pattern, as `by_item`; none where patterns are no words."""
        if self.words is None or not len(texts[0]):
            return self.by_item[:0]
        found: Any = self.words.counter.transform(_pairs(texts))
        return _below(*(part.T.tocsr() for part in self.words.patterns_of(found[:, self.words.kept]))).T.tocsr()


class Words(NamedTuple):
    """How words become patterns: the words of items, those of each group, and how both are found in texts."""

    by_item: Any
    groups: Any
    counter: "CountVectorizer"
    kept: Indices

    def patterns_of(self, by_item: Any) -> tuple[Any, Any]:
        """Return which item belongs to which group of words, and which has which word."""
        return members_of(by_item, self.groups), by_item


def word_patterns(texts: Sequence[pl.Series]) -> Patterns:
    """Return words that come together and single words as patterns; the same word in two columns is two words.

    Words of fewer than four items, or of more than half of them, are left out.

    Parameters
    ----------
    texts
        A column per role, such as what was asked and what was answered; one entry per item, null where there is none.

    Examples
    --------
    >>> asked = pl.Series(["refund please", "refund now", "a refund", "refund", "hello", "you", "there", "again"])
    >>> found = word_patterns([asked])
    >>> found.n_patterns, found.items_with(0).tolist()
    (1, [0, 1, 2, 3])
    """
    from sklearn.feature_extraction.text import CountVectorizer

    settings: dict[str, Any] = {**_OF_NUMBERS, "analyzer": _words_of}
    counter = CountVectorizer(binary=True, max_features=MOST_TERMS, **settings)
    if not len(texts[0]):
        return _none(0)
    found: Any = counter.fit_transform(_pairs(texts))
    n_texts = np.asarray(found.sum(axis=0)).ravel()
    kept = np.flatnonzero((n_texts >= LEAST_TEXTS) & (n_texts <= MOST_OF_TEXTS * len(texts[0])))
    by_item = found[:, kept].tocsr()
    words = Words(by_item, find_word_groups(by_item), counter, kept)
    by_pattern = _below(*(part.T.tocsr() for part in words.patterns_of(by_item)))
    return Patterns(by_pattern.T.tocsr(), by_pattern, words.groups.shape[1], words)


def cluster_patterns(points: Points, sizes: Sequence[int], *, seed: int) -> Patterns:
    """Return clusters as patterns, of several sizes: the average cluster of each has so many points.

    Examples
    --------
    >>> points = np.array([[0, 1], [0, 1], [1, 0], [1, 0]], np.float32)
    >>> cluster_patterns(points, [2], seed=0).items_with(1).tolist()
    [2, 3]
    """
    from sklearn.preprocessing import OneHotEncoder

    if not len(points):
        return _none(0)
    numbers = [cluster_points(points, max(len(points) // size, 1), seed=seed).cluster for size in sizes]
    by_item: Any = OneHotEncoder(**_OF_NUMBERS).fit_transform(np.column_stack(numbers))
    by_item = by_item.tocsr()
    return Patterns(by_item, by_item.T.tocsr(), by_item.shape[1])


def _none(n: int) -> Patterns:
    from sklearn.feature_extraction.text import CountVectorizer

    nothing: Any = CountVectorizer(vocabulary=["nothing"], **_OF_NUMBERS).transform(["nothing"] * max(n, 1))
    nothing = nothing[:n, :0]
    return Patterns(nothing, nothing.T.tocsr(), 0)


def _below(upper: Any, lower: Any) -> Any:
    """Return the rows of one sparse matrix and, below them, those of another."""
    data, indices = (np.concatenate([getattr(part, name) for part in (upper, lower)]) for name in ("data", "indices"))
    ends = np.concatenate([upper.indptr, lower.indptr[1:] + upper.indptr[-1]])
    return type(upper)((data, indices, ends), shape=(upper.shape[0] + lower.shape[0], upper.shape[1]))


def _column(matrix: Any, place: int) -> Numbers:
    return np.asarray(matrix[:, [place]].todense(), float).ravel()


def _pairs(texts: Sequence[pl.Series]) -> list[tuple[str, ...]]:
    return list(zip(*(beginnings(column) for column in texts), strict=True))


def _words_of(texts: tuple[str, ...]) -> Iterator[str]:
    # One that all have, so that there is always a vocabulary.
    yield ""
    for place, text in enumerate(texts):
        for word in _FIND_WORDS.findall(text.lower()):
            yield f"{place} {word}"
