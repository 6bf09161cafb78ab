"""The kinds of column our tables are made of, each with its unit and range."""

from collections.abc import Iterable

import dataframely as dy


def text_column(description: str, **rules) -> dy.String:
    """Return a column that holds text, never null."""
    return dy.String(description=description, **rules)


def maybe_text_column(description: str, **rules) -> dy.String:
    """Return a column that holds text; null where unknown."""
    return dy.String(nullable=True, description=description, **rules)


def key_column(description: str) -> dy.String:
    """Return a column that holds part of the key."""
    return dy.String(primary_key=True, min_length=1, description=description)


def time_column(description: str, *, nullable: bool = False) -> dy.Datetime:
    """Return a column that holds a time in UTC."""
    return dy.Datetime(time_unit="us", time_zone="UTC", nullable=nullable, description=description)


def seconds_column(description: str) -> dy.Float64:
    """Return a column that holds a span of time."""
    return dy.Float64(nullable=True, min=0, description=f"{description}, in seconds")


def share_column(description: str, *, nullable: bool = True) -> dy.Float64:
    """Return a column that holds a share or probability."""
    return dy.Float64(nullable=nullable, min=0, max=1, description=f"{description}, in [0, 1]")


def count_column(description: str, *, nullable: bool = False, **rules) -> dy.Int64:
    """Return a column that holds a count."""
    return dy.Int64(nullable=nullable, min=0, description=description, **rules)


def flag_column(description: str, *, nullable: bool = False) -> dy.Bool:
    """Return a column that holds yes or no."""
    return dy.Bool(nullable=nullable, description=description)


def texts_column(description: str, *, nullable: bool = False) -> dy.List:
    """Return a column that holds a list of texts."""
    return dy.List(dy.String(), nullable=nullable, description=description)


def is_one_of(values: Iterable[str]):
    """Return a check that a value is one of those given."""
    return lambda column: column.is_in(list(values))
