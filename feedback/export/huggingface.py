"""Hugging Face `datasets`: a folder with a card and one Parquet file per split, all of one explicit schema."""

from collections.abc import Mapping
from io import BytesIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from feedback.export.rows import EXAMPLES, to_examples, to_rows
from feedback.export.target import Files, Target

_UNSPLIT = "unsplit"
_SPLITS = ("train", "dev", "test", _UNSPLIT)
_CARD = "README.md"
# Declared, or a split in which a column holds only nulls would not load beside one in which it does not.
_TYPES = {pl.String(): pa.string(), pl.Float64(): pa.float64(), pl.List(pl.String()): pa.list_(pa.string())}
_SCHEMA = pa.schema([(name, _TYPES[dtype]) for name, dtype in EXAMPLES.items()])


def _write(examples: pl.DataFrame) -> Files:
    parts = {name: examples.filter(pl.col("split").fill_null(_UNSPLIT) == name) for name in _SPLITS}
    filled = {name: part for name, part in parts.items() if part.height} or {"train": examples}
    files = {_parquet_name(name): _to_parquet(part) for name, part in filled.items()}
    return {_CARD: _write_card(list(filled)).encode(), **files}


def _read(files: Mapping[str, bytes]) -> pl.DataFrame:
    tables = [pq.read_table(BytesIO(content)) for name, content in sorted(files.items()) if name.endswith(".parquet")]
    return to_examples(row for table in tables for row in table.to_pylist())


def _parquet_name(split: str) -> str:
    return f"data/{split}-00000-of-00001.parquet"


def _to_parquet(examples: pl.DataFrame) -> bytes:
    target = BytesIO()
    pq.write_table(pa.Table.from_pylist(to_rows(examples), schema=_SCHEMA), target, compression="zstd")
    return target.getvalue()


def _write_card(splits: list[str]) -> str:
    files = "\n".join(f"      - split: {name}\n        path: {_parquet_name(name)}" for name in splits)
    return f"""---
configs:
  - config_name: default
    data_files:
{files}
---

# Golden set

Examples of an AI feature at work, one row per example: what was asked (`input`), what was answered
(`observed_output`), whether that was good (`label`, and by whose word: `label_source`), and the answer a person gave or
confirmed (`expected`; null where nobody did). `manifest.json` says which version this is and what was redacted.
"""


HUGGINGFACE = Target(
    "huggingface",
    "Hugging Face datasets: a folder for load_dataset, with a card and a Parquet file per split.",
    _write,
    _read,
)
