"""The targets an export can have. A new one is a file that declares a `Target`, and a line here."""

from collections.abc import Mapping

import polars as pl

from feedback.errors import UnknownNameError
from feedback.export.braintrust import BRAINTRUST
from feedback.export.deepeval import DEEPEVAL
from feedback.export.huggingface import HUGGINGFACE
from feedback.export.inspect_ai import INSPECT_AI
from feedback.export.langfuse import LANGFUSE
from feedback.export.langsmith import LANGSMITH
from feedback.export.mlflow import MLFLOW
from feedback.export.openai_evals import OPENAI_CLASSIC, OPENAI_EVALS
from feedback.export.phoenix import PHOENIX
from feedback.export.plain import CSV, JSONL, PARQUET
from feedback.export.preference_pairs import PREFERENCE_PAIRS
from feedback.export.promptfoo import PROMPTFOO_CSV, PROMPTFOO_JSONL, PROMPTFOO_YAML
from feedback.export.ragas import RAGAS
from feedback.export.rows import check_examples
from feedback.export.target import Files, Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        INSPECT_AI, PROMPTFOO_YAML, PROMPTFOO_JSONL, PROMPTFOO_CSV, DEEPEVAL, HUGGINGFACE, OPENAI_EVALS,
        OPENAI_CLASSIC, RAGAS, LANGFUSE, BRAINTRUST, LANGSMITH, MLFLOW, PHOENIX, PREFERENCE_PAIRS, JSONL, CSV,
        PARQUET,
    )
}  # fmt: skip


def find_target(name: str) -> Target:
    """Return the target of that name.

    Raises
    ------
    UnknownNameError
        When there is none; the message lists those there are.

    Examples
    --------
    >>> find_target("excel")
    Traceback (most recent call last):
    feedback.errors.UnknownNameError: there is no target 'excel'; the targets are inspect_ai, promptfoo_yaml, ...
    """
    if name not in TARGETS:
        raise UnknownNameError(f"there is no target {name!r}; the targets are {', '.join(TARGETS)}")
    return TARGETS[name]


def write_files(examples: pl.DataFrame, target: str) -> Files:
    """Return the files of an export by their names, the same bytes for the same examples.

    Parameters
    ----------
    examples
        One row per example, with the columns of `EXAMPLES`.
    target
        Name of the target.

    Raises
    ------
    UnknownNameError
        When there is no such target.
    SchemaError
        When the examples are not as declared.

    Examples
    --------
    >>> from feedback.export.rows import EXAMPLES
    >>> row = {"example_id": "e1", "input": "hi", "label": "good", "label_source": "review", "provenance": "{}"}
    >>> write_files(pl.DataFrame([row], schema=EXAMPLES), "ragas")["samples.jsonl"]
    b'{"user_input": "hi", "response": null, "reference": null}\\n'
    """
    return find_target(target).write(check_examples(examples))


def read_files(files: Mapping[str, bytes], target: str) -> pl.DataFrame:
    """Return the rows of an export: the examples it was made of, or for `preference_pairs` the pairs.

    Parameters
    ----------
    files
        Contents by their names inside the folder.
    target
        Name of the target.

    Raises
    ------
    UnknownNameError
        When there is no such target.
    InputError
        When a file is missing or damaged.
    """
    return find_target(target).read(files)
