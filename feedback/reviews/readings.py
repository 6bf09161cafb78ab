"""How text, numbers and times are read from whatever type a column came in.

A column comes as text, number, boolean or time, or, where a file mixes them, as a struct of `text` and
`number` (a number as it was written).
"""

import json
from datetime import UTC, datetime

import polars as pl
from polars.exceptions import ComputeError

from feedback.errors import SchemaError, SettingsError
from feedback.schemas import UTC as UTC_TIME

# Before this an epoch number has no unit that could be told, and a date is a default (year 1, 1970).
EARLIEST = datetime.fromtimestamp(100_000_000, tz=UTC)
TAGS = pl.List(pl.String)

_NAIVE_TIME = pl.Datetime("us")
_MIXED = pl.Struct({"text": pl.String, "number": pl.String})
_ISO = (
    r"^(?<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?<minute>\d{2}:\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9})\d*)?)?"
    r" ?(?<offset>[Zz]|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?$"
)
_EPOCH = r"^\d{9,19}(\.\d+)?$"


def read_text(values: pl.Series) -> pl.Series:
    """Return a column as text without zero bytes; empty is null, a whole number loses its `.0`.

    Raises
    ------
    SchemaError
        When the column holds lists or other nested values.

    Examples
    --------
    >>> read_text(pl.Series([17.0, None, 0.5])).to_list()
    ['17', None, '0.5']
    """
    if values.dtype == pl.String:
        return values.str.replace_all("\0", "", literal=True).replace("", None)
    if values.dtype == _MIXED:
        text, number = values.struct.field("text"), values.struct.field("number")
        return read_text(text).fill_null(_whole(number)).alias(values.name)
    if values.dtype.is_nested():
        raise SchemaError(f"column {values.name} is {values.dtype}; expected text, numbers, booleans or times")
    text = values.cast(pl.String)
    return _whole(text) if values.dtype.is_float() else text


def _whole(numbers: pl.Series) -> pl.Series:
    return numbers.str.replace(r"^(-?\d+)\.0$", "$1")


def read_word(values: pl.Series) -> pl.Series:
    """Return a column as text without surrounding space; blank is null."""
    return read_text(values).str.strip_chars().replace("", None)


def read_tags(values: pl.Series) -> pl.Series:
    """Return a column as lists of text, from lists, JSON arrays or comma-separated text; null is no tags.

    Examples
    --------
    >>> read_tags(pl.Series(["slow, wrong", '["a, b"]', None])).to_list()
    [['slow', 'wrong'], ['a, b'], []]
    """
    none = pl.Series([[]], dtype=TAGS)
    if isinstance(values.dtype, pl.List):
        return values.cast(TAGS).list.drop_nulls().fill_null(none)
    written = read_text(values)
    distinct = written.drop_nulls().unique()
    meanings = pl.DataFrame({"written": distinct, "tags": pl.Series(map(_split_tags, distinct), dtype=TAGS)})
    read = written.to_frame("written").join(meanings, on="written", how="left", maintain_order="left")
    return read["tags"].fill_null(none)


def _split_tags(written: str) -> list[str]:
    try:
        parts = json.loads(written)
    except ValueError:
        parts = None
    if isinstance(parts, list):
        return [part if isinstance(part, str) else json.dumps(part) for part in parts if part is not None]
    return [tag for part in written.split(",") if (tag := part.strip())]


def read_times(values: pl.Series, *, zone: str) -> pl.DataFrame:
    """Return each value as a point in time: `instant` in UTC, and `is_naive`, whether it named no zone.

    Text is ISO 8601, `T` or space, with or without seconds, fraction and offset; or the digits of an epoch
    number: seconds, milliseconds, microseconds or nanoseconds, by magnitude. Times without an offset are in
    `zone`: the earlier one where clocks were put back, null where they were put forward.

    Raises
    ------
    SettingsError
        When there is no such time zone.

    Examples
    --------
    >>> read_times(pl.Series(["2025-01-06 12:00", "2025-01-06T12:00:00+02", "1736164800"]), zone="UTC").rows()
    [(datetime.datetime(2025, 1, 6, 12, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), True),
     (datetime.datetime(2025, 1, 6, 10, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), False),
     (datetime.datetime(2025, 1, 6, 12, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), False)]
    """
    dtype = values.dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        instant = values.dt.convert_time_zone("UTC").cast(UTC_TIME)
        return pl.DataFrame({"instant": instant, "is_naive": pl.repeat(value=False, n=len(values), eager=True)})
    if dtype in (pl.Date, pl.Datetime):
        parts = pl.DataFrame({"zoned": values.clear(len(values)).cast(UTC_TIME), "naive": values.cast(_NAIVE_TIME)})
    else:
        parts = _parse_text(read_word(values))
    try:
        return parts.select(instant=pl.coalesce("zoned", _in_zone(zone)), is_naive=pl.col("naive").is_not_null())
    except ComputeError as error:
        raise SettingsError(f"there is no time zone {zone!r}; expected a name such as UTC or Europe/Berlin") from error


def _in_zone(zone: str) -> pl.Expr:
    naive = pl.col("naive").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return naive.dt.convert_time_zone("UTC")


def _parse_text(written: pl.Series) -> pl.DataFrame:
    """Return `zoned`, the time where a zone or an epoch names it, and `naive`, the time where none does."""
    text, offset = pl.col("text"), pl.col("offset")
    parts = written.to_frame("text").select("text", groups=text.str.extract_groups(_ISO)).unnest("groups")
    local = pl.format(
        "{}T{}:{}.{}",
        "date",
        pl.col("minute").fill_null("00:00"),
        pl.col("second").fill_null("00"),
        pl.col("fraction").fill_null("0"),
    )
    hours = offset.str.replace_all("^(?:[Zz]|UTC|GMT)$", "+00:00").str.replace(r"^([+-]\d{2})$", "${1}:00")
    zoned = pl.concat_str(local, hours).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="us")
    naive = local.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    return parts.select(zoned=pl.coalesce(zoned, _from_epoch(text)), naive=pl.when(offset.is_null()).then(naive))


def _from_epoch(text: pl.Expr) -> pl.Expr:
    number = pl.when(text.str.contains(_EPOCH)).then(text).cast(pl.Float64, strict=False)
    per_unit = pl.when(number < 1e11).then(1e6).when(number < 1e14).then(1e3).when(number < 1e17).then(1.0)
    microseconds = number * per_unit.otherwise(1e-3)
    return microseconds.round().cast(pl.Int64, strict=False).cast(UTC_TIME)
