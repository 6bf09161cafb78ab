"""Under which values labels are counted: the most frequent of each day stand for themselves."""

from collections.abc import Sequence

import polars as pl

NOT_RECORDED = "(not recorded)"
OTHER_VALUES = "(other values)"
MOST_VALUES = 200


def name_values(labels: pl.DataFrame, columns: Sequence[str], *, within: str, most: int = MOST_VALUES) -> pl.DataFrame:
    """Return the labels with the values under which they count in these columns.

    Null is `(not recorded)`. Of more than `most` values within a day the most frequent stand for themselves, on a tie
    the first by name; the others together are `(other values)`.

    Parameters
    ----------
    labels
        One row per label.
    columns
        The columns.
    within
        The column that says among which labels a value is to be frequent, such as those of a day.
    most
        How many values stand for themselves.

    Examples
    --------
    >>> labels = pl.DataFrame({"day": [1, 1, 1, 1, 2], "tenant": ["a", "b", "b", None, "a"]})
    >>> name_values(labels, ["tenant"], within="day", most=1)["tenant"].to_list()
    ['(other values)', 'b', 'b', '(other values)', 'a']
    """
    named = labels.with_columns(pl.col(columns).fill_null(NOT_RECORDED)) if columns else labels
    for column in columns:
        if named[column].n_unique() > most:
            frequent = pl.when(_is_frequent(named, within, column, most)).then(pl.col(column))
            named = named.with_columns(frequent.fill_null(OTHER_VALUES))
    return named


def _is_frequent(labels: pl.DataFrame, within: str, column: str, most: int) -> pl.Series:
    """Return of each label whether its value is among the most frequent."""
    key = labels.select(within=pl.col(within), value=pl.col(column))
    counts = key.group_by("within", "value").len().sort("len", "value", descending=[True, False])
    frequent = counts.group_by("within", maintain_order=True).head(most).select("within", "value", is_frequent=True)
    found = key.join(frequent, on=["within", "value"], how="left", maintain_order="left", nulls_equal=True)
    return found["is_frequent"].fill_null(value=False)
