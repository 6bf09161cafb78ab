"""How points in time are read: ISO 8601 text, epoch numbers, dates and times of any unit, to UTC."""

from datetime import UTC, datetime, timedelta

import polars as pl
from polars.exceptions import ComputeError

from feedback.errors import SettingsError
from feedback.events.readings import Fault, Reading, is_given, is_mixed, is_zoned, written
from feedback.schemas import UTC as UTC_TIME

MOST_AHEAD = timedelta(minutes=5)
# Before this an epoch number has no unit that could be told, and a date is a default (year 1, 1970), no event.
EARLIEST = datetime.fromtimestamp(100_000_000, tz=UTC)

_NAIVE_TIME = pl.Datetime("us")
_ISO = (
    r"^(?<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?<minute>[01]\d:[0-5]\d|2[0-3]:[0-5]\d)(?::(?<second>[0-5]\d)(?:[.,](?<fraction>\d{1,9})\d*)?)?"
    r" ?(?<offset>[Zz]|UTC|GMT|[+-](?:0\d|1[0-5]):?(?:[0-5]\d)?)?)?$"
)
_WHOLE = r"^\d{9,19}$"
_FRACTION = r"^\d{9,19}\.\d+$"
# Upper ends of what is taken for seconds, milliseconds and microseconds: the year 5138; the rest is nanoseconds.
_SECONDS, _MILLISECONDS, _MICROSECONDS = 10**11, 10**14, 10**17


def parse_times(values: pl.Series, *, zone: str) -> pl.DataFrame:
    """Return each value as a point in time: `instant` in UTC, and `naive`, the time written without a zone.

    Text is ISO 8601, `T` or space, with or without seconds, fraction and offset; or the digits of an epoch
    number. Epoch numbers are seconds, milliseconds, microseconds or nanoseconds, by magnitude. Times without
    an offset are in `zone`: the earlier one where clocks were put back, null where they were put forward.

    Examples
    --------
    >>> parse_times(pl.Series(["2025-01-06 12:00", "2025-01-06T12:00:00+02:00", "1736164800"]), zone="UTC").rows()
    [(datetime.datetime(2025, 1, 6, 12, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), datetime.datetime(2025, 1, 6, 12, 0)),
     (datetime.datetime(2025, 1, 6, 10, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), None),
     (datetime.datetime(2025, 1, 6, 12, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')), None)]
    """
    frame, dtype = values.alias("value").to_frame(), values.dtype
    if dtype == pl.String or is_mixed(dtype):
        return _parse_text(frame.select(text=written("value", dtype).str.strip_chars()), zone)
    value = pl.col("value")
    instant, naive = pl.lit(None, UTC_TIME), pl.lit(None, _NAIVE_TIME)
    if dtype.is_numeric():
        instant = _from_number(value, dtype)
    elif is_zoned(dtype):
        instant = value.dt.convert_time_zone("UTC").cast(UTC_TIME)
    elif dtype in (pl.Date, pl.Datetime):
        naive = value.cast(_NAIVE_TIME)
        instant = _in_zone(naive, zone)
    return frame.with_columns(instant=instant, naive=naive).select("instant", "naive")


def read_time(column: str, dtype: pl.DataType, *, instant: str, naive: str, zone: str) -> Reading:
    """Return how a point in time is read, given the columns that hold what `parse_times` made of it."""
    moment = pl.col(instant)
    is_skipped = pl.col(naive).is_not_null() & moment.is_null()
    is_unreadable = is_given(column, dtype) & moment.is_null() & ~is_skipped
    faults = (
        Fault(column, is_unreadable, f"{column} is no time in ISO 8601 or epoch"),
        Fault(column, is_skipped, f"{column} does not exist in {zone}: clocks were put forward then"),
        Fault(column, moment < EARLIEST, f"{column} is before {EARLIEST:%Y-%m-%d}: no epoch, or a default"),
    )
    return Reading(column, moment, faults)


