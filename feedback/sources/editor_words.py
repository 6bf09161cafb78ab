"""What an editor's telemetry calls things: shown, accepted, partially accepted, rejected, ignored, survived."""

import re
from collections.abc import Mapping
from typing import Any

from feedback.sources.foreign_fields import as_json, as_number, is_empty, pick

# Where the values of an event are kept beside or instead of its top level, and again inside these.
_PLACES = ("properties", "measurements", "data", "payload", "params", "metadata", "baseData")
# The first that fits counts: "stillInCode" speaks of an accepted text, "partiallyAccepted" of one that was accepted.
_WORDS = (
    ("survived", r"still_?in|surviv|retention|retained|persist|unchanged|after_?accept|edit_?track"),
    ("undone", r"undo|undone|revert|rollback"),
    ("partial", r"partial"),
    ("ended", r"end_?of_?life|completion_?(outcome|result)|summary"),
    ("accepted", r"accept|insert(ed)?_?completion"),
    ("rejected", r"reject|dismiss|discard|clos|declin|cancel"),
    ("ignored", r"ignor|hidden|expired|timed_?out|no_?action"),
    ("shown", r"shown|show|display|present|suggested|render|open"),
    ("asked", r"issued|request|trigger|get"),
)
_PATTERNS = tuple((word, re.compile(pattern)) for word, pattern in _WORDS)
_SURVIVAL_S = re.compile(
    r"^(?:surviv\w*?|kept_?share|retention|still_?in_?code)_?(?:after_?)?(\d{1,6})_?(ms|s|sec|m|min)?$"
)
_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0}
_KEPT = ("survival", "survival_rate", "survivalRate", "survivalRateFourGram", "survivalRateNoRevert", "kept_share",
         "keptShare", "retention", "retained_share", "retainedShare")  # fmt: skip


def find(record: object, *names: str) -> Any:
    """Return the first value of any of these names, wherever an editor's telemetry keeps its values.

    Examples
    --------
    >>> find({"properties": {"completionId": "c1"}}, "completion_id", "completionId")
    'c1'
    """
    for place in list_places(record):
        for name in names:
            value = place.get(name)
            if not is_empty(value):
                return value
    return None


def list_places(record: object, depth: int = 0) -> list[Mapping[str, Any]]:
    """Return the record and the objects in it that hold values of the event."""
    if not isinstance(record, Mapping):
        return []
    places: list[Mapping[str, Any]] = [record]
    for name in _PLACES:
        if name in record and depth < 2:
            places += list_places(as_json(record[name]), depth + 1)
    return places


def find_word(name: object) -> str | None:
    """Return what an event is, by its name; null where that tells nothing.

    Examples
    --------
    >>> find_word("copilot/ghostText.shown"), find_word("completion.partiallyAccepted"), find_word("cursor-forward")
    ('shown', 'partial', None)
    """
    if not isinstance(name, str):
        return None
    spelled = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name[-80:]).lower().replace("-", "_")
    last = re.split(r"[/:.]", spelled)[-1]
    for text in (last, spelled):
        for word, pattern in _PATTERNS:
            if pattern.search(text):
                return word
    return None


def find_kept_share(record: object) -> float | None:
    """Return the share of an accepted text that is still there, in [0, 1]; null where the record does not say.

    Measured as such, else one minus the relative edit distance, else whether it is still in the code at all.

    Examples
    --------
    >>> find_kept_share({"measurements": {"relativeLexEditDistance": 0.25}}), find_kept_share({"survival": 1.2})
    (0.75, 1.0)
    """
    share = as_number(find(record, *_KEPT))
    if share is not None:
        return min(max(share, 0.0), 1.0)
    distance = as_number(find(record, "relativeLexEditDistance", "relative_edit_distance", "relativeEditDistance"))
    if distance is None:
        changed, length = as_number(find(record, "charEditDistance")), as_number(find(record, "compCharLen"))
        distance = changed / length if changed is not None and length else None
    if distance is not None:
        return min(max(1 - distance, 0.0), 1.0)
    heuristic = find(record, "stillInCodeHeuristic", "still_in_code", "stillInCode")
    return float(bool(as_number(heuristic))) if as_number(heuristic) is not None else None


def find_delay_s(record: object) -> float | None:
    """Return how long after the accept survival was measured, in seconds; null where the record does not say."""
    in_ms = as_number(find(record, "timeDelayMs", "delay_ms", "after_ms"))
    if in_ms is not None:
        return in_ms / 1e3
    return as_number(find(record, "timeout", "after_s", "afterSeconds", "delay_s", "timeDelaySeconds"))


def list_survivals(record: object) -> list[tuple[float, float]]:
    """Return (seconds after the accept, share kept) of every measurement that one record holds, in order of time.

    Examples
    --------
    >>> list_survivals({"survival_30s": 1, "survival_5m": 0.4}), list_survivals({"survival": {"15": 0.9}})
    ([(30.0, 1.0), (300.0, 0.4)], [(15.0, 0.9)])
    """
    found: dict[float, float] = {}
    for fields in list_places(record):
        for name, value in fields.items():
            spelled = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", str(name)[:60]).lower()
            _take(found, _SURVIVAL_S.match(spelled), value)
    inner = find(record, "survival", "survivals", "survival_measurements")
    if isinstance(inner, Mapping):
        for name, value in inner.items():
            _take(found, re.match(r"^(\d{1,6})_?(ms|s|sec|m|min)?$", str(name)), value)
    for each in inner if isinstance(inner, list) else ():
        delay, share = find_delay_s(each), as_number(pick(each, "value", "share", "survival"))
        if delay is not None and share is not None:
            found[delay] = min(max(share, 0.0), 1.0)
    return sorted(found.items())


def is_true(value: object) -> bool:
    """Return whether a value says yes, as a boolean, a number or a word."""
    return str(value).lower() in {"true", "1", "1.0", "yes"} and not is_empty(value)


def _take(found: dict[float, float], named: re.Match[str] | None, value: object) -> None:
    share = as_number(value)
    if named and share is not None:
        found[float(named[1]) * _UNITS[named[2] or "s"]] = min(max(share, 0.0), 1.0)
