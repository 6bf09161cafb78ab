"""Clean canonical events from the rows of a file, and the rows that are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import dataframely as dy
import polars as pl

from feedback.errors import InputError, SettingsError
from feedback.events.further_columns import (
    ColumnWeight,
    assign_roles,
    count_not_finite,
    find_further_columns,
    list_columns,
    read_further,
)
from feedback.events.quarantine import quarantine_faults
from feedback.events.readings import (
    Fault,
    Reading,
    check_plain,
    read_id,
    read_kind,
    read_number,
    read_text,
)
from feedback.events.times import check_zone, is_ahead, parse_times, read_time
from feedback.schemas import behaviour, find_table

ROW = "(row)"
DECLARED = tuple(find_table("events").columns)
TIMES = ("occurred_at", "received_at")
REQUIRED = ("event_id", "occurred_at", "kind", "session_id")

_OURS = frozenset({ROW, *DECLARED})
_IDS = ("event_id", "session_id", "interaction_id")
_REASONS = {
    "value_in_range": "value is out of range: edit, undo and rating lie in [0, 1], a view in [0, inf)",
    "rating_has_value": "value is missing: a rating needs one",
    "value|nan": "value is not a finite number",
    "value|inf": "value is not a finite number",
}
_RULE_ENDS = {"nullability": "is missing", "min_length": "is missing", "check": "is none of those known"}


class IncomingEvents(behaviour.Events):
    """Events of one file, before copies are dropped: one row per row that was read."""

    event_id = dy.String(min_length=1)
    session_id = dy.String(min_length=1)
    row = dy.Int64(alias=ROW)


@dataclass(frozen=True)
class NormalisedEvents:
    """What a file holds.

    Parameters
    ----------
    events
        One row per usable row of the file, in its order: the columns of `events`, then the dimensions (text)
        and measures (numbers) that hold anything, by name. Copies are still in it.
    rows
        The number each of these rows has in the file: `session_id`, `event_id`, `row`.
    columns
        New rows of the table `columns`.
    quarantine
        Rows of the table `quarantine`: one row per row and reason.
    n_naive_times
        Times that came without a zone and were read in the declared one.
    n_not_finite
        Values of measures that were infinite or NaN and became null.
    """

    events: pl.DataFrame
    rows: pl.DataFrame
    columns: pl.DataFrame
    quarantine: pl.DataFrame
    n_naive_times: int
    n_not_finite: int


def normalise_events(
    raw: pl.DataFrame,
    *,
    file: str,
    clock: datetime,
    columns: pl.DataFrame,
    time_zone: str = "UTC",
    roles: Mapping[str, str] = MappingProxyType({}),
    is_typed: bool = True,
) -> NormalisedEvents:
    """Return the canonical events among the rows of a file, and for every other row what is wrong with it.

    A response without `interaction_id` takes `session_id/event_id`. Empty text is null, for CSV cannot tell the two
    apart. A column without any value gets no role yet.

    Parameters
    ----------
    raw
        One row per row of data. Columns hold text, numbers, booleans or times, or mix text with numbers as a
        struct of `text` and `number`; `(row)` is the number of the row, 1, 2, 3 ... where it is missing.
        Events that were one record share it.
    file
        Where it came from, for the quarantine.
    clock
        Time of the ingest; events more than 5 minutes ahead of it are quarantined.
    columns
        Table `columns` as it is stored.
    time_zone
        Zone of times that come without one.
    roles
        Declared roles of further columns, `dimension` or `measure`, by name.
    is_typed
        Whether the format tells text from numbers. If not, text that is a number throughout is a measure.

    Raises
    ------
    InputError
        When two or more of `event_id`, `occurred_at`, `kind`, `session_id` are no columns: no event log.
    SettingsError
        When the clock has no time zone, the time zone is unknown, or a declared role is impossible.
    SchemaError
        When a column holds something else than text, numbers, booleans or times.

    Examples
    --------
    >>> from datetime import UTC
    >>> from feedback.schemas import empty_table
    >>> raw = pl.DataFrame({
    ...     "event_id": ["e1", "e2"], "occurred_at": [1736160000, 1736160060], "kind": ["response", "thumb"],
    ...     "session_id": ["s1", "s1"], "model": ["m1", "m1"],
    ... })
    >>> found = normalise_events(
    ...     raw, file="a.jsonl", clock=datetime(2025, 1, 7, tzinfo=UTC), columns=empty_table("columns")
    ... )
    >>> found.events.select("event_id", "kind", "interaction_id", "model").rows()
    [('e1', 'response', 's1/e1', 'm1')]
    >>> found.quarantine.select("row", "reason").rows()
    [(2, "unknown kind 'thumb'")]
    """
    clock = _in_utc(clock)
    check_zone(time_zone)
    named = _prepare(raw, file)
    numbers = _number_parts(named[ROW])
    named = named.with_columns(numbers["position"].alias(ROW))
    further = find_further_columns(named, ours=_OURS, known=columns, roles=roles, is_typed=is_typed)
    named = _add_moments(named, time_zone)
    readings = _read_declared(named.schema, time_zone)
    readings += [read_further(column, named.schema[column.incoming_name]) for column in further]
    possible = [fault for reading in readings for fault in reading.faults]
    read = _read_rows(named, readings, possible, clock)
    faults = _list_faults(read, possible, clock)
    good = read.join(faults.select(pl.col("row").unique().alias(ROW)), on=ROW, how="anti", maintain_order="left")
    return NormalisedEvents(
        events=good.select(*DECLARED, *sorted(column.column for column in further)),
        rows=good.select("session_id", "event_id", row=numbers["row"].gather(good[ROW] - 1)),
        columns=list_columns(further, clock=clock),
        quarantine=quarantine_faults(
            faults.with_columns(numbers.select("row", "part")[faults["row"] - 1].get_columns()), file=file, clock=clock
        ),
        n_naive_times=sum(named[f"({name} naive)"].count() for name in TIMES),
        n_not_finite=count_not_finite(further, named),
    )


def register_columns(
    weights: Mapping[str, ColumnWeight],
    *,
    clock: datetime,
    columns: pl.DataFrame,
    roles: Mapping[str, str] = MappingProxyType({}),
    is_typed: bool = True,
) -> pl.DataFrame:
    """Return the new rows of the table `columns` that a whole file brings, given the weight of each of its columns.

    What `normalise_events` finds by itself in a whole file must be known before it is given parts of one.

    Raises
    ------
    SettingsError
        When a declared role is impossible.
    """
    names = _strip_names(list(weights))
    weighed = {names[name]: weight for name, weight in weights.items()}
    given = [name for name, weight in weighed.items() if name not in _OURS and weight.is_given]
    further = assign_roles(given, lambda name: weighed[name].role(is_typed=is_typed), known=columns, roles=roles)
    return list_columns(further, clock=_in_utc(clock))


def _number_parts(rows: pl.Series) -> pl.DataFrame:
    """Return one row per row: its `position`, the number `row` it has in the file, and which `part` of it it is."""
    numbered = pl.DataFrame({"row": rows}).with_columns(position=pl.int_range(1, pl.len() + 1))
    if not (rows.diff() == 0).any():
        return numbered.with_columns(part=pl.lit(1, pl.Int64))
    return numbered.with_columns(part=pl.int_range(1, pl.len() + 1).over("row"))


def _in_utc(clock: datetime) -> datetime:
    if clock.tzinfo is None:
        raise SettingsError("the clock has no time zone; expected a time in UTC")
    return clock.astimezone(UTC)


def _prepare(raw: pl.DataFrame, file: str) -> pl.DataFrame:
    """Return the rows with names stripped and told apart, missing columns as null, and rows numbered."""
    named = raw.rename(_strip_names(raw.columns))
    check_plain(named.schema)
    absent = [column for column in REQUIRED if column not in named.columns]
    if len(absent) > 1 and raw.width > 1:
        raise InputError(f"{file}: is no event log: it lacks the columns {', '.join(absent)}")
    numbered = named if ROW in named.columns else named.with_row_index(ROW, offset=1)
    return numbered.with_columns(
        pl.col(ROW).cast(pl.Int64), *(pl.lit(None).alias(name) for name in DECLARED if name not in named.columns)
    )


def _strip_names(columns: list[str]) -> dict[str, str]:
    """Return the name of each column without space around it, told apart from the others."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(columns, key=lambda name: (name != name.strip(), name)):
        stripped, number = name if name == ROW else name.strip().lstrip("("), 2
        free = stripped
        while free in taken:
            free, number = f"{stripped}_{number}", number + 1
        names[name] = free
        taken.add(free)
    return names


