"""How much worse some groups are served than others, and whether that is within what was promised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from feedback.errors import SettingsError, UnknownNameError, name_some
from feedback.segments.groups import Group, add_up_groups, compare_groups, countable, name_groups
from feedback.segments.rows import Frame
from feedback.stats.clusters import MIN_CLUSTERS
from feedback.stats.tails import t_quantile

MIN_N = 100
_TYPES: dict[str, pl.DataType] = {
    "dimensions": pl.String(), "group": pl.String(), "reference": pl.String(), "n": pl.Int64(), "n_users": pl.Int64(),
    "rate": pl.Float64(), "gap": pl.Float64(), "gap_low": pl.Float64(), "gap_high": pl.Float64(),
    "ratio": pl.Float64(), "ratio_low": pl.Float64(), "ratio_high": pl.Float64(), "status": pl.String(),
    "burn": pl.Float64(),
}  # fmt: skip


@dataclass(frozen=True)
class Allowance:
    """How far a group may be behind the reference: by so many points, or down to so much of its rate."""

    max_gap: float | None = None
    min_ratio: float | None = None

    def __post_init__(self) -> None:
        gap_is_possible = self.max_gap is None or 0 < self.max_gap <= 1
        ratio_is_possible = self.min_ratio is None or 0 < self.min_ratio < 1
        if not (gap_is_possible and ratio_is_possible):
            raise SettingsError(f"max_gap and min_ratio lie between 0 and 1, not {self.max_gap} and {self.min_ratio}")


def measure_disparity(
    labels: Frame,
    dimensions: Sequence[str],
    *,
    value: str,
    min_n: int = MIN_N,
    reference: str | None = None,
    allowance: Allowance | None = None,
    level: float = 0.95,
) -> pl.DataFrame:
    """Return how each group of each dimension, and of all their combinations, compares with a reference group.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions and labels without a value are
        left out.
    dimensions
        The columns whose values part people or requests into groups.
    value
        Column in [0, 1], `p_good` or `score`.
    min_n
        Fewest labels of a group; one with fewer, or under five people, has no gap: it is unknown.
    reference
        Name of the group the others of its dimensions are compared with, such as `language = en`; none, or
        another dimension's: the one with most labels. Not the best one: it is partly best by luck.
    allowance
        What is allowed; none: `status` and `burn` are null.
    level
        Coverage of the intervals, each on its own.

    Returns
    -------
    pl.DataFrame
        One row per group, by dimensions and name: `n`, `n_users`, `rate`; `gap`, its rate less that of the
        reference, and `ratio`, that over the reference's, with intervals clustered by user; null for the
        reference itself and where too few are known.

        - `status`: `met` when the whole interval is within the allowance, `breached` when all of it is beyond,
          else `unknown`
        - `burn`: share of the allowance that is used up, 1 = all of it

    Raises
    ------
    SchemaError
        When a column is missing.
    SettingsError
        When no dimension is named or the allowance is impossible.
    UnknownNameError
        When there is no reference group of that name.

    Examples
    --------
    >>> values = pl.DataFrame({"language": ["en"] * 200 + ["de"] * 200, "p_good": [1.0, 1, 1, 0] * 50 + [1.0, 0] * 100})
    >>> labels = values.with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))
    >>> found = measure_disparity(labels, ["language"], value="p_good", reference="language = en",
    ...                           allowance=Allowance(max_gap=0.1))
    >>> found.select("group", "gap", "status", "burn").row(0)
    ('language = de', -0.25, 'breached', 2.5)
    """
    if not dimensions:
        raise SettingsError("name at least one dimension")
    counted = countable(labels, dimensions, value=value)
    rows = list(_rows(counted, dimensions, min_n, reference, level))
    if reference is not None and not any(row["group"] == reference for row in rows):
        raise UnknownNameError(f"there is no group {name_some([reference])}")
    rows = [row | _judge(row, allowance) for row in rows]
    return pl.DataFrame(rows, schema=_TYPES)


def _rows(
    counted: pl.DataFrame, dimensions: Sequence[str], min_n: int, reference: str | None, level: float
) -> Iterator[dict]:
    n_persons = counted["person"].n_unique()
    for size in range(1, len(dimensions) + 1):
        for chosen in combinations(dimensions, size):
            groups = add_up_groups(counted, name_groups(chosen), n_persons)
            if not groups:
                continue
            largest = max(groups, key=lambda name: groups[name].size)
            against = reference if reference in groups else largest
            for name, group in groups.items():
                known = name != against and _is_known(group, min_n) and _is_known(groups[against], min_n)
                gaps = _compare(groups[against], group, level) if known else {}
                counts = {"n": group.size, "n_users": group.n_users, "rate": group.rate}
                yield {"dimensions": " & ".join(chosen), "group": name, "reference": against, **counts, **gaps}


def _is_known(group: Group, min_n: int) -> bool:
    return group.size >= min_n and group.n_users >= MIN_CLUSTERS


def _compare(reference: Group, group: Group, level: float) -> dict[str, float]:
    one, other = reference.rate or 0.0, group.rate or 0.0
    half = _half_width(compare_groups(reference, group), level)
    found = {"gap": other - one, "gap_low": max(other - one - half, -1.0), "gap_high": min(other - one + half, 1.0)}
    if min(one, other) <= 0:
        return found
    factor = float(np.exp(_half_width(compare_groups(reference, group, relative=True), level)))
    return found | {"ratio": other / one, "ratio_low": other / one / factor, "ratio_high": other / one * factor}


def _half_width(spread: tuple[float, float], level: float) -> float:
    variance, freedom = spread
    return float(t_quantile(max(freedom, 1.0), level=level)) * float(np.sqrt(variance))


def _judge(row: dict, allowance: Allowance | None) -> dict[str, object]:
    """Return status and burn of a group."""
    if allowance is None or row["group"] == row["reference"]:
        return {}
    if row.get("gap") is None:
        return {"status": "unknown"}
    judged = list(_readings(row, allowance))
    if not judged:
        return {}
    states = {state for state, _ in judged}
    status = "breached" if "breached" in states else "unknown" if "unknown" in states else "met"
    return {"status": status, "burn": max(burn for _, burn in judged)}


def _readings(row: dict, allowance: Allowance) -> Iterator[tuple[str, float]]:
    if allowance.max_gap is not None:
        least = -allowance.max_gap
        yield _state(row["gap_low"], row["gap_high"], least), max(-row["gap"], 0) / allowance.max_gap
    if allowance.min_ratio is not None and row.get("ratio") is not None:
        state = _state(row["ratio_low"], row["ratio_high"], allowance.min_ratio)
        yield state, max(1 - row["ratio"], 0) / (1 - allowance.min_ratio)


def _state(low: float, high: float, least: float) -> str:
    return "met" if low >= least else "breached" if high < least else "unknown"
