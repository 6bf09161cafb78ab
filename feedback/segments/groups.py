"""Labels added up per person and group, for comparing groups that share people."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.segments.coding import NOT_RECORDED
from feedback.segments.rows import Frame, require_columns
from feedback.stats.clustered_change import Sums, variance_of_change
from feedback.stats.sums import Numbers

EVERYTHING = "all"


class Group(NamedTuple):
    """The labels of one group: number of labels and sum of their values, per person."""

    n: Numbers
    total: Numbers

    @property
    def size(self) -> int:
        """Number of labels."""
        return int(self.n.sum())

    @property
    def n_users(self) -> int:
        """Number of people with a label."""
        return int((self.n > 0).sum())

    @property
    def rate(self) -> float | None:
        """Mean value; None without labels."""
        return float(self.total.sum() / self.n.sum()) if self.size else None


def countable(labels: Frame, columns: Sequence[str], *, value: str) -> pl.DataFrame:
    """Return one row per label that counts: `person`, `value`, and the columns as text behind `by `.

    The person is the session where no user is known. Rows of automated sessions and labels without a value are
    left out; null is `(not recorded)`.

    Raises
    ------
    SchemaError
        When a column is missing.
    """
    require_columns(labels, ["session_id", value, *columns])
    names = labels.collect_schema().names()
    person = pl.coalesce("user_id", "session_id") if "user_id" in names else pl.col("session_id")
    kept = ~pl.col("is_automated").fill_null(value=False) if "is_automated" in names else pl.lit(value=True)
    texts = (pl.col(name).cast(pl.String).fill_null(NOT_RECORDED).alias(f"by {name}") for name in columns)
    counted = (
        labels.lazy().filter(kept).select(*texts, person=person, value=pl.col(value).cast(pl.Float64).fill_nan(None))
    )
    return counted.drop_nulls("value").with_columns(person=pl.col("person").rank("dense") - 1).collect()


def name_groups(columns: Sequence[str]) -> pl.Expr:
    """Return the name of the group of each row of `countable`; `all` without columns."""
    if not columns:
        return pl.lit(EVERYTHING)
    parts = [pl.concat_str(pl.lit(f"{name} = "), pl.col(f"by {name}")) for name in columns]
    return pl.concat_str(parts, separator=" & ")


def add_up_groups(counted: pl.DataFrame, group: pl.Expr, n_persons: int) -> dict[str, Group]:
    """Return every group by name, in order of name; arrays have one entry per person."""
    sums = counted.group_by(group.alias("group"), "person", maintain_order=True).agg(
        n=pl.len(), total=pl.col("value").sum()
    )
    groups: dict[str, Group] = {}
    for (name,), part in sums.sort("group").group_by(["group"], maintain_order=True):
        n, total = np.zeros((2, n_persons))
        person = part["person"].to_numpy()
        n[person], total[person] = part["n"].to_numpy(), part["total"].to_numpy()
        groups[str(name)] = Group(n, total)
    return groups


def compare_groups(first: Group, second: Group, *, relative: bool = False) -> tuple[float, float]:
    """Return the variance of the second rate less the first, clustered by person, and its degrees of freedom.

    Relative: of the logarithm of their ratio. Infinity where a group has fewer than two people or nothing good.
    """
    if min(first.n_users, second.n_users) < 2:
        return np.inf, 0.0
    scale = np.array([first.rate or 0.0, second.rate or 0.0]) if relative else np.ones(2)
    if (scale <= 0).any():
        return np.inf, 0.0
    is_there = (first.n + second.n) > 0
    weight = np.stack([first.n, second.n])[:, is_there]
    total = np.stack([first.total, second.total])[:, is_there] / scale[:, None]
    spread = variance_of_change(Sums(weight, total), np.zeros(weight.shape[1], int), 1)
    return float(spread.variance[0]), float(spread.degrees_of_freedom[0])
