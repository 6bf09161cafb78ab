"""What is exported: one row per example of a golden set at a version."""

import hashlib
from collections.abc import Iterable
from typing import Any

import polars as pl

from feedback.errors import SchemaError, SettingsError, name_some
from feedback.export.json_text import dump_lines

Row = dict[str, Any]

EXAMPLES = pl.Schema(
    {
        "example_id": pl.String(),
        "input": pl.String(),
        "observed_output": pl.String(),
        "expected": pl.String(),
        "label": pl.String(),
        "label_source": pl.String(),
        "split": pl.String(),
        "reason": pl.String(),
        "confidence": pl.Float64(),
        "segment": pl.String(),
        "rejected_output": pl.String(),
        "tags": pl.List(pl.String()),
        "provenance": pl.String(),
    }
)
LABELS = ("good", "bad")
SPLITS = ("train", "dev", "test")
_NEVER_NULL = ("example_id", "input", "label", "label_source", "provenance")


def check_examples(examples: pl.DataFrame) -> pl.DataFrame:
    """Return the examples with the declared columns only, sorted by `example_id`.

    Parameters
    ----------
    examples
        One row per example, with the columns of `EXAMPLES`: `input` is what was asked, `observed_output` what was
        answered then, `expected` what a person gave or confirmed (null: nobody did), `rejected_output` an earlier
        answer to the same request that was turned down, `confidence` the probability that the observed answer was
        good (null: not calibrated), `provenance` JSON text. `split` is train, dev, test, or null: in none of them.

    Raises
    ------
    SchemaError
        When a column is missing or has another type, when one that must be known is null, when a label or split has
        another name, when an id comes twice or a confidence lies outside [0, 1].

    Examples
    --------
    >>> rows = [{"example_id": "e1", "input": "hi", "label": "good", "label_source": "review", "provenance": "{}"}]
    >>> check_examples(pl.DataFrame(rows, schema=EXAMPLES)).height
    1
    """
    missing = [name for name in EXAMPLES if name not in examples.columns]
    if missing:
        raise SchemaError(f"the examples lack the column {name_some(missing)}")
    wrong = [name for name, dtype in EXAMPLES.items() if examples.schema[name] not in (dtype, pl.Null())]
    if wrong:
        raise SchemaError(f"the examples hold another type than declared in {name_some(wrong)}")
    checked = examples.select(pl.col(name).cast(dtype) for name, dtype in EXAMPLES.items()).sort("example_id")
    _check_values(checked)
    return checked


def pick_examples(examples: pl.DataFrame, *, split: str | None = None, label: str | None = None) -> pl.DataFrame:
    """Return the examples of a split, of a label, or of both; all where neither is named.

    Raises
    ------
    SettingsError
        When there is no such split or label.

    Examples
    --------
    >>> examples = pl.DataFrame({"example_id": ["e1", "e2"], "label": ["good", "bad"]})
    >>> pick_examples(examples, label="bad")["example_id"].to_list()
    ['e2']
    """
    for column, wanted, known in (("split", split, SPLITS), ("label", label, LABELS)):
        if wanted is None:
            continue
        if wanted not in known:
            raise SettingsError(f"there is no {column} {wanted!r}; there are {', '.join(known)}")
        examples = examples.filter(pl.col(column) == wanted)
    return examples


def to_rows(examples: pl.DataFrame) -> list[Row]:
    """Return the examples as dictionaries, one per example, in the order of `EXAMPLES`."""
    return examples.select(EXAMPLES.names()).to_dicts()


def to_examples(rows: Iterable[Row]) -> pl.DataFrame:
    """Return dictionaries, one per example, as a frame with the columns of `EXAMPLES`, sorted by `example_id`."""
    return pl.DataFrame(list(rows), schema=EXAMPLES, orient="row").sort("example_id")


def hash_examples(examples: pl.DataFrame) -> str:
    """Return the SHA-256 of the examples, the same for the same rows whatever file they are in.

    It is taken over the rows as JSON Lines, sorted by `example_id`.

    Examples
    --------
    >>> hash_examples(EXAMPLES.to_frame())[:8]
    'e3b0c442'
    """
    return hashlib.sha256(dump_lines(to_rows(examples.sort("example_id")))).hexdigest()


def _check_values(examples: pl.DataFrame) -> None:
    unknown = [name for name in _NEVER_NULL if examples[name].null_count()]
    if unknown:
        raise SchemaError(f"the examples hold nulls in {name_some(unknown)}, which must be known")
    for column, known in (("label", LABELS), ("split", SPLITS)):
        others = examples.filter(~pl.col(column).is_in(known)).height
        if others:
            raise SchemaError(f"{others} of the examples have another {column} than {', '.join(known)}")
    twice = examples.filter(pl.col("example_id").is_duplicated())["example_id"].unique().sort()
    if len(twice):
        raise SchemaError(f"the examples hold more than one row for {name_some(twice.to_list())}")
    if examples.filter(~pl.col("confidence").is_between(0, 1) | pl.col("confidence").is_nan()).height:
        raise SchemaError("the examples hold a confidence outside [0, 1]")
