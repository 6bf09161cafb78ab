"""Mappings as people write them: a TOML file, checked key by key."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from feedback.errors import InputError, SettingsError
from feedback.schemas.behaviour import KINDS
from feedback.sources.mapping import READERS, EventMapping, EventRule
from feedback.sources.mapping_conditions import Condition
from feedback.sources.mapping_fields import Field, parse_field
from feedback.sources.mapping_paths import Path as FieldPath

TIMES = ("occurred_at", "received_at")
NEEDED = ("session_id", "occurred_at")
_KEYS = ("name", "records", "time", "zone", "event_name", "fields", "kinds", "events")


def bundled_maps() -> dict[str, Path]:
    """Return the ready-made mappings by name.

    Examples
    --------
    >>> sorted(bundled_maps())
    ['amplitude', 'rudderstack', 'segment', 'snowplow', 'warehouse']
    """
    return {file.stem: file for file in sorted((Path(__file__).parent / "maps").glob("*.toml"))}


def read_mapping(file: str | Path) -> EventMapping:
    """Return the mapping that is written in a TOML file, or the ready-made one of that name.

    Raises
    ------
    InputError
        When it cannot be read.
    SettingsError
        When something in it is wrong: one line with the file, the key and what was expected.
    """
    file = bundled_maps().get(str(file), Path(file))
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        ready = ", ".join(bundled_maps())
        raise InputError(f"{file}: cannot be read as a mapping; expected a TOML file, or one of {ready}") from error
    return parse_mapping(content, file=str(file))


def parse_mapping(content: str, *, file: str) -> EventMapping:
    """Return the mapping that is written there.

    Examples
    --------
    >>> mapping = parse_mapping('''
    ... event_name = "event"
    ... [fields]
    ... session_id = "context.sessionId"
    ... occurred_at = "timestamp"
    ... [kinds]
    ... "Answer Copied" = "copy"
    ... ''', file="mine.toml")
    >>> mapping.name, len(mapping.rules)
    ('mine', 1)

    Raises
    ------
    SettingsError
        When something in it is wrong.
    """
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: is no TOML: {error}") from error
    return _Reader(file, tables).mapping()


class _Reader:
    """Turns the tables of one file into a mapping; every message names the file and the key."""

    def __init__(self, file: str, tables: Mapping[str, Any]):
        self._file = file
        self._tables = tables

    def mapping(self) -> EventMapping:
        for key in self._tables:
            if key not in _KEYS:
                raise self._wrong(key, f"one of the keys {', '.join(_KEYS)}")
        records = self._tables.get("records")
        if records is not None and records not in READERS:
            raise self._wrong("records", f"one of {', '.join(READERS)}")
        return EventMapping(
            name=self._text("name") or Path(self._file).stem,
            rules=tuple(self._rules()),
            event_name=self._event_name(),
            records=records,
        )

    def _rules(self) -> Iterator[EventRule]:
        common = self._fields("fields", self._table("fields"))
        events = self._tables.get("events", [])
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise self._wrong("events", "tables that begin with [[events]]")
        kinds = self._table("kinds")
        for number, event in enumerate(events, start=1):
            yield self._rule(f"events[{number}]", event, common)
        for name, kind in kinds.items():
            when = {self._name_path(): name}
            yield self._rule(f'kinds."{name}"', {"kind": kind, "when": when}, common)
        if not events and not kinds:
            if "kind" not in common:
                raise self._wrong("kinds", 'a table [kinds] of event name = "kind", or tables [[events]]')
            yield self._checked("fields", EventRule((), common))

    def _rule(self, key: str, event: Mapping[str, Any], common: Mapping[str, Field]) -> EventRule:
        own = {name: value for name, value in event.items() if name not in ("kind", "when")}
        fields = {**common, **self._fields(key, own)}
        if "kind" in event:
            if event["kind"] not in KINDS:
                raise self._wrong(f"{key}.kind", f"one of {', '.join(KINDS)}")
            fields["kind"] = Field(constant=event["kind"])
        rule = EventRule(self._conditions(key, event.get("when", {})), fields, has_own_id="event_id" in own)
        return self._checked(key, rule)

    def _checked(self, key: str, rule: EventRule) -> EventRule:
        for name in ("kind", *NEEDED):
            if name not in rule.fields:
                raise self._wrong(f"{key}.{name}", "a path to it, here or under [fields]")
        return rule

    def _conditions(self, key: str, when: Any) -> tuple[Condition, ...]:
        if not isinstance(when, dict):
            raise self._wrong(f"{key}.when", 'a table such as {event = "Answer Shown"}')
        return tuple(self._condition(f"{key}.when", path, wanted) for path, wanted in when.items())

    def _condition(self, key: str, path: str, wanted: Any) -> Condition:
        try:
            return Condition.parse(path, wanted)
        except ValueError as error:
            raise self._wrong(f'{key}."{path}"', str(error)) from error

    def _fields(self, key: str, written: Mapping[str, Any]) -> dict[str, Field]:
        return {name: self._field(f"{key}.{name}", name, value) for name, value in written.items()}

    def _field(self, key: str, name: str, written: Any) -> Field:
        try:
            found = parse_field(written)
            if name not in TIMES:
                return found
            usual = {key: self._tables[key] for key in ("time", "zone") if key in self._tables}
            of_file = parse_field({"path": "t", **usual})
            zone = found.zone or of_file.zone
            return replace(found, time=found.time or of_file.time or ("iso" if zone else None), zone=zone)
        except ValueError as error:
            raise self._wrong(key, str(error)) from error

    def _event_name(self) -> FieldPath | None:
        written = self._text("event_name")
        try:
            return FieldPath.parse(written) if written else None
        except ValueError as error:
            raise self._wrong("event_name", "a path") from error

    def _name_path(self) -> str:
        written = self._text("event_name")
        if not written:
            raise self._wrong("event_name", "the path to the names that [kinds] lists")
        return written

    def _table(self, key: str) -> Mapping[str, Any]:
        table = self._tables.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong(key, f"a table [{key}]")
        return table

    def _text(self, key: str) -> str | None:
        value = self._tables.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "a text in quotes")
        return value

    def _wrong(self, key: str, expected: str) -> SettingsError:
        return SettingsError(f"{self._file}: {key}: expected {expected}")
