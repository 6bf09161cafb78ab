"""Where an engine keeps what does not fit into memory."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from feedback.errors import EngineError

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
