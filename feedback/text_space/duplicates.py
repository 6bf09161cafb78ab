"""Texts that say nearly the same."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from feedback.text_space.vectors import MOST_CHARACTERS

Indices = npt.NDArray[np.int64]
# Share of their words that two texts must have in common: one word in ten may differ, numbers may.
ALIKE = 0.8
_N_BANDS, _PER_BAND = 10, 4
_FEATURES = 2**20
_PAIRS_AT_ONCE = 200_000
# The odd multipliers of the hashes must be the same for all texts; they are no choice of the draw.
_HASH_SEED = 20_26
_SETTINGS: dict[str, Any] = {
    "binary": True,
    "norm": None,
    "alternate_sign": False,
    "analyzer": str.split,
    "dtype": np.float32,
}


def group_near_duplicates(texts: pl.Series, *, alike: float = ALIKE) -> Indices:
    """Return for each text the number of the first text that says the same, itself where none does.

    Case, digits, punctuation and the order of words do not count. Two texts say the same where the words they have
    in common are at least the share `alike` of all their words; candidates are found by MinHash, so that a pair at
    the very edge may be missed. Every text is compared with the first of its group, so groups do not drift.

    Parameters
    ----------
    texts
        One per item. A null is like no other; so is a text without words.
    alike
        Share of words in common, in (0, 1].

    References
    ----------
    Broder (1997), On the resemblance and containment of documents.

    Examples
    --------
    >>> said = pl.Series(["Refund for order 17, please!", "hello", "refund for order 99 please", None, None])
    >>> group_near_duplicates(said).tolist()
    [0, 1, 0, 3, 4]
    """
    plain = _plain(texts)
    rows = np.arange(len(texts))
    first = _first_of_each(plain)
    unique = np.flatnonzero((first == rows) & plain.is_not_null().to_numpy())
    if len(unique) > 1:
        first[unique] = unique[_merge(plain.gather(unique).to_list(), alike)]
    return first[first]


def _plain(texts: pl.Series) -> pl.Series:
    cut = texts.cast(pl.String).str.slice(0, MOST_CHARACTERS).str.to_lowercase()
    plain = cut.str.replace_all(r"\d+", "0").str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()
    return plain.replace("", None)


def _first_of_each(plain: pl.Series) -> Indices:
    """Return the first row with exactly the same text; a null is its own."""
    rows = pl.DataFrame({"text": plain}).with_row_index("row")
    first = pl.when(pl.col("text").is_null()).then("row").otherwise(pl.col("row").min().over("text"))
    return rows.select(first.cast(pl.Int64)).to_series().to_numpy().copy()


def _merge(texts: list[str], alike: float) -> Indices:
    """Return for each of these different texts the first one that says nearly the same."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words: Any = HashingVectorizer(n_features=_FEATURES, **_SETTINGS).transform(texts)
    sizes = np.diff(words.indptr)
    leader = np.arange(len(texts))
    pairs = _candidates(words.indices, words.indptr)
    is_alike = _are_alike(words, sizes, pairs, alike)
    np.minimum.at(leader, pairs[is_alike, 0], pairs[is_alike, 1])
    while (leader[leader] != leader).any():
        leader = leader[leader]
    moved = np.flatnonzero(leader != np.arange(len(texts)))
    checked = _are_alike(words, sizes, np.column_stack([moved, leader[moved]]), alike)
    leader[moved[~checked]] = moved[~checked]
    return leader


def _candidates(words: np.ndarray, starts: np.ndarray) -> Indices:
    """Return pairs of texts that agree in a band of their MinHash signature: a text and an earlier one."""
    rng = np.random.default_rng(_HASH_SEED)
    found = []
    for _ in range(_N_BANDS):
        key = np.zeros(len(starts) - 1, np.uint64)
        for _ in range(_PER_BAND):
            order = rng.permutation(_FEATURES).astype(np.uint32)
            smallest = np.minimum.reduceat(order[words], starts[:-1])
            key = key * np.uint64(0x9E3779B97F4A7C15) + smallest
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        pairs = np.column_stack([np.arange(len(key)), first[place]])
        found.append(pairs[pairs[:, 0] != pairs[:, 1]])
    return np.unique(np.concatenate(found), axis=0)


def _are_alike(words, sizes: np.ndarray, pairs: Indices, alike: float) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        one, other = pairs[start : start + _PAIRS_AT_ONCE].T
        common = np.asarray(words[one].multiply(words[other]).sum(axis=1)).ravel()
        found[start : start + _PAIRS_AT_ONCE] = common >= alike * (sizes[one] + sizes[other] - common) - 1e-6
    return found
