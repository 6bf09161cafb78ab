"""Which files a user means by files, globs and folders."""

from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path

from feedback.errors import InputError
from feedback.sources.registry import ENDINGS, find_ending
from feedback.sources.remote import is_url


def find_files(paths: Iterable[str | Path]) -> list[Path]:
    """Return the log files behind files, globs and folders, sorted, each once.

    A file that is named is taken whatever its ending. Folders are searched to the bottom; in them and in
    globs only known endings count, and names starting with a dot or an underscore are passed over.

    Raises
    ------
    InputError
        When a path does not exist, or a folder or glob holds no log.

    Examples
    --------
    >>> find_files(["no such folder/*.parquet"])
    Traceback (most recent call last):
    feedback.errors.InputError: no such folder/*.parquet: holds no log; known endings are .parquet, ...
    """
    found = {file.resolve(): file for path in paths for file in _expand(Path(path))}
    return sorted(found.values())


def find_logs(paths: Iterable[str | Path]) -> list[Path | str]:
    """Return the log files behind files, globs and folders, and the addresses as they are.

    Raises
    ------
    InputError
        As `find_files`.
    """
    listed = list(paths)
    urls = dict.fromkeys(str(path) for path in listed if is_url(path))
    local = [path for path in listed if not is_url(path)]
    return [*urls, *(find_files(local) if local else [])]


def _expand(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if path.is_dir():
        logs = list(_logs_in(path))
    elif has_magic(str(path)):
        logs = [log for match in _glob(path) for log in _match(match)]
    else:
        raise InputError(f"{path}: does not exist")
    if not logs:
        raise InputError(
            f"{path}: holds no log; known endings are {', '.join(ENDINGS)}, text ones also with .gz or .zst"
        )
    yield from logs


def _glob(pattern: Path) -> list[Path]:
    return [Path(match) for match in glob(str(pattern), recursive=True)]  # noqa: PTH207 - may be absolute


def _match(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _logs_in(path)
    elif _is_log(path):
        yield path


def _logs_in(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        is_hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
        if not is_hidden and file.is_file() and _is_log(file):
            yield file


def _is_log(file: Path) -> bool:
    return find_ending(file) is not None and not file.name.startswith((".", "_"))
