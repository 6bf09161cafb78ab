"""A first mapping for a log nobody has described: guessed from names and values, every line with its reason."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feedback.errors import InputError
from feedback.schemas.behaviour import KINDS
from feedback.sources.detect import plain_format, read_first
from feedback.sources.suggest_words import FIELD_WORDS, guess_kind, split_words

SAMPLE = 1_000
MOST_NAMES = 60
_MOST_DEPTH = 6
_MOST_PATHS = 400
_SPECIAL = re.compile(r"[.|{}\[\]]")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_UNITS = (("s", 10**8, 10**11), ("ms", 10**11, 10**14), ("us", 10**14, 10**17), ("ns", 10**17, 10**20))


@dataclass
class Leaf:
    """What the sample holds at one path: how often there is a value, which ones, and of which nature."""

    path: str
    n: int = 0
    values: Counter[Any] = field(default_factory=Counter)
    n_numbers: int = 0
    n_times: Counter[str] = field(default_factory=Counter)
    n_characters: int = 0

    def add(self, value: Any) -> None:
        """Count one value in."""
        self.n += 1
        self.values[value] += 1
        self.n_numbers += isinstance(value, int | float) and not isinstance(value, bool)
        self.n_times[_time_format(value)] += 1
        self.n_characters += len(value) if isinstance(value, str) else 0

    @property
    def time(self) -> str:
        """How all values are written as times; empty when some are none."""
        [(found, n)] = self.n_times.most_common(1)
        return found if n == self.n else ""

    @property
    def is_prose(self) -> bool:
        """Whether values look like something a person or a model wrote."""
        return self.n_characters / self.n > 25 and len(self.values) > self.n / 4

    def describe(self, n_records: int) -> str:
        """Return what was seen, without any value."""
        what = (
            "numbers" if self.n_numbers == self.n else "times" if self.time else "prose" if self.is_prose else "values"
        )
        return f"in {self.n:,} of {n_records:,} records, {len(self.values):,} different {what}"


def suggest_mapping(file: Path) -> str:
    """Return a mapping for a file, as TOML with a comment on every line that says why.

    It is guessed from names and values of the first 1,000 records. Values are not shown, but for names of events.

    Raises
    ------
    InputError
        When the file cannot be read or holds no records.
    """
    records = read_first(file, plain_format(file), SAMPLE)
    if not records:
        raise InputError(f"{file}: holds no records to suggest a mapping from")
    return write_suggestion(records, name=file.name)


def write_suggestion(records: Sequence[Mapping[str, Any]], *, name: str) -> str:
    """Return a mapping for records, as TOML.

    Examples
    --------
    >>> records = [{"id": f"m{n}", "session": "s1", "ts": 1770112801 + n, "event": "Answer Copied"} for n in range(3)]
    >>> print(write_suggestion(records, name="log.jsonl"))
    # Suggested from the first 3 records of log.jsonl. Look at every line; then:
    #   feedback ingest --dry-run --map THIS.toml log.jsonl
    event_name = "event" # in 3 of 3 records, 1 different values
    <BLANKLINE>
    [fields]
    event_id = "id" # in 3 of 3 records, 3 different values
    session_id = "session" # in 3 of 3 records, 1 different values
    occurred_at = { path = "ts", time = "s" } # in 3 of 3 records, 3 different numbers
    <BLANKLINE>
    [kinds]
    "Answer Copied" = "copy" # 3 records
    """
    leaves = measure_leaves(records)
    event_name = _pick_event_name(leaves, len(records))
    chosen = _pick_fields(leaves, len(records), taken={event_name.path} if event_name else set())
    lines = [
        f"# Suggested from the first {len(records):,} records of {name}. Look at every line; then:",
        f"#   feedback ingest --dry-run --map THIS.toml {name}",
    ]
    if event_name:
        lines.append(f"event_name = {_quote(event_name.path)} # {event_name.describe(len(records))}")
    lines += ["", "[fields]", *_write_fields(chosen, len(records))]
    lines += _write_kinds(event_name) if event_name else _write_one_event(chosen)
    return "\n".join(lines)


def measure_leaves(records: Iterable[Mapping[str, Any]]) -> list[Leaf]:
    """Return what is at each path of the records that leads to plain values, in order of appearance."""
    leaves: dict[str, Leaf] = {}
    for record in records:
        for path, value in _walk(record, ""):
            if path in leaves or len(leaves) < _MOST_PATHS:
                leaves.setdefault(path, Leaf(path)).add(value)
    return list(leaves.values())


def _walk(value: Any, path: str, depth: int = 0) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping) and depth < _MOST_DEPTH:
        for key, inner in value.items():
            if isinstance(key, str) and key and (not path or not _SPECIAL.search(key)):
                yield from _walk(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list) and value and depth < _MOST_DEPTH:
        yield from _walk(value[0], f"{path}.0", depth + 1)
    elif isinstance(value, str | int | float) and value != "":
        yield path, value


def _time_format(value: Any) -> str:
    if isinstance(value, str):
        return "iso" if _ISO.fullmatch(value) else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return next((unit for unit, low, high in _UNITS if low <= value < high), "")


def _pick_event_name(leaves: Sequence[Leaf], n_records: int) -> Leaf | None:
    """Return what says which event a record is: few values, for most records, under a name that means it."""
    fitting = [
        leaf for leaf in leaves
        if not leaf.n_numbers and not leaf.time and leaf.n > n_records / 2 and len(leaf.values) <= MOST_NAMES
        and not leaf.is_prose
    ]  # fmt: skip
    return _best(fitting, "event_name")


def _pick_fields(leaves: Sequence[Leaf], n_records: int, taken: set[str]) -> dict[str, Leaf]:
    chosen: dict[str, Leaf] = {}
    for name in FIELD_WORDS:
        if name == "event_name":
            continue
        free = [leaf for leaf in leaves if leaf.path not in taken and _may_be(name, leaf, n_records)]
        best = _best(free, name)
        if best:
            chosen[name] = best
            taken |= {best.path}
    return chosen


def _may_be(name: str, leaf: Leaf, n_records: int) -> bool:
    """Return whether the values of a path can be what a field holds."""
    if name in ("occurred_at", "received_at"):
        return bool(leaf.time)
    if name == "event_id":
        return leaf.n == n_records and len(leaf.values) > 0.9 * n_records and not leaf.is_prose
    if name == "text":
        return leaf.n_characters > 0 and not leaf.time
    if name in ("value", "latency_ms", "cost_usd", "n_input_tokens", "n_output_tokens"):
        return leaf.n_numbers == leaf.n
    return not leaf.is_prose and (not leaf.time or leaf.time != "iso")


def _best(leaves: Sequence[Leaf], name: str) -> Leaf | None:
    ranked = [(_rank(leaf.path, FIELD_WORDS[name]), -leaf.n, len(leaf.path), leaf) for leaf in leaves]
    known = [entry for entry in ranked if entry[0] is not None]
    return min(known, key=lambda entry: entry[:3])[3] if known else None


def _rank(path: str, wanted: Sequence[str]) -> int | None:
    """Return how well a path fits, 0 best: which of the wanted names its last or all words are; null if none."""
    last, whole = split_words(path.rsplit(".", 1)[-1]), split_words(path)
    for at, name in enumerate(wanted):
        if name in (last, whole) or whole.endswith(f"_{name}"):
            return at
    return None


def _write_fields(chosen: Mapping[str, Leaf], n_records: int) -> Iterable[str]:
    for name, leaf in chosen.items():
        written = _quote(leaf.path)
        if name in ("occurred_at", "received_at") and leaf.time != "iso":
            written = f'{{ path = {written}, time = "{leaf.time}" }}'
        if name == "value" and (scale := _scale(leaf)):
            written = f"{{ path = {written}, range = [{scale[0]}, {scale[1]}] }}"
        yield f"{name} = {written} # {leaf.describe(n_records)}"
    if "event_id" not in chosen:
        yield '# event_id = "?" # nothing looks like one; without it a hash of the record is taken'
    for name in ("session_id", "occurred_at"):
        if name not in chosen:
            yield f'# {name} = "?" # needed, and nothing looks like one: write the path to it'


def _scale(leaf: Leaf) -> tuple[int, int] | None:
    """Return the likely ends of a scale of ratings that is not 0 to 1 already."""
    low, high = min(leaf.values), max(leaf.values)
    if low >= 0 and high <= 1:
        return None
    return next(((1 if low >= 1 else 0, top) for top in (5, 10, 100) if high <= top), None) if low >= 0 else (-1, 1)


def _write_kinds(event_name: Leaf) -> list[str]:
    lines = ["", "[kinds]"]
    for name, n in event_name.values.most_common():
        kind = guess_kind(str(name))
        line = f'{_quote(str(name))} = "{kind or "?"}" # {n:,} records'
        lines.append(line if kind else f"# {line}; one of {', '.join(KINDS)}, or leave it out")
    return lines


def _write_one_event(chosen: Mapping[str, Leaf]) -> list[str]:
    kind = "response" if "text" in chosen else "?"
    why = "no field says which event a record is: every record is taken for one"
    return ["", "[[events]]", f'kind = "{kind}" # {why}']


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
