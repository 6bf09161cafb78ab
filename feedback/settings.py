"""What `feedback.toml` says: windows, lateness, time zone, roles of columns, labelling functions of one's own."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedback.errors import SettingsError, name_some

SETTINGS_FILE = "feedback.toml"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ROLES = ("dimension", "measure")
_KNOWN = ("time_zone", "session_gap", "lateness", "observation_window", "columns", "labelling_functions")


@dataclass(frozen=True)
class Settings:
    """What a user may decide; every default says why.

    Attributes
    ----------
    time_zone
        Zone of times that name none, and whose midnights part the days.
    observation_window
        How long after it was shown a response can be judged, per `feature`; `default` serves the rest.
        30 minutes: longer than nearly all reactions to an answer, short enough for labels the same hour.
    session_gap
        A silence longer than this starts a new part of a session. 12 hours part one working day from the next.
    lateness
        How long events may be under way. 1 hour covers the batches of common collectors.
    roles
        Role of a further column, `dimension` or `measure`, where the type of its values would mislead.
    labelling_functions
        Python files that register labelling functions of one's own.
    """

    time_zone: str = "UTC"
    observation_window: Mapping[str, timedelta] = field(default_factory=lambda: {"default": timedelta(minutes=30)})
    session_gap: timedelta = timedelta(hours=12)
    lateness: timedelta = timedelta(hours=1)
    roles: Mapping[str, str] = field(default_factory=dict)
    labelling_functions: tuple[Path, ...] = ()


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
    unknown = sorted(set(written) - set(_KNOWN))
    if unknown:
        raise SettingsError(f"{path}: unknown key {name_some(unknown)}; known are {', '.join(_KNOWN)}")
    try:
        return _settings_from(written, path.parent)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _settings_from(written: dict, folder: Path) -> Settings:
    defaults = Settings()
    windows = written.get("observation_window", {})
    if not isinstance(windows, dict):
        windows = {"default": windows}
    return Settings(
        time_zone=check_time_zone(written.get("time_zone", defaults.time_zone)),
        observation_window={**defaults.observation_window, **{key: parse_span(span) for key, span in windows.items()}},
        session_gap=parse_span(written.get("session_gap", defaults.session_gap)),
        lateness=parse_span(written.get("lateness", defaults.lateness)),
        roles=_roles(written.get("columns", {})),
        labelling_functions=tuple(folder / name for name in written.get("labelling_functions", [])),
    )


def parse_span(span: str | timedelta) -> timedelta:
    """Return a span of time written as a number and a unit: `45s`, `30m`, `12h` or `7d`.

    Raises
    ------
    SettingsError
        When it is written otherwise.

    Examples
    --------
    >>> parse_span("90m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(span, timedelta):
        return span
    match = re.fullmatch(r"\s*(\d+)\s*([smhd])\s*", str(span))
    if not match:
        raise SettingsError(f"{span!r} is no span of time; write for instance 45s, 30m, 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def check_time_zone(name: str) -> str:
    """Return the name of a time zone, once it is known to be one.

    Raises
    ------
    SettingsError
        When it is none.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise SettingsError(f"{name!r} is no time zone; write for instance Europe/Berlin") from error
    return name


def _roles(columns: dict) -> dict[str, str]:
    wrong = sorted(name for name, role in columns.items() if role not in _ROLES)
    if wrong:
        raise SettingsError(f"column {name_some(wrong)}: the role is 'dimension' or 'measure'")
    return dict(columns)
