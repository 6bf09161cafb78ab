"""Reading `feedback.toml`."""

import tomllib
from datetime import timedelta
from pathlib import Path

from feedback.errors import SettingsError, name_some
from feedback.settings.choices import Settings
from feedback.settings.disparity import read_disparity
from feedback.settings.incidents import read_broken, read_notify
from feedback.settings.naming import read_naming
from feedback.settings.privacy import read_privacy
from feedback.settings.retention import read_retention
from feedback.settings.roles import read_roles
from feedback.settings.spans import check_time_zone, parse_span, read_length
from feedback.settings.watch import read_watch

SETTINGS_FILE = "feedback.toml"
_ROLES = ("dimension", "measure")
KNOWN = ("time_zone", "session_gap", "lateness", "observation_window", "columns", "labelling_functions",
          "disparity", "broken", "notify", "watch", "sources", "roles",
          "retention", "privacy")  # fmt: skip


def read_settings(path: Path) -> Settings:
    """Return the settings of a file; the defaults when there is no such file.

    Raises
    ------
    SettingsError
        When the file is no TOML, or has a key or value that means nothing; it names the key.

    Examples
    --------
    >>> read_settings(Path("nowhere.toml")).time_zone
    'UTC'
    """
    if not path.exists():
        return Settings()
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    unknown = sorted(set(written) - set(KNOWN))
    if unknown:
        raise SettingsError(f"{path}: unknown key {name_some(unknown)}; known are {', '.join(KNOWN)}")
    try:
        return _settings_from(written, path.parent)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _settings_from(written: dict, folder: Path) -> Settings:
    readers = {
        "time_zone": ("time_zone", check_time_zone),
        "observation_window": ("observation_window", _read_windows),
        "session_gap": ("session_gap", read_length),
        "lateness": ("lateness", parse_span),
        "columns": ("roles", _read_roles),
        "disparity": ("disparity", read_disparity),
        "watch": ("watch", read_watch),
        "broken": ("broken", read_broken),
        "notify": ("notify", read_notify),
        "sources": ("sources", read_naming),
        "roles": ("access", read_roles),
        "retention": ("retention", read_retention),
        "privacy": ("privacy", lambda table: read_privacy(table, folder)),
        "labelling_functions": ("labelling_functions", lambda names: _read_files(names, folder)),
    }
    found = {}
    for key, value in written.items():
        name, read = readers[key]
        try:
            found[name] = read(value)
        except SettingsError as error:
            raise SettingsError(f"{key}: {error}") from error
    return Settings(**found)


def _read_windows(written: object) -> dict[str, timedelta]:
    windows = written if isinstance(written, dict) else {"default": written}
    return {**Settings().observation_window, **{feature: read_length(span) for feature, span in windows.items()}}


def _read_files(names: object, folder: Path) -> tuple[Path, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SettingsError('write a list of Python files, for instance ["ours.py"]')
    return tuple(folder / name for name in names)


def _read_roles(columns: object) -> dict[str, str]:
    if not isinstance(columns, dict):
        raise SettingsError('write one line per column, for instance plan = "dimension"')
    wrong = sorted(name for name, role in columns.items() if role not in _ROLES)
    if wrong:
        raise SettingsError(f"column {name_some(wrong)}: the role is 'dimension' or 'measure'")
    return dict(columns)
