"""Texts as points: TF-IDF of their words, and the directions in which they differ most."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

# scikit-learn takes longer to load than most commands to run: loaded where it is used.
if TYPE_CHECKING:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

Points = npt.NDArray[np.float32]
# The beginning says what a text is about; without a limit one pasted document would cost as much as the log.
MOST_CHARACTERS = 2_000
MOST_TERMS = 50_000
# Enough texts to find the directions; all texts are then placed along them.
MOST_FITTED = 40_000
N_DIRECTIONS = 100
_BLOCK = 20_000
_SINGLE_PRECISION: dict[str, Any] = {"dtype": np.float32}
_NO_SPACES = "[\u3040-\u30ff\u3400-\u9fff]"
# A word of two letters or more, or a single character of a script that writes without spaces.
WORD = rf"(?u){_NO_SPACES}|(?!{_NO_SPACES})[^\W\d_](?:(?!{_NO_SPACES})[\w'-])+"


@dataclass(frozen=True)
class TextSpace:
    """Directions in which the texts of a log differ. Made by `fit_text_space`; null where they have no words."""

    terms: "TfidfVectorizer | None"
    directions: "TruncatedSVD | None"

    def place(self, texts: pl.Series) -> Points:
        """Return a point of length 1 for each text, one row per text; all zeros where it has no known word.

        Examples
        --------
        >>> said = pl.Series(["refund please", "refund now", "hello there", "hello you", None])
        >>> points = fit_text_space(said, seed=0).place(said)
        >>> (points @ points.T > 0.3)[0].tolist()
        [True, True, False, False, False]
        """
        if self.terms is None:
            return np.zeros((len(texts), 1), np.float32)
        blocks = [self._place(texts[start : start + _BLOCK]) for start in range(0, max(len(texts), 1), _BLOCK)]
        return np.vstack(blocks)

    def _place(self, texts: pl.Series) -> Points:
        if self.terms is None or not len(texts):
            return np.zeros((0, self._n_directions), np.float32)
        weights: Any = self.terms.transform(beginnings(texts))
        points = weights.toarray() if self.directions is None else self.directions.transform(weights)
        length = np.linalg.norm(points, axis=1, keepdims=True)
        return (points / np.where(length > 1e-9, length, np.inf)).astype(np.float32)

    @property
    def _n_directions(self) -> int:
        if self.terms is None:
            return 1
        return len(self.terms.vocabulary_) if self.directions is None else self.directions.n_components


def fit_text_space(texts: pl.Series, *, n_directions: int = N_DIRECTIONS, seed: int) -> TextSpace:
    """Return the space of these texts: TF-IDF of their words, truncated to the strongest directions.

    Memory is bounded: of more than 40,000 texts an evenly spaced part decides the directions, and of a text the
    first 2,000 characters count.

    Parameters
    ----------
    texts
        One per item; null where there is none.
    n_directions
        How many dimensions the space has; fewer where the texts have no more words.
    seed
        The same texts and seed give the same space.

    References
    ----------
    Deerwester et al. (1990), Indexing by latent semantic analysis, JASIS 41.
    Halko, Martinsson and Tropp (2011), Finding structure with randomness, SIAM Review 53.

    Examples
    --------
    >>> fit_text_space(pl.Series(["refund please", "refund now"]), seed=0).place(pl.Series(["nothing known"])).any()
    np.False_
    >>> fit_text_space(pl.Series([None, "..."]), seed=0).terms is None
    True
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    step = max(-(-len(texts) // MOST_FITTED), 1)
    chosen = beginnings(texts.drop_nulls().gather_every(step))
    # A word that only one text has relates it to no other.
    rarest = 2 if len(chosen) >= 1_000 else 1
    terms = TfidfVectorizer(
        token_pattern=WORD, max_features=MOST_TERMS, min_df=rarest, sublinear_tf=True, **_SINGLE_PRECISION
    )
    if not _have_terms(chosen, terms.build_analyzer(), rarest):
        return TextSpace(None, None)
    weights: Any = terms.fit_transform(chosen)
    most = min(n_directions, weights.shape[0] - 1)
    if weights.shape[1] <= n_directions or most < 1:
        return TextSpace(terms, None)
    return TextSpace(terms, TruncatedSVD(most, n_iter=4, random_state=seed).fit(weights))


def _have_terms(texts: list[str], split: Callable[[str], list[str]], rarest: int) -> bool:
    """Return whether any word is in so many texts, one or two."""
    seen: set[str] = set()
    for text in texts:
        words = set(split(text))
        if words and (rarest == 1 or not seen.isdisjoint(words)):
            return True
        seen |= words
    return False


def beginnings(texts: pl.Series) -> list[str]:
    """Return the first 2,000 characters of each text; nothing of a null.

    Examples
    --------
    >>> beginnings(pl.Series(["refund please", None]))
    ['refund please', '']
    """
    return texts.cast(pl.String).fill_null("").str.slice(0, MOST_CHARACTERS).to_list()
