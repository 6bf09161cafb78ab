"""Where an engine keeps what does not fit into memory."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from feedback.errors import EngineError
from feedback.store.versions import Version

_OURS = "labelling"


@contextmanager
def scratch_folder(parent: Path | None) -> Iterator[Path]:
    """Return an empty folder inside `parent`, or among the temporary files of the system, for a with-block.

    What an earlier one left there, because it was killed, is deleted: one process at a time may use a parent.

    Raises
    ------
    EngineError
        When it cannot be made.

    Examples
    --------
    >>> with scratch_folder(None) as folder:
    ...     folder.is_dir(), list(folder.iterdir())
    (True, [])
    >>> folder.exists()
    False
    """
    if parent is None:
        with TemporaryDirectory(prefix="feedback-") as made:
            yield Path(made)
        return
    folder = parent / _OURS
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise EngineError(f"the scratch folder {folder} cannot be made: {type(error).__name__}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Return nothing, for a with-block that writes scratch files.

    Raises
    ------
    EngineError
        When they cannot be written.

    Examples
    --------
    >>> with explain_full_disk(Path("scratch")):
    ...     raise OSError("No space left on device")
    Traceback (most recent call last):
    feedback.errors.EngineError: scratch files cannot be written to scratch: OSError; is the disk full?
    """
    try:
        yield
    except (pl.exceptions.ComputeError, OSError) as error:
        raise EngineError(
            f"scratch files cannot be written to {folder}: {type(error).__name__}; is the disk full?"
        ) from error


def store_events(events: pl.LazyFrame | Version, folder: Path) -> Version:
    """Return the events as files: a version is one already, anything else is worked out into the folder.

    Raises
    ------
    EngineError
        When the file cannot be written.
    """
    if isinstance(events, Version):
        return events
    file = folder / "events.parquet"
    with explain_full_disk(folder):
        events.sink_parquet(file, compression="lz4")
    return Version((file,), events.collect_schema())
