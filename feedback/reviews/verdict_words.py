"""How people write a verdict."""

import polars as pl

VERDICT_WORDS: dict[str, tuple[str, ...]] = {
    "good": ("good", "1", "true", "yes", "pass", "passed", "correct", "right", "thumbs up", "up", "👍"),
    "bad": ("bad", "0", "false", "no", "fail", "failed", "incorrect", "wrong", "thumbs down", "down", "👎"),
    "unsure": ("unsure", "not sure", "uncertain", "unknown", "maybe", "skip", "skipped"),
    "unusable": ("unusable", "invalid", "not applicable", "n/a"),
}
_MEANINGS = {word: verdict for verdict, words in VERDICT_WORDS.items() for word in words}


def read_verdict(written: pl.Expr) -> pl.Expr:
    """Return the verdict that was meant, null where the word is none of `VERDICT_WORDS`.

    Case, surrounding space, and whether words are joined by a space, `_` or `-` do not matter. -1 means
    "bad" to some and "no answer" to others, so it is none of them.

    Examples
    --------
    >>> words = pl.DataFrame({"word": ["Thumbs_Up", "0", " FAIL ", "n/a", "-1"]})
    >>> words.select(read_verdict(pl.col("word"))).to_series().to_list()
    ['good', 'bad', 'bad', 'unusable', None]
    """
    plain = written.str.strip_chars().str.to_lowercase().str.replace(r"^([01])\.0$", "$1")
    words = plain.str.replace_all(r"([a-z])[\s_-]+([a-z])", "$1 $2")
    return words.replace_strict(_MEANINGS, default=None, return_dtype=pl.String)
