"""A folder to begin in: settings with what each means, and a key that only its owner can read."""

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from feedback.errors import SettingsError
from feedback.settings import SETTINGS_FILE

KEY_FILE = "feedback.key"
_IGNORED = (KEY_FILE, "feedback-store/")
_OWN = 0o600


@dataclass(frozen=True)
class Begun:
    """What was written: the settings, the key (null where there was one), and the names git now leaves out.

    `is_in_git` says whether the folder is in a work tree of git.
    """

    settings: Path
    key: Path | None
    ignored: tuple[str, ...]
    is_in_git: bool


def begin_folder(folder: Path, *, key: str) -> Begun:
    """Return what was written into a folder so that one can begin there. Nothing that is there is overwritten.

    Parameters
    ----------
    folder
        The folder; made when it does not exist.
    key
        A new random key for pseudonyms. A key file that is there is kept.

    Raises
    ------
    SettingsError
        When there are settings already, or the folder cannot be written.
    """
    settings = folder / SETTINGS_FILE
    if settings.exists():
        raise SettingsError(f"{settings} is there already, and stays as it is; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = _write_key(folder / KEY_FILE, key)
        is_in_git = any((parent / ".git").exists() for parent in (folder.resolve(), *folder.resolve().parents))
        ignored = _leave_out(folder / ".gitignore") if is_in_git else ()
        settings.write_text(read_template(), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot write to {folder}: {error.strerror}") from error
    return Begun(settings, folder / KEY_FILE if is_new else None, ignored, is_in_git)


def read_template() -> str:
    """Return the settings to begin with, as the text of `feedback.toml`.

    Examples
    --------
    >>> read_template().splitlines()[0]
    '# Settings of feedback. It reads this file from the folder it is started in.'
    """
    return (resources.files("feedback.settings") / "template.toml").read_text("utf-8")


def _write_key(file: Path, key: str) -> bool:
    """Return whether the key was written; one that is there stays."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
    except FileExistsError:
        return False
    with os.fdopen(opened, "w", encoding="utf-8") as written:
        written.write(f"{key}\n")
    return True


def _leave_out(file: Path) -> tuple[str, ...]:
    """Return the names that git is now told to leave out."""
    known = file.read_text(encoding="utf-8") if file.exists() else ""
    missing = tuple(name for name in _IGNORED if name not in (line.strip() for line in known.splitlines()))
    if missing:
        gap = "" if not known or known.endswith("\n") else "\n"
        file.write_text(known + gap + "".join(f"{name}\n" for name in missing), encoding="utf-8")
    return missing
