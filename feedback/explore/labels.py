"""The labels that hold now, and the values they are grouped by."""

import polars as pl

from feedback.drift.versions import labels_of_version
from feedback.errors import UnknownNameError, name_some
from feedback.quality.people import EVERYTHING
from feedback.quality.values import NOT_RECORDED, OTHER_VALUES
from feedback.store.snapshot import Snapshot


def final_labels(snapshot: Snapshot) -> pl.LazyFrame:
    """Return one row per final interaction: of its labels the one with the greatest label version."""
    version = (snapshot.run.label_version if snapshot.run else None) or 1
    return labels_of_version(snapshot.table("labels"), snapshot.table("label_versions"), version)


def all_labels(snapshot: Snapshot) -> pl.LazyFrame:
    """Return one row per interaction, final and open ones, with `is_final`."""
    finals, opened = final_labels(snapshot), snapshot.table("open_labels")
    return pl.concat(
        [finals.with_columns(is_final=pl.lit(value=True)), opened.with_columns(is_final=pl.lit(value=False))],
        how="diagonal",
    )


def value_of(snapshot: Snapshot, dimension: str, columns: list[str]) -> pl.Expr:
    """Return the value of a dimension as table `quality` names it; `all` is one value for everything.

    Raises
    ------
    UnknownNameError
        When the labels have no such dimension.
    """
    if dimension == EVERYTHING:
        return pl.lit(EVERYTHING)
    known = snapshot.table("quality").filter(pl.col("dimension") == dimension).select("value").unique().collect()
    if known.is_empty() or dimension not in columns:
        raise UnknownNameError(f"there is no dimension {name_some([dimension])}")
    value = pl.col(dimension).fill_null(NOT_RECORDED)
    return pl.when(value.is_in(known["value"].implode())).then(value).otherwise(pl.lit(OTHER_VALUES))


def has_value(snapshot: Snapshot, dimension: str, value: str, columns: list[str]) -> pl.Expr:
    """Return which labels have a value of a dimension, as table `quality` names it: quicker than to name all of them.

    Raises
    ------
    UnknownNameError
        When the labels have no such dimension.
    """
    named = value_of(snapshot, dimension, columns)
    if dimension == EVERYTHING or value == OTHER_VALUES:
        return named == value
    return pl.col(dimension).is_null() if value == NOT_RECORDED else pl.col(dimension) == value
