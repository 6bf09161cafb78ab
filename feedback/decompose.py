"""Did quality change, or only what was asked: a change of the mean, split into mix, within and interaction.

With shares s and rates r of the segments before (b) and after (a), the change of the mean is

    sum (s_a - s_b) r_b          mix: the segments that were better or worse before grew or shrank
    + sum s_b (r_a - r_b)        within: the segments themselves got better or worse
    + sum (s_a - s_b)(r_a - r_b) interaction: those that grew got better or worse

References
----------
Kitagawa (1955), Components of a difference between two rates, JASA 50.
Oaxaca (1973), Male-female wage differentials in urban labor markets. Blinder (1973), Wage discrimination.
Simpson (1951), The interpretation of interaction in contingency tables, JRSS B 13.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.errors import SchemaError, SettingsError, name_some
from feedback.stats.sums import Indices, Numbers, add_up
from feedback.stats.tails import t_quantile

Frame = pl.DataFrame | pl.LazyFrame
PARTS = ("change", "mix", "within", "interaction")
EVERYTHING, NOT_RECORDED, OTHERS = "all", "(not recorded)", "(other values)"
# A rate of fewer labels than this would be taken for more certain than it is.
MIN_N = 30
_TYPES: dict[str, pl.DataType] = {
    "segment": pl.String(), "n_before": pl.Int64(), "n_after": pl.Int64(), "share_before": pl.Float64(),
    "share_after": pl.Float64(), "rate_before": pl.Float64(), "rate_after": pl.Float64(),
    **{f"{part}{end}": pl.Float64() for part in PARTS for end in ("", "_low", "_high")},
    "hides_opposite": pl.Boolean(), "words": pl.String(),
}  # fmt: skip


class _Mass(NamedTuple):
    """Labels and their values: one column per person and segment, one row per window."""

    n: Numbers
    total: Numbers
    person: Indices
    segment: Indices


class _Pull(NamedTuple):
    """How far persons move a part: each row of `_Mass` by `own`, and every label of a person by `each`.

    `each` has a row per window and a column per segment.
    """

    own: Numbers
    each: Numbers


def decompose_change(before: Frame, after: Frame, dimensions: Sequence[str], *, value: str) -> pl.DataFrame:
    """Return how much of the change of the mean is mix, how much quality within segments, and how much both.

    Parameters
    ----------
    before, after
        Table `labels` of either window: `session_id`, the dimensions, the value; `user_id` and `is_automated`
        where known. Rows of automated sessions and labels without a value are left out.
    dimensions
        Columns whose combinations of values are the segments. Those with under 30 labels in a window (and not
        none) are one segment, `(other values)`; null is `(not recorded)`.
    value
        Column in [0, 1], `p_good` or `score`.

    Returns
    -------
    pl.DataFrame
        One row for everything (`all`), then one per segment, the greatest part of the change first; none where
        a window is empty.

        - `n_before`, `n_after`, `share_before`, `share_after`, `rate_before`, `rate_after` (null without labels)
        - `change`, `mix`, `within`, `interaction` with 95 % intervals `_low`, `_high`, clustered by user (null
          under two): parts of the change of the overall mean, in points; those of the segments add up to those
          of `all`. The mix part of a segment is what its growth does to a mean of before. A segment that is new
          or gone is all mix.
        - `hides_opposite`: of everything, whether the total conceals what happened within; of a segment,
          whether it moved against the total. Judged where the intervals exclude 0. `words` says it; null if not

    Raises
    ------
    SchemaError
        When a column is missing.
    SettingsError
        When no dimension is named.

    Examples
    --------
    >>> easy, hard = [("easy", 1.0)] * 90 + [("easy", 0.0)] * 10, [("hard", 1.0)] * 40 + [("hard", 0.0)] * 60
    >>> def window(rows):
    ...     labels = pl.DataFrame(rows, schema=["intent", "p_good"], orient="row")
    ...     return labels.with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))
    >>> found = decompose_change(window(easy + hard), window(easy + hard * 3), ["intent"], value="p_good")
    >>> found.select("segment", pl.col("change", "mix", "within").round(3)).row(0)
    ('all', -0.125, -0.125, 0.0)
    """
    if not dimensions:
        raise SettingsError("name at least one dimension")
    windows = [_countable(frame, dimensions, value) for frame in (before, after)]
    if min(window.height for window in windows) == 0:
        return pl.DataFrame(schema=_TYPES)
    mass, names = _add_up(*windows)
    frame = _table(mass, names)
    order = pl.col("change").abs()
    everything, segments = frame.head(1), frame.slice(1).sort(order, "segment", descending=[True, False])
    return pl.concat([everything, segments])


def _countable(frame: Frame, dimensions: Sequence[str], value: str) -> pl.DataFrame:
    present = frame.collect_schema().names()
    missing = [name for name in ("session_id", value, *dimensions) if name not in present]
    if missing:
        raise SchemaError(f"labels need the column {name_some(missing)}; there are {name_some(present, most=20)}")
    person = pl.coalesce("user_id", "session_id") if "user_id" in present else pl.col("session_id")
    kept = ~pl.col("is_automated").fill_null(value=False) if "is_automated" in present else pl.lit(value=True)
    named = [
        pl.concat_str(pl.lit(f"{name} = "), pl.col(name).cast(pl.String).fill_null(NOT_RECORDED)) for name in dimensions
    ]
    counted = (
        frame.lazy()
        .filter(kept)
        .select(
            person=person,
            value=pl.col(value).cast(pl.Float64).fill_nan(None),
            segment=pl.concat_str(named, separator=" & "),
        )
    )
    return counted.drop_nulls("value").collect()


def _add_up(before: pl.DataFrame, after: pl.DataFrame) -> tuple[_Mass, list[str]]:
    """Return the sums per person and segment, and the names of the segments."""
    both = pl.concat([before.with_columns(window=pl.lit(0)), after.with_columns(window=pl.lit(1))])
    sizes = both.group_by("segment").agg(before=(pl.col("window") == 0).sum(), after=(pl.col("window") == 1).sum())
    few = pl.any_horizontal(pl.col("before", "after").is_between(1, MIN_N - 1))
    lumped = sizes.filter(few)["segment"]
    kept = pl.when(pl.col("segment").is_in(lumped.implode())).then(pl.lit(OTHERS)).otherwise(pl.col("segment"))
    sums = (
        both.with_columns(segment=kept)
        .group_by("segment", "person", "window")
        .agg(n=pl.len().cast(pl.Float64), total=pl.col("value").sum())
        .sort("segment", "person", "window")
    )
    names = sums["segment"].unique().sort().to_list()
    segment = sums["segment"].rank("dense").to_numpy().astype(int) - 1
    person = sums["person"].rank("dense").to_numpy().astype(int) - 1
    is_in = np.stack([sums["window"].to_numpy() == window for window in (0, 1)])
    return _Mass(is_in * sums["n"].to_numpy(), is_in * sums["total"].to_numpy(), person, segment), names


def _table(mass: _Mass, names: list[str]) -> pl.DataFrame:
    n = np.stack([add_up(row, mass.segment, len(names)) for row in mass.n])
    total = np.stack([add_up(row, mass.segment, len(names)) for row in mass.total])
    share = n / n.sum(axis=1, keepdims=True)
    mean = total.sum(axis=1) / n.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = total / n
    parts = _parts(share, np.where(n > 0, rate, rate[::-1]), mean[0])
    pulls = _pulls(mass, n, share, np.where(n > 0, rate, rate[::-1]), mean[0])
    columns: dict[str, object] = {
        "segment": [EVERYTHING, *names],
        **{f"n_{one}": np.append(row.sum(), row) for one, row in zip(("before", "after"), n, strict=True)},
        **{f"share_{one}": np.append(1.0, row) for one, row in zip(("before", "after"), share, strict=True)},
        **{f"rate_{one}": np.append(m, r) for one, m, r in zip(("before", "after"), mean, rate, strict=True)},
    }
    for part in PARTS:
        columns |= _with_interval(part, parts[part], pulls[part], mass)
    return _flag(pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None)))


def _parts(share: Numbers, rate: Numbers, mean_before: float) -> dict[str, Numbers]:
    grown, moved = share[1] - share[0], rate[1] - rate[0]
    parts = {"mix": grown * (rate[0] - mean_before), "within": share[0] * moved, "interaction": grown * moved}
    return {"change": sum(parts.values(), np.zeros(share.shape[1])), **parts}


def _pulls(mass: _Mass, n: Numbers, share: Numbers, rate: Numbers, mean_before: float) -> dict[str, _Pull]:
    """Return the influence of every person on every part, by linearisation."""
    size, at = n.sum(axis=1), mass.segment
    grown, moved = share[1] - share[0], rate[1] - rate[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        of_rate = np.nan_to_num((mass.total - rate[:, at] * mass.n) / n[:, at])
    # A segment that is new or gone has the rate of the other window in both.
    of_rate = np.where(n[:, at] > 0, of_rate, of_rate[::-1])
    of_share, of_all = mass.n / size[:, None], -share / size[:, None]
    above, zero = rate[0] - mean_before, np.zeros_like(grown)
    mix = (of_share[1] - of_share[0]) * above[at] + grown[at] * of_rate[0]
    within = of_share[0] * moved[at] + share[0][at] * (of_rate[1] - of_rate[0])
    both = (of_share[1] - of_share[0]) * moved[at] + grown[at] * (of_rate[1] - of_rate[0])
    pulls = {
        "mix": _Pull(mix, np.stack([-of_all[0] * above, of_all[1] * above])),
        "within": _Pull(within, np.stack([of_all[0] * moved, zero])),
        "interaction": _Pull(both, np.stack([-of_all[0] * moved, of_all[1] * moved])),
    }
    own, each = sum(pull.own for pull in pulls.values()), sum(pull.each for pull in pulls.values())
    return {"change": _Pull(np.asarray(own), np.asarray(each)), **pulls}


def _with_interval(name: str, part: Numbers, pull: _Pull, mass: _Mass) -> dict[str, Numbers]:
    """Return a part of everything and of each segment, with its interval."""
    n_persons, n_segments = int(mass.person.max()) + 1, len(part)
    n_of = np.stack([add_up(row, mass.person, n_persons) for row in mass.n])
    together = add_up(pull.own, mass.person, n_persons) + pull.each.sum(axis=1) @ n_of
    # Rows of one person and segment in both windows belong to one person.
    key, place = np.unique(mass.segment * n_persons + mass.person, return_inverse=True)
    own, segment = add_up(pull.own, place, len(key)), key // n_persons
    of_others = pull.each[0][segment] * n_of[0][key % n_persons] + pull.each[1][segment] * n_of[1][key % n_persons]
    n_squares = n_of @ n_of.T
    absent = np.einsum("is,ij,js->s", pull.each, n_squares, pull.each)
    squares = absent + add_up((own + of_others) ** 2 - of_others**2, segment, n_segments)
    variance = np.append((together**2).sum(), np.maximum(squares, 0)) * n_persons / max(n_persons - 1, 1)
    half = t_quantile(n_persons - 1) * np.sqrt(variance)
    middle = np.append(part.sum(), part)
    ends = (middle - half, middle + half) if n_persons > 1 else (np.full_like(middle, np.nan),) * 2
    return {name: middle, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def _flag(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table with `hides_opposite` and `words`."""
    whole = frame.row(0, named=True)
    hidden = _hidden(whole)
    is_against = _sign("change") * pl.lit(_direction(whole, "change")) < 0
    moved = _sign_of_rate()
    against = is_against & (moved == _sign("within")) & (moved != 0)
    words = pl.format(
        "{} moved against the total: from {} to {}",
        "segment", _percent(pl.col("rate_before")), _percent(pl.col("rate_after")),
    )  # fmt: skip
    is_all = pl.int_range(pl.len()) == 0
    flagged = frame.with_columns(
        hides_opposite=pl.when(is_all).then(pl.lit(hidden is not None)).otherwise(against.fill_null(value=False))
    )
    said = pl.when(is_all).then(pl.lit(hidden, pl.String)).when(pl.col("hides_opposite")).then(words)
    return flagged.with_columns(words=said).select(pl.col(name).cast(dtype) for name, dtype in _TYPES.items())