def _add_moments(raw: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return the rows with two columns more per time: `(name)` in UTC and `(name naive)`."""
    for name in TIMES:
        moments = parse_times(raw[name], zone=zone)
        raw = raw.with_columns(moments["instant"].alias(f"({name})"), moments["naive"].alias(f"({name} naive)"))
    return raw


def _read_declared(schema: pl.Schema, zone: str) -> list[Reading]:
    return [
        *(read_id(name, schema[name]) for name in ("event_id", "session_id", "user_id", "interaction_id")),
        *(read_time(name, schema[name], instant=f"({name})", naive=f"({name} naive)", zone=zone) for name in TIMES),
        read_kind("kind", schema["kind"]),
        read_text("text", schema["text"]),
        read_number("value", schema["value"]),
    ]


def _read_rows(raw: pl.DataFrame, readings: list[Reading], faults: list[Fault], clock: datetime) -> pl.DataFrame:
    """Return the values read, and one Boolean column per fault, `(0)`, `(1)` ..."""
    own_id = pl.when(kind="response").then(pl.format("{}/{}", "session_id", "event_id"))
    ahead = is_ahead("occurred_at", clock)
    return (
        raw.lazy()
        .select(
            ROW,
            *(reading.value.alias(reading.column) for reading in readings),
            *(fault.where.fill_null(value=False).alias(f"({at})") for at, fault in enumerate(faults)),
        )
        .with_columns(
            pl.coalesce("interaction_id", own_id),
            ahead.where.fill_null(value=False).alias("(ahead)"),
        )
        .collect()
    )


def _list_faults(read: pl.DataFrame, faults: list[Fault], clock: datetime) -> pl.DataFrame:
    """Return one row per row and fault: `row`, `column`, `reason` and the ids that could be read."""
    marks = {f"({at})": fault for at, fault in enumerate(faults)} | {"(ahead)": is_ahead("occurred_at", clock)}
    reads = [
        _name_fault(read.filter(mark), fault.column, fault.reason) for mark, fault in marks.items() if read[mark].any()
    ]
    unread = pl.concat([_name_fault(read.clear(), "", ""), *reads])
    broken = _list_broken_rules(read)
    return pl.concat([unread, broken.join(unread, on=["row", "column"], how="anti")])


def _list_broken_rules(read: pl.DataFrame) -> pl.DataFrame:
    """Return one row per row and declared rule that it breaks."""
    failing = IncomingEvents.filter(read.select(ROW, *DECLARED)).failure.details()
    rules = [name for name in failing.columns if name not in {ROW, *DECLARED}]
    found = []
    for rule in rules:
        broken = failing.filter(pl.col(rule) == "invalid")
        if broken.height:
            found.append(_name_fault(broken, _column_of(rule), _reason_of(rule)))
    return pl.concat([_name_fault(read.clear(), "", ""), *found]).unique(maintain_order=True)


def _name_fault(rows: pl.DataFrame, column: str, reason: str | pl.Expr) -> pl.DataFrame:
    named = pl.lit(reason) if isinstance(reason, str) else reason
    return rows.select(pl.col(ROW).alias("row"), pl.lit(column).alias("column"), named.alias("reason"), *_IDS)


def _column_of(rule: str) -> str:
    return rule.split("|", maxsplit=1)[0] if "|" in rule else "value"


def _reason_of(rule: str) -> str | pl.Expr:
    if rule == "kind|check":
        is_word = pl.col("kind").str.contains(r"^[a-z_]{1,30}$")
        return pl.when(is_word).then(pl.format("unknown kind '{}'", "kind")).otherwise(pl.lit("unknown kind"))
    column, _, end = rule.partition("|")
    return _REASONS.get(rule) or f"{column} {_RULE_ENDS.get(end, 'breaks a rule')}"
