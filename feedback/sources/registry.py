"""The file formats that can be read. A new one is a file that declares a `Format`, and a line here."""

from pathlib import Path

from feedback.errors import InputError, UnknownNameError
from feedback.sources.delimited import CSV
from feedback.sources.json_lines import JSONL
from feedback.sources.parquet import PARQUET
from feedback.sources.raw_log import Format, RawLog

FORMATS: dict[str, Format] = {known.name: known for known in (PARQUET, CSV, JSONL)}
ENDINGS: dict[str, Format] = {ending: known for known in FORMATS.values() for ending in known.endings}


def read_log(path: str | Path, *, format: str = "auto") -> RawLog:  # noqa: A002
    """Return the rows of a log file as they were written, and those that could not be read.

    Parameters
    ----------
    path
        A Parquet, CSV or JSON Lines file; the text ones may be gzipped.
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
    feedback.errors.UnknownNameError: there is no format 'xml'; the formats are auto, parquet, csv, jsonl
    """
    file = Path(path)
    chosen = _choose_format(file, format)
    try:
        return chosen.read(file)
    except FileNotFoundError as error:
        raise InputError(f"{file}: does not exist") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or 'the file is damaged'}") from error


def find_ending(file: Path) -> str | None:
    """Return the known ending of a file name, without `.gz`; null when there is none.

    Examples
    --------
    >>> find_ending(Path("day.JSONL.gz"))
    '.jsonl'
    >>> find_ending(Path("notes.txt"))
    """
    name = file.name.lower().removesuffix(".gz")
    return next((ending for ending in ENDINGS if name.endswith(ending)), None)


def _choose_format(file: Path, name: str) -> Format:
    if name in FORMATS:
        return FORMATS[name]
    if name != "auto":
        raise UnknownNameError(f"there is no format {name!r}; the formats are auto, {', '.join(FORMATS)}")
    ending = find_ending(file)
    if ending is None:
        raise InputError(f"{file}: its ending is not one of {', '.join(ENDINGS)}; name the format")
    return ENDINGS[ending]