def is_ahead(column: str, clock: datetime) -> Fault:
    """Return the fault of a time that lies more than 5 minutes after the clock of the ingest."""
    return Fault(column, pl.col(column) > clock + MOST_AHEAD, f"{column} is more than 5 minutes ahead of the clock")


def check_zone(zone: str) -> None:
    """Check that there is a time zone of that name.

    Raises
    ------
    SettingsError
        When there is none.

    Examples
    --------
    >>> check_zone("Europe/Berlin")
    >>> check_zone("Berlin")
    Traceback (most recent call last):
    feedback.errors.SettingsError: there is no time zone 'Berlin'; expected a name such as UTC or Europe/Berlin
    """
    try:
        pl.Series([datetime(2025, 1, 1)]).dt.replace_time_zone(zone)  # noqa: DTZ001 - a naive time is what is tried
    except ComputeError as error:
        raise SettingsError(f"there is no time zone {zone!r}; expected a name such as UTC or Europe/Berlin") from error


def _parse_text(texts: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return `instant` and `naive` of each `text`. Every step is stored, for an expression is run per use."""
    text = pl.col("text")
    parts = texts.select(text.str.extract_groups(_ISO)).unnest("text").select(_local_time(), "offset")
    offset = pl.col("offset")
    whole = pl.when(text.str.contains(_WHOLE)).then(text).cast(pl.Int64, strict=False)
    fraction = pl.when(text.str.contains(_FRACTION)).then(text).cast(pl.Float64, strict=False)
    epochs = texts.select(
        epoch=pl.coalesce(_from_number(whole, pl.Int64()), _from_number(fraction, pl.Float64())),
    )
    read = parts.select(
        naive=pl.when(offset.is_null()).then("local"),
        zoned=(pl.col("local") - _offset_length(offset)).dt.replace_time_zone("UTC"),
    )
    zoned = read.select("naive", "zoned", local=_in_zone(pl.col("naive"), zone)).hstack(epochs)
    return zoned.select("naive", instant=pl.coalesce("zoned", "local", "epoch")).select("instant", "naive")


def _local_time() -> pl.Expr:
    """Return the time that the parts of ISO text name, without regard to the offset."""
    return (
        pl.concat_str(
            pl.col("date"),
            pl.lit("T"),
            pl.col("minute").fill_null("00:00"),
            pl.lit(":"),
            pl.col("second").fill_null("00"),
            pl.lit("."),
            pl.col("fraction").fill_null("0"),
        )
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
        .alias("local")
    )


def _offset_length(offset: pl.Expr) -> pl.Expr:
    """Return the offset from UTC as a length of time; null where none was written."""
    digits = offset.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int32, strict=False).fill_null(0) * 60 + digits.str.slice(2, 2).cast(
        pl.Int32, strict=False
    ).fill_null(0)
    signed = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.when(offset.is_not_null()).then(pl.duration(minutes=signed, time_unit="us"))


def _from_number(number: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return an epoch number as a time; null where it is no date of this era."""
    if not dtype.is_integer():
        return _from_fraction(number.cast(pl.Float64))
    whole = number.cast(pl.Int64, strict=False)
    microseconds = (
        pl.when(whole < _SECONDS)
        .then(whole * 1_000_000)
        .when(whole < _MILLISECONDS)
        .then(whole * 1_000)
        .when(whole < _MICROSECONDS)
        .then(whole)
        .otherwise(whole // 1_000)
    )
    return pl.when(whole >= 0).then(microseconds).cast(UTC_TIME)


def _from_fraction(number: pl.Expr) -> pl.Expr:
    microseconds = (
        pl.when(number < _SECONDS)
        .then(number * 1e6)
        .when(number < _MILLISECONDS)
        .then(number * 1e3)
        .when(number < _MICROSECONDS)
        .then(number)
        .otherwise(number / 1e3)
    )
    is_date = number.is_between(0, 9e18)
    return pl.when(is_date).then(microseconds.round()).cast(pl.Int64, strict=False).cast(UTC_TIME)


def _in_zone(naive: pl.Expr, zone: str) -> pl.Expr:
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
