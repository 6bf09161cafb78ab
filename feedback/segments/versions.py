"""Two versions side by side, safe to look at at any time."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from feedback.decompose import decompose_change
from feedback.errors import SettingsError, UnknownNameError, name_some
from feedback.segments.groups import Group, add_up_groups, compare_groups, countable, name_groups
from feedback.segments.rows import Frame
from feedback.stats.confidence_sequences import anytime_half_width

# Two points: less than that nobody notices.
MARGIN = 0.02
# Below this the variance itself is a guess, and no interval holds.
MIN_USERS = 30
_TYPES: dict[str, pl.DataType] = {
    "segment": pl.String(), "n_first": pl.Int64(), "n_second": pl.Int64(), "n_users_first": pl.Int64(),
    "n_users_second": pl.Int64(), "rate_first": pl.Float64(), "rate_second": pl.Float64(), "difference": pl.Float64(),
    "low": pl.Float64(), "high": pl.Float64(), "mix": pl.Float64(), "decision": pl.String(), "reason": pl.String(),
}  # fmt: skip


def compare_versions(
    labels: Frame,
    *,
    dimension: str,
    first: str,
    second: str,
    value: str,
    segments: Sequence[str] = (),
    margin: float = MARGIN,
    alpha: float = 0.05,
) -> pl.DataFrame:
    """Return how a second version compares with a first, over everything and per segment, and what to do.

    The intervals hold at all times together: looking every hour, and stopping when one likes, misleads in at
    most `alpha` of all comparisons, each row on its own.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction. Rows of automated sessions and labels without a value are
        left out.
    dimension, first, second
        Where the versions stand, the one in use and the new one.
    value
        Column in [0, 1], `p_good` or `score`.
    segments
        Dimensions by whose values it is also told, each on its own.
    margin
        How much worse the second may be. Also where the intervals are made to be tight, so choose it before
        looking.
    alpha
        Chance that an interval ever misses the truth.

    Returns
    -------
    pl.DataFrame
        One row for everything (`all`), then one per segment by name: labels, people, rate of each version,
        `difference` (second minus first) with `low` and `high`, clustered by user; null with under 30 people
        with either version.

        - `mix`: of everything, how much of the difference is only that the versions met a different mix of
          `segments`; null without segments
        - `decision`: `promote` when the second is surely at most `margin` worse, `roll back` when it is surely
          more than that worse, else `hold`. Everything is held while a segment is to be rolled back. `reason`
          says why

    Raises
    ------
    SchemaError
        When a column is missing.
    SettingsError
        When the margin or alpha is out of range, or both versions are the same.
    UnknownNameError
        When a version was never seen.

    Examples
    --------
    >>> rows = {"prompt": ["v1"] * 4000 + ["v2"] * 4000, "p_good": [1.0, 1, 1, 0] * 1000 + [1.0, 0] * 2000}
    >>> labels = pl.DataFrame(rows).with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))
    >>> found = compare_versions(labels, dimension="prompt", first="v1", second="v2", value="p_good")
    >>> found.select("segment", "difference", "decision").row(0)
    ('all', -0.25, 'roll back')
    """
    if not 0 < margin < 1 or not 0 < alpha < 1 or first == second:
        raise SettingsError("margin and alpha lie between 0 and 1, and the versions must differ")
    counted = countable(labels, [dimension, *segments], value=value)
    of_version = {version: counted.filter(pl.col(f"by {dimension}") == version) for version in (first, second)}
    unseen = [version for version, rows in of_version.items() if rows.is_empty()]
    if unseen:
        raise UnknownNameError(f"{name_some(unseen)} was never seen in {name_some([dimension])}")
    n_persons = counted["person"].n_unique()
    rows = []
    for columns in ([], *([name] for name in segments)):
        one, other = (add_up_groups(rows_of, name_groups(columns), n_persons) for rows_of in of_version.values())
        rows += [_row(name, one.get(name), other.get(name), margin, alpha) for name in sorted({*one, *other})]
    rows[0] |= {"mix": _mix(of_version[first], of_version[second], segments)}
    return pl.DataFrame(_hold_back(rows), schema=_TYPES)


def _row(name: str, first: Group | None, second: Group | None, margin: float, alpha: float) -> dict:
    counts = {
        f"{column}_{which}": (getattr(group, attribute) if group else empty)
        for which, group in (("first", first), ("second", second))
        for column, attribute, empty in (("n", "size", 0), ("n_users", "n_users", 0), ("rate", "rate", None))
    }
    row = {"segment": name, **counts}
    if first is None or second is None or min(first.n_users, second.n_users) < MIN_USERS:
        return row | {"decision": "hold", "reason": f"fewer than {MIN_USERS} people with either version"}
    difference = (second.rate or 0.0) - (first.rate or 0.0)
    variance, _ = compare_groups(first, second)
    half = float(anytime_half_width(max(variance, _least_variance(first, second)), tightest_at=margin, alpha=alpha))
    low, high = max(difference - half, -1.0), min(difference + half, 1.0)
    return row | {"difference": difference, "low": low, "high": high} | _decide(low, high, margin)


def _least_variance(first: Group, second: Group) -> float:
    """Return a variance that labels which happen to be equal do not fall below."""
    return sum(1 / group.size**2 for group in (first, second))


def _decide(low: float, high: float, margin: float) -> dict[str, str]:
    if low >= -margin:
        return {"decision": "promote", "reason": f"at most {100 * margin:.1f} points worse"}
    if high < -margin:
        return {"decision": "roll back", "reason": f"at least {-100 * high:.1f} points worse"}
    return {"decision": "hold", "reason": "not known well enough yet"}


def _hold_back(rows: list[dict]) -> list[dict]:
    """Return the rows, everything held while a segment is to be rolled back."""
    bad = [row["segment"] for row in rows[1:] if row["decision"] == "roll back"]
    if not bad or rows[0]["decision"] != "promote":
        return rows
    return [rows[0] | {"decision": "hold", "reason": f"roll back in {name_some(bad)}"}, *rows[1:]]


def _mix(first: pl.DataFrame, second: pl.DataFrame, segments: Sequence[str]) -> float | None:
    if not segments:
        return None
    one, other = (rows.with_columns(session_id=pl.col("person").cast(pl.String)) for rows in (first, second))
    parts = decompose_change(one, other, [f"by {name}" for name in segments], value="value")
    return float(np.asarray(parts["mix"])[0])
