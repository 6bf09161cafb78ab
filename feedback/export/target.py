"""What every target of an export offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from feedback.errors import InputError
from feedback.export.json_text import dump_lines, load_lines
from feedback.export.rows import Row, to_examples, to_rows

Files = dict[str, bytes]


@dataclass(frozen=True)
class Target:
    """A place examples can be exported to.

    `write` takes the examples (one row per example, checked) and returns the files by their names inside the folder;
    `read` takes those files back to the same rows. `notes` say how values that would fire in the consumer were
    written, and how they read back.
    """

    name: str
    summary: str
    write: Callable[[pl.DataFrame], Files]
    read: Callable[[Mapping[str, bytes]], pl.DataFrame]
    notes: tuple[str, ...] = ()


def lines_target(
    name: str,
    summary: str,
    file: str,
    to_record: Callable[[Row], Row],
    to_row: Callable[[Row], Row],
    *,
    notes: Sequence[str] = (),
) -> Target:
    """Return a target that is one JSON Lines file, one line per example, given how a row becomes a record and back."""
    return Target(name, summary, partial(_write_lines, file, to_record), partial(_read_lines, file, to_row), (*notes,))


def find_file(files: Mapping[str, bytes], name: str) -> bytes:
    """Return the content of a file of an export.

    Raises
    ------
    InputError
        When it is not there.
    """
    if name not in files:
        raise InputError(f"the export lacks the file {name}")
    return files[name]


def _write_lines(file: str, to_record: Callable[[Row], Row], examples: pl.DataFrame) -> Files:
    return {file: dump_lines(to_record(row) for row in to_rows(examples))}


def _read_lines(file: str, to_row: Callable[[Row], Row], files: Mapping[str, bytes]) -> pl.DataFrame:
    return to_examples(to_row(record) for record in load_lines(find_file(files, file)))
