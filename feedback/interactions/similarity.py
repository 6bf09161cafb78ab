"""How alike two requests are, in their words and in what they name by number."""

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process, utils

from feedback.interactions.numbers import first_of

WORTH_KEEPING = 0.5
_WITH_DIGIT = r"\S*\d\S*"
_HALF = np.uint64(32)


def keep_alike(pairs: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Return the pairs of texts that are over half alike, and do not name different things by number.

    `pairs` has one row per pair: `opener` and `earlier` are row numbers of `texts`. Added is `similarity`, the
    token set ratio in [0, 1] of both in lower case and without punctuation.
    """
    distinct, number = _number_texts(texts, pairs)
    words = np.array([utils.default_process(text) for text in distinct], dtype=object)
    said, said_before = (number[pairs[side].to_numpy()] for side in ("opener", "earlier"))
    similarity = _score_pairs(words, said, said_before)
    is_alike = similarity >= WORTH_KEEPING
    alike = pairs.with_columns(similarity=similarity).filter(is_alike)
    keep = is_alike.to_numpy()
    return alike.filter(~_name_different_things(pl.Series(words, dtype=pl.String), said[keep], said_before[keep]))


def _number_texts(texts: pl.Series, pairs: pl.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return the distinct texts of the pairs, and for every row the number of its text."""
    is_needed = np.zeros(len(texts), dtype=bool)
    is_needed[pairs["opener"].to_numpy()] = is_needed[pairs["earlier"].to_numpy()] = True
    needed = texts.filter(is_needed)
    # Categories of their own: the shared ones would keep every text for as long as the process lives.
    numbered = needed.cast(pl.Categorical(pl.Categories.random())).to_physical()
    number = np.zeros(len(texts), dtype=np.uint32)
    number[is_needed] = numbered.to_numpy()
    n_distinct = 0 if needed.is_empty() else int(number.max()) + 1
    return needed.gather(first_of(numbered, n_distinct)).to_list(), number


def _score_pairs(words: np.ndarray, said: np.ndarray, said_before: np.ndarray) -> pl.Series:
    """Return how alike the words are, worked out once for each pair of texts whichever came first; 0 if under half."""
    first, second = np.minimum(said, said_before), np.maximum(said, said_before)
    pair = pl.Series("pair", (first.astype(np.uint64) << _HALF) | second)
    distinct = pair.unique()
    sides = (distinct.to_numpy() >> _HALF).astype(np.uint32), distinct.to_numpy().astype(np.uint32)
    texts = (words[side].tolist() for side in sides)
    scores = process.cpdist(*texts, scorer=fuzz.token_set_ratio, score_cutoff=100 * WORTH_KEEPING)
    scored = pl.DataFrame({"pair": distinct, "similarity": pl.Series(scores, dtype=pl.Float64) / 100})
    return pair.to_frame().join(scored, on="pair", how="left", maintain_order="left")["similarity"]


def _name_different_things(words: pl.Series, said: np.ndarray, said_before: np.ndarray) -> pl.Series:
    """Return whether both name something by a number, and nothing that the other names."""
    has_number = words.str.contains(r"\d")
    is_numbered = (has_number.gather(said) & has_number.gather(said_before)).alias("is_numbered")
    places = is_numbered.arg_true()
    named, named_before = (
        words.gather(pl.Series(side).gather(places)).str.extract_all(_WITH_DIGIT) for side in (said, said_before)
    )
    shared = pl.DataFrame({"named": named, "before": named_before}).select(
        pl.col("named").list.set_intersection("before").list.len() == 0
    )
    return is_numbered.scatter(places, shared.to_series())
