"""The words that bad requests of a segment have more often than its others."""

import numpy as np
import polars as pl

from feedback.segments.rows import require_columns
from feedback.stats.tails import upper_tail

# A term that fewer people used may be one person's, and would show who it was.
MIN_USERS = 3
MOST_TERMS = 20
# Texts of each side that are looked at: enough for any term worth naming.
MOST_TEXTS = 20_000
PRIOR_TEXTS = 10.0
_WORD = r"[\p{L}\p{N}][\p{L}\p{N}'_-]*"
_TYPES: dict[str, pl.DataType] = {
    "term": pl.String(), "n_bad": pl.Int64(), "n_other": pl.Int64(), "n_users": pl.Int64(), "share_bad": pl.Float64(),
    "share_other": pl.Float64(), "log_odds_ratio": pl.Float64(), "z": pl.Float64(), "q_value": pl.Float64(),
}  # fmt: skip


def over_represented_terms(
    texts: pl.DataFrame, *, alpha: float = 0.05, most: int = MOST_TERMS, min_users: int = MIN_USERS
) -> pl.DataFrame:
    """Return words and pairs of words that are more frequent in bad requests than in the others, the surest first.

    A text counts once for each of its terms, and a person once for each side: somebody who asks the same thing
    all day is one voice. The log-odds ratio has an informative Dirichlet prior, the frequency of the term over both
    sides, so that rare terms do not stand out by chance.

    Parameters
    ----------
    texts
        One row per interaction: `text`, `person`, `is_bad`; null texts are left out.
    alpha
        Chance that any term is named although none is over-represented (Bonferroni).
    most
        How many terms at most.
    min_users
        Fewest people who used a term in bad requests.

    Returns
    -------
    pl.DataFrame
        One row per term: `n_bad`, `n_other`, people who used it on either side, `n_users` on any; their shares
        of all people of the side; `log_odds_ratio`, `z`, `q_value`, its corrected p-value. None where nothing
        stands out. The terms are user text: show them, never log them.

    Raises
    ------
    SchemaError
        When a column is missing.

    References
    ----------
    Monroe, Colaresi and Quinn (2008), Fightin' words: lexical feature selection and evaluation for identifying
    the content of political conflict, Political Analysis 16.

    Examples
    --------
    >>> said = ["refund please"] * 40 + ["hello there"] * 40
    >>> rows = {"text": said, "person": [f"u{one}" for one in range(80)], "is_bad": [True] * 40 + [False] * 40}
    >>> over_represented_terms(pl.DataFrame(rows))["term"].to_list()
    ['please', 'refund', 'refund please']
    """
    require_columns(texts, ["text", "person", "is_bad"])
    kept = texts.drop_nulls("text").with_columns(pl.col("person").cast(pl.String))
    sides = pl.concat([kept.filter(side).head(MOST_TEXTS) for side in ("is_bad", ~pl.col("is_bad"))])
    spoken = _terms(sides)
    totals = {is_bad: sides.filter(is_bad=is_bad)["person"].n_unique() for is_bad in (True, False)}
    counts = spoken.group_by("term").agg(
        n_bad=pl.col("is_bad").sum().cast(pl.Int64),
        n_other=(~pl.col("is_bad")).sum().cast(pl.Int64),
        n_users=pl.col("person").n_unique().cast(pl.Int64),
    )
    if counts.is_empty() or min(totals.values()) == 0:
        return pl.DataFrame(schema=_TYPES)
    scored = _score(counts.filter(pl.col("n_bad") >= min_users), totals[True], totals[False])
    found = scored.filter(pl.col("q_value") <= alpha).sort("z", "term", descending=[True, False]).head(most)
    return found.select(pl.col(name).cast(dtype) for name, dtype in _TYPES.items())


def _terms(texts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per side, person and term they used."""
    words = texts.select("person", "is_bad", word=pl.col("text").str.to_lowercase().str.extract_all(_WORD))
    in_order = words.with_row_index("at").explode("word").drop_nulls("word")
    following = pl.col("word").shift(-1).over("at")
    single = in_order.filter(pl.col("word").str.len_chars() > 2).select("person", "is_bad", term="word")
    double = in_order.select("person", "is_bad", term=pl.concat_str("word", following, separator=" "))
    return pl.concat([single, double]).drop_nulls("term").unique()


def _score(counts: pl.DataFrame, n_bad: int, n_other: int) -> pl.DataFrame:
    bad, other = (counts[name].to_numpy().astype(float) for name in ("n_bad", "n_other"))
    prior = PRIOR_TEXTS * (bad + other) / (n_bad + n_other)
    cells = (bad + prior, n_bad - bad + PRIOR_TEXTS - prior, other + prior, n_other - other + PRIOR_TEXTS - prior)
    with_it, without_it, others_with, others_without = (np.maximum(cell, 1e-9) for cell in cells)
    ratio = np.log(with_it / without_it) - np.log(others_with / others_without)
    z = ratio / np.sqrt(1 / with_it + 1 / without_it + 1 / others_with + 1 / others_without)
    return counts.with_columns(
        share_bad=pl.Series(bad / n_bad),
        share_other=pl.Series(other / n_other),
        log_odds_ratio=pl.Series(ratio),
        z=pl.Series(z),
        q_value=pl.Series(np.minimum(upper_tail(z) * max(len(z), 1), 1.0)),
    )
