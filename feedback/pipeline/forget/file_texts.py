"""The texts that stand in files of a store: in rows, in saved states, in the logs of tables, and in bytes."""

import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl

from feedback.errors import StoreError
from feedback.store.log_entries import LOG
from feedback.store.versions import Version, scan_version

STATE = "content of state"
"""what a column `state` holds, unpacked"""
_AT_ONCE = 250_000
_BLOCK = 2**20
_MAGIC = b"PAR1"
# Parts of a log that say how a table is made, not what is in it.
_ABOUT_TABLES = ("metaData", "protocol")
Columns = list[tuple[str, pl.Series]]


@dataclass
class LogTexts:
    """Texts in an entry of a log: values by the column or field they are of, and words that belong to any such log."""

    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    words: set[str] = field(default_factory=set)


def texts_of_rows(version: Version) -> Iterator[Columns]:
    """Return the distinct texts in the rows of a table, column by column, batch by batch."""
    rows = scan_version(version)
    n_rows = rows.select(pl.len()).collect().item()
    for start in range(0, n_rows, _AT_ONCE):
        yield texts_of_frame(rows.slice(start, _AT_ONCE).collect())


def texts_of_frame(frame: pl.DataFrame) -> Columns:
    """Return the distinct texts in a frame, also in lists and structs, by column.

    Examples
    --------
    >>> [(name, texts.to_list()) for name, texts in texts_of_frame(pl.DataFrame({"tags": [["a"]], "n": [1]}))]
    [('tags', ['a'])]
    """
    found: Columns = []
    for column in frame.columns:
        for values in _flatten(frame[column]):
            distinct = values.drop_nulls().unique()
            found.append((column, distinct))
            if column == "state":
                held = [text for one in distinct for text in _unpack(one)]
                found.append((STATE, pl.Series(held, dtype=pl.String)))
    return found


def texts_of_file(file: Path) -> Columns:
    """Return the texts in a Parquet file that is of no version; none where it cannot be read."""
    try:
        return texts_of_frame(pl.read_parquet(file, glob=False, hive_partitioning=False))
    except (pl.exceptions.PolarsError, OSError):
        return []


def texts_of_log(file: Path) -> LogTexts:
    """Return the texts in an entry of the log of a table, a commit or a checkpoint; none where it cannot be read."""
    found = LogTexts()
    try:
        if file.suffix == ".json":
            actions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        else:
            frame = pl.read_parquet(file, glob=False)
            actions = [{name: one} for name in frame.columns for one in frame[name].drop_nulls().to_list()]
    except (ValueError, RecursionError, OSError, pl.exceptions.PolarsError):
        return found
    for action in actions:
        for name, said in action.items():
            if name in _ABOUT_TABLES:
                found.words.update(_leaves(said))
            else:
                _gather(said, name, found)
    return found


def is_of_log(file: Path) -> bool:
    """Return whether a file is an entry of the log of a table."""
    return file.parent.name == LOG and file.suffix in (".json", ".parquet")


def text_lines(file: Path) -> list[str]:
    """Return the lines of a small file of text, such as checksums; none of any other, nor of the log of a table."""
    if is_of_log(file) or file.suffix == ".parquet" or file.stat().st_size > _BLOCK:
        return []
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError):
        return []


def byte_blocks(root: Path, file: Path, *, overlap: int) -> Iterator[tuple[int, str]]:
    """Return how many bytes, and these bytes as one character each: first the name of the file, then its content.

    Of a sound Parquet file it is the footer, with its statistics: the pages before it are packed, and what is in
    them is read as rows. Blocks overlap by as many bytes, so that nothing is cut in two.

    Raises
    ------
    StoreError
        When the file cannot be read.
    """
    yield 0, file.relative_to(root).as_posix().encode("utf-8", "surrogateescape").decode("latin-1")
    before = ""
    try:
        with file.open("rb") as opened:
            start = _find_footer(opened, file.stat().st_size)
            opened.seek(start)
            yield start, ""
            while block := opened.read(_BLOCK):
                yield len(block), before + block.decode("latin-1")
                before = block[-overlap:].decode("latin-1")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from error


def _find_footer(opened, n_bytes: int) -> int:
    """Return where the footer of a sound Parquet file begins; 0 for any other file."""
    if n_bytes < 12 or opened.read(4) != _MAGIC:
        return 0
    opened.seek(n_bytes - 8)
    length, magic = int.from_bytes(opened.read(4), "little"), opened.read(4)
    return n_bytes - 8 - length if magic == _MAGIC and length <= n_bytes - 12 else 0


def _flatten(values: pl.Series) -> Iterator[pl.Series]:
    if values.dtype == pl.String:
        yield values
    elif isinstance(values.dtype, pl.List):
        yield from _flatten(values.explode(empty_as_null=False, keep_nulls=False))
    elif isinstance(values.dtype, pl.Struct):
        for part in values.struct.unnest().get_columns():
            yield from _flatten(part)


def _unpack(state: str) -> Iterable[str]:
    """Return the texts in a saved state: a NumPy archive in base64, with texts and JSON in it."""
    try:
        with np.load(BytesIO(b64decode(state)), allow_pickle=False) as held:
            arrays = [held[name] for name in held.files]
    except (ValueError, EOFError, OSError, BadZipFile):
        return [state]
    found: list[str] = []
    for array in arrays:
        if array.dtype.kind == "U":
            found += _leaves(array.tolist())
        elif array.dtype == np.uint8:
            found += _leaves(array.tobytes().decode("utf-8", "replace"))
    return found


def _gather(said: object, key: str, found: LogTexts) -> None:
    """Add the texts in part of a log, under the name next above them."""
    if isinstance(said, str):
        inner = _parse(said)
        if inner is None:
            found.values[key].append(said)
        else:
            _gather(inner, key, found)
    elif isinstance(said, dict):
        found.words.update(map(str, said))
        for name, inner in said.items():
            _gather(inner, str(name), found)
    elif isinstance(said, list | tuple):
        for inner in said:
            _gather(inner, key, found)


def _leaves(said: object) -> list[str]:
    """Return all texts in a value, names of fields too; JSON in a text is read."""
    found = LogTexts()
    _gather(said, "", found)
    return [*(text for texts in found.values.values() for text in texts), *found.words]


def _parse(text: str) -> object | None:
    """Return an object or list that a text holds as JSON; null where it is no such thing."""
    if text[:1] not in "{[" or not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
