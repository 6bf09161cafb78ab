"""What items have in common: the words of their texts, or the clusters they are in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import OneHotEncoder

from feedback.text_space.clusters import Indices, Points, cluster_points
from feedback.text_space.vectors import MOST_TERMS, WORD, beginnings

Numbers = npt.NDArray[np.float64]
# A word of fewer texts says nothing sure about any of them, one of most texts nothing at all.
LEAST_TEXTS = 4
MOST_OF_TEXTS = 0.5
_FIND_WORDS = re.compile(WORD)
_OF_NUMBERS: dict[str, Any] = {"dtype": np.float32}


@dataclass(frozen=True)
class Patterns:
    """Which item has which pattern: sparse matrices of 0 and 1, item by pattern and pattern by item."""

    by_item: Any
    by_pattern: Any
    words: CountVectorizer | None = None
    kept: Indices | None = None

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

    def match(self, weights: Numbers) -> Numbers:
        """Return for each item the sum of the weights of its patterns."""
        return self.by_item @ weights

    def find_in(self, texts: Sequence[pl.Series]) -> Any:
        """Return which of other texts has which pattern, as `by_item`; none where patterns are no words."""
        n = len(texts[0])
        if self.words is None or not n:
            return self.by_item[:0]
        found: Any = self.words.transform(_pairs(texts))
        return found[:, self.kept]


def word_patterns(texts: Sequence[pl.Series]) -> Patterns:
    """Return the words of texts as patterns; the same word in two columns is two patterns.

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
    settings: dict[str, Any] = {**_OF_NUMBERS, "analyzer": _words_of}
    words = CountVectorizer(binary=True, max_features=MOST_TERMS, **settings)
    if not len(texts[0]):
        return _none(0)
    found: Any = words.fit_transform(_pairs(texts))
    n_texts = np.asarray(found.sum(axis=0)).ravel()
    kept = np.flatnonzero((n_texts >= LEAST_TEXTS) & (n_texts <= MOST_OF_TEXTS * len(texts[0])))
    by_item = found[:, kept].tocsr()
    return Patterns(by_item, by_item.T.tocsr(), words, kept)


def cluster_patterns(points: Points, sizes: Sequence[int], *, seed: int) -> Patterns:
    """Return clusters as patterns, of several sizes: the average cluster of each has so many points.

    Examples
    --------
    >>> points = np.array([[0, 1], [0, 1], [1, 0], [1, 0]], np.float32)
    >>> cluster_patterns(points, [2], seed=0).items_with(1).tolist()
    [2, 3]
    """
    if not len(points):
        return _none(0)
    numbers = [cluster_points(points, max(len(points) // size, 1), seed=seed).cluster for size in sizes]
    by_item: Any = OneHotEncoder(**_OF_NUMBERS).fit_transform(np.column_stack(numbers))
    by_item = by_item.tocsr()
    return Patterns(by_item, by_item.T.tocsr())


def _none(n: int) -> Patterns:
    nothing: Any = CountVectorizer(vocabulary=["nothing"], **_OF_NUMBERS).transform(["nothing"] * max(n, 1))
    nothing = nothing[:n, :0]
    return Patterns(nothing, nothing.T.tocsr())


def _pairs(texts: Sequence[pl.Series]) -> list[tuple[str, ...]]:
    return list(zip(*(beginnings(column) for column in texts), strict=True))


def _words_of(texts: tuple[str, ...]) -> Iterator[str]:
    # One that all have, so that there is always a vocabulary.
    yield ""
    for place, text in enumerate(texts):
        for word in _FIND_WORDS.findall(text.lower()):
            yield f"{place} {word}"
