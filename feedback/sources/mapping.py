"""Events from records of any shape, as a mapping says."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any

from feedback.sources.delimited import read_csv_records
from feedback.sources.json_stream import BrokenRecord
from feedback.sources.mapping_conditions import Condition
from feedback.sources.mapping_fields import Field
from feedback.sources.mapping_paths import Path, as_word
from feedback.sources.raw_log import Format, RawLog
from feedback.sources.records import Translated, gather, read_json_records, read_parquet_records
from feedback.sources.registry import find_ending

READERS = {"jsonl": read_json_records, "csv": read_csv_records, "parquet": read_parquet_records}
_NAME = re.compile(r"[\w$][\w$ .:/()-]{0,39}")


@dataclass(frozen=True)
class EventRule:
    """An event to make of every record that fulfils all conditions.

    Parameters
    ----------
    conditions
        What the record must fulfil; none: every record does.
    fields
        Each field of the event, ours, dimensions and measures, by name.
    has_own_id
        Whether its `event_id` is its own rather than the one all events of the mapping take.
    """

    conditions: tuple[Condition, ...]
    fields: Mapping[str, Field]
    has_own_id: bool = False


@dataclass(frozen=True)
class EventMapping:
    """How the records of a log become events.

    Parameters
    ----------
    name
        What it is called in messages.
    rules
        The events; a record gives one for each rule it fulfils.
    event_name
        Where a record says what it is, to name those that no rule fits.
    records
        How the files are laid out: jsonl, csv or parquet; null: told by their endings.
    """

    name: str
    rules: Sequence[EventRule]
    event_name: Path | None = None
    records: str | None = None


def mapping_format(mapping: EventMapping) -> Format:
    """Return the format that reads files as the mapping says."""
    return Format(mapping.name, (), partial(read_mapped, mapping=mapping))


def read_mapped(file: FilePath, *, mapping: EventMapping) -> Iterator[RawLog]:
    """Yield the events of a file in batches.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    ending = find_ending(file) or ".jsonl"
    kind = mapping.records or {".parquet": "parquet", ".csv": "csv"}.get(ending, "jsonl")
    yield from gather(map_record(mapping, row, record) for row, record in READERS[kind](file))


def map_record(mapping: EventMapping, row: int, record: Any) -> Translated:
    """Return the events a record gives.

    Examples
    --------
    >>> from feedback.sources.mapping_fields import parse_field
    >>> fields = {"event_id": parse_field("id"), "kind": parse_field({"constant": "copy"})}
    >>> rule = EventRule((Condition.parse("name", "Copied"),), fields)
    >>> map_record(EventMapping("mine", [rule]), 1, {"id": "a", "name": "Copied"}).events
    [{'event_id': 'a', 'kind': 'copy'}]
    >>> map_record(EventMapping("mine", [rule]), 2, {"id": "b", "name": "Paged"}).reason
    'no event of the mapping fits the record'
    """
    if isinstance(record, BrokenRecord):
        return Translated(row, [], record.reason)
    if not isinstance(record, Mapping):
        return Translated(row, [], "the record is JSON but not an object")
    events: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for rule in mapping.rules:
        if all(condition.holds(record) for condition in rule.conditions):
            found = {name: value for name, of in rule.fields.items() if (value := of.find(record)) is not None}
            events.append(_with_id(found, record, rule, seen))
    return Translated(row, events, None if events else _explain_none(mapping, record))


def _with_id(event: dict[str, Any], record: Mapping[str, Any], rule: EventRule, seen: dict[str, int]) -> dict[str, Any]:
    """Return the event with an id that no other event of its record has: the second takes its kind along."""
    base = as_word(event.get("event_id", "")) or _hash_record(record)
    kind = as_word(event.get("kind", ""))
    if not rule.has_own_id and seen:
        base = f"{base}/{kind}" if kind not in seen else f"{base}/{kind}/{seen[kind] + 1}"
    seen[kind] = seen.get(kind, 0) + 1
    return {**event, "event_id": base}


def _hash_record(record: Mapping[str, Any]) -> str:
    written = json.dumps(record, sort_keys=True, default=str)
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _explain_none(mapping: EventMapping, record: Mapping[str, Any]) -> str:
    name = mapping.event_name.find(record) if mapping.event_name else None
    if isinstance(name, str) and _NAME.fullmatch(name):
        return f"no event of the mapping fits a record of '{name}'"
    return "no event of the mapping fits the record"
