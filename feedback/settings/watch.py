"""How labels are watched for changes: `[watch]`."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from feedback.errors import SettingsError
from feedback.settings.spans import read_length

FURTHER = ("votes", "surprise", "events", "volume")


@dataclass(frozen=True)
class Watch:
    """How labels are watched for changes: `[watch]` in the file.

    Attributes
    ----------
    false_alarms, per
        How many false alarms may come in how long, over everything watched together: one a week.
    fdr
        When given, the share of the alarms of that time that may be false, instead.
    dimensions
        Columns whose every value is watched; none: every dimension that had up to `most_values` of them at first.
    pairs
        Pairs of dimensions whose every combination is watched; none: those with few enough combinations.
    metric
        What says how good a label is: `auto` is `p_good` where it is calibrated, else `score`.
    detector
        `drop`, which keeps the budget, or one of river's by name, which states none.
    rises
        Whether better labels are alarms too.
    baseline
        Labels of before this day are what to expect; none: those of the first week of the log.
    further
        What is watched besides the label: `votes`, `surprise`, `events`, `volume`.
    most_values
        Values of a dimension, and combinations of a pair, that are watched; the rest are watched together.
    most_labels
        Labels a week that are watched. Where there were more at first, those of one person in 2, 3, 4 ... are, which
        bounds what watching costs.
    """

    false_alarms: float = 1.0
    per: str = "7d"
    fdr: float | None = None
    dimensions: tuple[str, ...] | None = None
    pairs: tuple[tuple[str, str], ...] | None = None
    metric: str = "auto"
    detector: str = "drop"
    rises: bool = False
    baseline: date | None = None
    further: tuple[str, ...] = FURTHER
    most_values: int = 200
    most_labels: int = 25_000


def read_watch(written: object) -> Watch:
    """Return what the file says.

    Raises
    ------
    SettingsError
        When it has other keys, or a value that means nothing; it names the key.

    Examples
    --------
    >>> read_watch({"false_alarms": 2, "pairs": [["intent", "language"]]}).pairs
    (('intent', 'language'),)
    """
    known = [one.name for one in fields(Watch)]
    if not isinstance(written, dict) or not set(written) <= set(known):
        raise SettingsError(f"a table [watch] has the keys {', '.join(known)}")
    return Watch(**{name: _read(name, value) for name, value in written.items()})


def _read(name: str, value: object) -> Any:
    try:
        return _READERS[name](value)
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from error


def _above_zero(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise SettingsError(f"write a number above 0, for instance 1, not {value!r}")
    return float(value)


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise SettingsError(f"write a share between 0 and 1, for instance 0.1, not {value!r}")
    return float(value)


def _days(value: object) -> str:
    if read_length(value) < timedelta(days=1):
        raise SettingsError(f"a budget is for a day or longer, not for {value!r}")
    return str(value)


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise SettingsError('write a list of names, for instance ["feature", "language"]')
    return tuple(dict.fromkeys(value))


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise SettingsError('write a list of pairs, for instance [["intent", "language"]]')
    pairs = [_names(pair) for pair in value]
    if any(len(pair) != 2 for pair in pairs):
        raise SettingsError("a pair is of two different dimensions")
    return tuple((pair[0], pair[1]) for pair in pairs)


def _further(value: object) -> tuple[str, ...]:
    names = _names(value)
    if set(names) - set(FURTHER):
        raise SettingsError(f"besides the label one can watch {', '.join(FURTHER)}")
    return names


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"write a name in quotes, not {value!r}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"write true or false, not {value!r}")
    return value


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise SettingsError(f"write a day without quotes, for instance 2026-09-15, not {value!r}")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"write a whole number from 1 on, not {value!r}")
    return value


_READERS: dict[str, Callable[[object], object]] = {
    "false_alarms": _above_zero, "per": _days, "fdr": _share, "dimensions": _names, "pairs": _pairs, "metric": _text,
    "detector": _text, "rises": _flag, "baseline": _day, "further": _further, "most_values": _count,
    "most_labels": _count,
}  # fmt: skip
