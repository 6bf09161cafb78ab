"""What `feedback.toml` says: windows, lateness, time zone, roles of columns, labelling functions of one's own."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedback.errors import SettingsError, name_some

SETTINGS_FILE = "feedback.toml"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ROLES = ("dimension", "measure")
_KNOWN = ("time_zone", "session_gap", "lateness", "observation_window", "columns", "labelling_functions",
          "disparity")  # fmt: skip


@dataclass(frozen=True)
class Disparity:
    """How far groups may be served worse than others: `[[disparity]]` in the file.

    Attributes
    ----------
    dimensions
        The columns whose values part people or requests into groups, their combinations included.
    reference
        Name of the group the others are compared with, such as `language = en`; none: the largest.
    max_gap
        Most points a group may be behind, as a share: 0.05 for five.
    min_ratio
        Least share of the rate of the reference that a group must reach.
    min_n
        Fewest labels of a group to say anything about it.
    """

    dimensions: tuple[str, ...]
    reference: str | None = None
    max_gap: float | None = None
    min_ratio: float | None = None
    min_n: int = 100


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
    disparity
        How far groups may be served worse than others.
    """

    time_zone: str = "UTC"
    observation_window: Mapping[str, timedelta] = field(default_factory=lambda: {"default": timedelta(minutes=30)})
    session_gap: timedelta = timedelta(hours=12)
    lateness: timedelta = timedelta(hours=1)
    roles: Mapping[str, str] = field(default_factory=dict)
    labelling_functions: tuple[Path, ...] = ()
    disparity: tuple[Disparity, ...] = ()


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
    readers = {
        "time_zone": ("time_zone", check_time_zone),
        "observation_window": ("observation_window", _read_windows),
        "session_gap": ("session_gap", _read_length),
        "lateness": ("lateness", parse_span),
        "columns": ("roles", _read_roles),
        "disparity": ("disparity", _read_disparity),
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


def _read_disparity(written: object) -> tuple[Disparity, ...]:
    tables = written if isinstance(written, list) else [written]
    return tuple(_read_one_disparity(table) for table in tables)


def _read_one_disparity(table: object) -> Disparity:
    known = {field.name for field in fields(Disparity)}
    if not isinstance(table, dict) or not set(table) <= known:
        raise SettingsError(f"a table [[disparity]] has the keys {', '.join(sorted(known))}")
    names = table.get("dimensions")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise SettingsError('dimensions is a list of names, such as ["language"]')
    bounds = {name: table[name] for name in ("max_gap", "min_ratio") if name in table}
    if any(not isinstance(bound, int | float) or not 0 < bound < 1 for bound in bounds.values()):
        raise SettingsError("max_gap and min_ratio lie between 0 and 1")
    return Disparity(**{**table, "dimensions": tuple(names)})


def _read_windows(written: object) -> dict[str, timedelta]:
    windows = written if isinstance(written, dict) else {"default": written}
    return {**Settings().observation_window, **{feature: _read_length(span) for feature, span in windows.items()}}


def _read_length(written: object) -> timedelta:
    span = parse_span(written)
    if not span:
        raise SettingsError(f"{written!r} is no length; it must be longer than zero")
    return span


def parse_span(span: object) -> timedelta:
    """Return a span of time written as a number of up to six digits and a unit: `45s`, `30m`, `12h` or `7d`.

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
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", str(span))
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
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise SettingsError(f"{name!r} is no time zone; write for instance Europe/Berlin") from error
    return name


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
