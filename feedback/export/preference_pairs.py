"""Preference pairs for training: to one prompt an answer that was chosen and one that was rejected."""

from collections.abc import Mapping

import polars as pl

from feedback.export.json_text import dump_lines, load_lines
from feedback.export.target import Files, Target, find_file

_FILE = "pairs.jsonl"
PAIRS = pl.Schema(
    {
        "example_id": pl.String(),
        "prompt": pl.String(),
        "chosen": pl.String(),
        "rejected": pl.String(),
        "origin": pl.String(),
        "label_source": pl.String(),
        "split": pl.String(),
        "confidence": pl.Float64(),
        "segment": pl.String(),
        "provenance": pl.String(),
    }
)


def derive_pairs(examples: pl.DataFrame) -> pl.DataFrame:
    """Return preference pairs, one row per example that has two answers of which one was preferred.

    A *correction* sets what a person gave or confirmed (`expected`) against the answer that was rejected, or, where
    none is recorded, against the observed answer if that is labelled bad. A *retry* sets a good observed answer
    against the earlier one that was rejected. Answers that are the same make no pair.

    Parameters
    ----------
    examples
        One row per example, with the columns of `EXAMPLES`.

    Returns
    -------
    pl.DataFrame
        The columns of `PAIRS`, sorted by `example_id`; `origin` is correction or retry.

    Examples
    --------
    >>> from feedback.export.rows import EXAMPLES
    >>> row = {"example_id": "e1", "input": "2+2?", "observed_output": "5", "expected": "4", "label": "bad"}
    >>> derive_pairs(pl.DataFrame([row], schema=EXAMPLES)).select("prompt", "chosen", "rejected").row(0)
    ('2+2?', '4', '5')
    """
    corrected, is_good = pl.col("expected").is_not_null(), pl.col("label") == "good"
    observed = pl.col("observed_output")
    found = examples.with_columns(
        prompt=pl.col("input"),
        chosen=pl.coalesce("expected", pl.when(is_good).then(observed)),
        rejected=pl.coalesce("rejected_output", pl.when(corrected & ~is_good).then(observed)),
        origin=pl.when(corrected).then(pl.lit("correction")).otherwise(pl.lit("retry")),
    )
    pairs = found.filter(pl.col("chosen") != pl.col("rejected"))
    return pairs.select(PAIRS.names()).sort("example_id")


def _write(examples: pl.DataFrame) -> Files:
    return {_FILE: dump_lines(derive_pairs(examples).to_dicts())}


def _read(files: Mapping[str, bytes]) -> pl.DataFrame:
    return pl.DataFrame(load_lines(find_file(files, _FILE)), schema=PAIRS, orient="row")


PREFERENCE_PAIRS = Target(
    "preference_pairs",
    "Preference training (DPO and the like): pairs.jsonl with prompt, chosen, rejected.",
    _write,
    _read,
    ("Only examples with a preferred and a rejected answer make a pair; reading gives the pairs.",),
)
