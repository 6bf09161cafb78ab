"""The labels that hold now, and the values they are grouped by."""

import polars as pl

from feedback.errors import UnknownNameError, name_some
from feedback.label_model import labels_in_force, latest_labels
from feedback.quality.daily import EVERYTHING, NOT_RECORDED, OTHER_VALUES
from feedback.store.snapshot import Snapshot


def final_labels(snapshot: Snapshot) -> pl.LazyFrame:
    """Return one row per final interaction: of its labels the one with the greatest label version."""
    labels = snapshot.table("labels")
    # The first version has nothing to supersede, and a whole table need not be sorted for it.
    if snapshot.run is None or snapshot.run.label_version in (None, 1):
        return labels
    return latest_labels(labels)


def all_labels(snapshot: Snapshot) -> pl.LazyFrame:
    """Return one row per interaction, final and open ones, with `is_final`."""
    return labels_in_force(snapshot.table("labels"), snapshot.table("open_labels"))


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
