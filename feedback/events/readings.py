"""How ids, texts, kinds and values are read from whatever type a column came in.

A column comes as text, number, boolean, time, or, where a file mixes them, as a struct of `text` and
`number` (a number as it was written). Every reader returns the value and the faults it can have.
"""

from dataclasses import dataclass

import polars as pl

from feedback.errors import SchemaError

_LARGEST_WHOLE = 2.0**53


@dataclass(frozen=True)
class Fault:
    """Something that can be wrong with a row.

    Parameters
    ----------
    column
        The column at fault.
    where
        True on the rows at fault.
    reason
        What is wrong, without user text.
    """

    column: str
    where: pl.Expr
    reason: str


@dataclass(frozen=True)
class Reading:
    """A column as it will be stored, null where it cannot be, and what can be wrong with it."""

    column: str
    value: pl.Expr
    faults: tuple[Fault, ...] = ()


def is_mixed(dtype: pl.DataType) -> bool:
    """Return whether a column mixes text with numbers.

    Examples
    --------
    >>> is_mixed(pl.Struct({"text": pl.String, "number": pl.String}))
    True
    """
    return isinstance(dtype, pl.Struct) and {field.name for field in dtype.fields} == {"text", "number"}


def is_zoned(dtype: pl.DataType) -> bool:
    """Return whether a column holds times with a time zone.

    Examples
    --------
    >>> is_zoned(pl.Datetime("us", "UTC")), is_zoned(pl.Datetime("us"))
    (True, False)
    """
    return isinstance(dtype, pl.Datetime) and dtype.time_zone is not None


def check_plain(schema: pl.Schema) -> None:
    """Check that every column is text, number, boolean, time, or mixes text with numbers.

    Raises
    ------
    SchemaError
        When one is not.
    """
    for name, dtype in schema.items():
        is_plain = dtype.is_numeric() or dtype in (pl.String, pl.Boolean, pl.Null, pl.Date, pl.Datetime)
        if not is_plain and not is_mixed(dtype):
            raise SchemaError(f"column {name} is {dtype}; expected text, numbers, booleans or times")


def written(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of text, or one that mixes text with numbers, as it was written; empty is null."""
    text = pl.col(column)
    if is_mixed(dtype):
        text = pl.coalesce(text.struct.field("text"), text.struct.field("number"))
    return pl.when(text != "").then(text)


def is_given(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return whether there is a value; blank text is none, nor is a float that is NaN."""
    if dtype == pl.String or is_mixed(dtype):
        return written(column, dtype).str.contains(r"\S").fill_null(value=False)
    value = pl.col(column)
    return value.is_not_null() & value.is_not_nan() if dtype.is_float() else value.is_not_null()


def whole_as_text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return numbers as text, whole ones without a decimal point."""
    if not dtype.is_float():
        return value.cast(pl.String)
    is_whole = (value == value.floor()) & (value.abs() <= _LARGEST_WHOLE)
    return pl.when(is_whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))


def read_id(column: str, dtype: pl.DataType) -> Reading:
    """Return how an id is read: text as it is, whole numbers as text, blank as null."""
    given = is_given(column, dtype)
    if dtype == pl.String or is_mixed(dtype):
        text = written(column, dtype)
        return Reading(column, pl.when(text.str.contains(r"\S")).then(text))
    if not dtype.is_numeric():
        return Reading(column, pl.lit(None, pl.String), (Fault(column, given, f"{column} is no id: {_name(dtype)}"),))
    number = pl.col(column)
    is_broken = given & (number != number.floor())
    return Reading(
        column,
        pl.when(given & ~is_broken).then(whole_as_text(number, dtype)),
        (Fault(column, is_broken, f"{column} is no id: a number with a fraction"),),
    )


def read_text(column: str, dtype: pl.DataType) -> Reading:
    """Return how text is read: as it is, empty as null; anything that is no text is a fault."""
    if dtype == pl.String:
        return Reading(column, written(column, dtype))
    if is_mixed(dtype):
        number = pl.col(column).struct.field("number").is_not_null()
        fault = Fault(column, number, f"{column} is not text: a number")
        return Reading(column, pl.col(column).struct.field("text"), (fault,))
    fault = Fault(column, is_given(column, dtype), f"{column} is not text: {_name(dtype)}")
    return Reading(column, pl.lit(None, pl.String), (fault,))


def read_kind(column: str, dtype: pl.DataType) -> Reading:
    """Return how a kind is read: without regard to case and surrounding space."""
    reading = read_text(column, dtype)
    return Reading(column, reading.value.str.strip_chars().str.to_lowercase(), reading.faults)


def read_number(column: str, dtype: pl.DataType) -> Reading:
    """Return how a number is read: numbers and text that is one; infinite and NaN are passed on."""
    reason = f"{column} is not a number"
    if dtype == pl.String or is_mixed(dtype):
        text = written(column, dtype).str.strip_chars()
        number = text.cast(pl.Float64, strict=False)
        return Reading(column, number, (Fault(column, (text != "") & number.is_null(), reason),))
    if dtype.is_numeric():
        return Reading(column, pl.col(column).cast(pl.Float64))
    return Reading(
        column, pl.lit(None, pl.Float64), (Fault(column, is_given(column, dtype), f"{reason}: {_name(dtype)}"),)
    )


def _name(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "a number"
    return "true or false" if dtype == pl.Boolean else "a time"
