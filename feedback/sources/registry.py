"""The file formats that can be read. A new one is a file that declares a `Format`, and a line here."""

from collections.abc import Iterator
from pathlib import Path

from feedback.errors import InputError, UnknownNameError
from feedback.sources.chats import CHATS
from feedback.sources.delimited import CSV
from feedback.sources.editor import EDITOR
from feedback.sources.json_lines import JSONL
from feedback.sources.keystrokes import KEYSTROKES
from feedback.sources.langfuse import LANGFUSE
from feedback.sources.langsmith import LANGSMITH
from feedback.sources.mlflow import MLFLOW
from feedback.sources.otel import OTEL
from feedback.sources.parquet import PARQUET
from feedback.sources.phoenix import PHOENIX
from feedback.sources.posthog import POSTHOG
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.spool import join_logs

_PLAIN = (PARQUET, CSV, JSONL)
_PRODUCERS = (OTEL, POSTHOG, LANGFUSE, PHOENIX, MLFLOW, LANGSMITH, CHATS, EDITOR, KEYSTROKES)
FORMATS: dict[str, Format] = {known.name: known for known in (*_PLAIN, *_PRODUCERS)}
ENDINGS: dict[str, Format] = {ending: known for known in FORMATS.values() for ending in known.endings}
PACKED = (".gz", ".zst")


def read_log(path: str | Path, *, format: str = "auto") -> RawLog:  # noqa: A002
    """Return all rows of a log file as they were written, and those that could not be read.

    Parameters
    ----------
    path
        A Parquet, CSV or JSON Lines file; the text ones may be packed with gzip or Zstandard.
    format
        Name of the format; `auto` goes by the ending of the name.

    Raises
    ------
    UnknownNameError
        When there is no such format.
    InputError
        When the file cannot be read at all, in one line with the file and the cause.

    Examples
    --------
    >>> read_log("events.parquet", format="xml")
    Traceback (most recent call last):
    feedback.errors.UnknownNameError: there is no format 'xml'; the formats are auto, parquet, csv, jsonl...
    """
    file = Path(path)
    chosen = find_format(format) or _by_ending(file)
    return join_logs(list(read_batches(file, chosen)))


def read_batches(file: Path, chosen: Format) -> Iterator[RawLog]:
    """Yield the rows of a log file in batches of bounded size, in order.

    Raises
    ------
    InputError
        When the file cannot be read at all, in one line with the file and the cause.
    """
    try:
        yield from chosen.read(file)
    except FileNotFoundError as error:
        raise InputError(f"{file}: does not exist") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or 'the file is damaged'}") from error


def find_format(name: str) -> Format | None:
    """Return the format of that name; null for `auto`.

    Raises
    ------
    UnknownNameError
        When there is no such format.
    """
    if name not in FORMATS and name != "auto":
        raise UnknownNameError(f"there is no format {name!r}; the formats are auto, {', '.join(FORMATS)}")
    return FORMATS.get(name)


def find_ending(file: Path) -> str | None:
    """Return the known ending of a file name, without `.gz` or `.zst`; null when there is none.

    Examples
    --------
    >>> find_ending(Path("day.JSONL.gz"))
    '.jsonl'
    >>> find_ending(Path("notes.txt"))
    """
    name = file.name.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return next((ending for ending in ENDINGS if name.endswith(ending)), None)


def _by_ending(file: Path) -> Format:
    ending = find_ending(file)
    if ending is None:
        raise InputError(f"{file}: its ending is not one of {', '.join(ENDINGS)}; name the format")
    return ENDINGS[ending]