def _direction(row: dict, part: str) -> int:
    """Return 1 or -1 where the interval of a part excludes 0, else 0."""
    low, high = row[f"{part}_low"], row[f"{part}_high"]
    return 0 if low is None or low <= 0 <= high else (1 if low > 0 else -1)


def _sign(part: str) -> pl.Expr:
    low, high = pl.col(f"{part}_low"), pl.col(f"{part}_high")
    return pl.when(low > 0).then(1).when(high < 0).then(-1).otherwise(0)


def _sign_of_rate() -> pl.Expr:
    return (pl.col("rate_after") - pl.col("rate_before")).sign().cast(pl.Int64)


def _hidden(row: dict) -> str | None:
    """Return in words what the total conceals; None where it conceals nothing."""
    total, within, mix = (_direction(row, part) for part in ("change", "within", "mix"))
    if within in {0, total}:
        return None
    if total == 0 and mix != -within:
        return None
    went = "did not clearly move" if total == 0 else f"{_went(row['change'])}"
    return (
        f"the total {went}, but within the segments quality {_went(row['within'])}: the mix moved towards segments "
        f"that were {'better' if row['mix'] > 0 else 'worse'} before ({100 * row['mix']:+.1f} points)"
    )


def _went(by: float) -> str:
    return f"{'rose' if by > 0 else 'fell'} by {100 * abs(by):.1f} points"


def _percent(rate: pl.Expr) -> pl.Expr:
    return pl.format("{} %", (100 * rate).round(1))
