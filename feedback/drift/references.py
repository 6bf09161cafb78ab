"""What to expect of every label and how far every segment lies off it, from the baseline the user named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.drift.baselines import Coding, Expectation, Strata, cautious_shifts, learn_expectation
from feedback.drift.drop_detector import Direction
from feedback.drift.learning import MANY
from feedback.errors import SchemaError, name_some
from feedback.stats import Indices, Numbers, add_up

_MARGIN = "margin "


class Expected(NamedTuple):
    """The rate expected of each label, and how much of it is not trusted."""

    rate: Numbers
    margin: Numbers | float = 0.0

    def oriented(self, direction: Direction) -> Numbers:
        """Return what is expected at least of the values, a rise turned into a drop."""
        return (self.rate if direction == "drop" else 1 - self.rate) - self.margin


@dataclass(frozen=True)
class Residuals:
    """How the segments of a roster did in the reference: one row each, sums over their labels.

    `total` and `squares` of what they lie off the expectation, `values` of what they are, `n` of them.
    """

    total: Numbers
    squares: Numbers
    values: Numbers
    n: Numbers

    def of(self, segment: int) -> tuple[float, float]:
        """Return total and number of one segment; 0 and 0 for one that was not in the reference."""
        return (float(self.total[segment]), float(self.n[segment])) if segment < len(self.n) else (0.0, 0.0)

    def shifts(self, n_segments: int, margin_se: float) -> tuple[Numbers, Numbers]:
        """Return the shift and the margin of each segment, those included that were not in the reference."""
        total, squares, values, n = (
            np.pad(of, (0, n_segments - len(of))) for of in (self.total, self.squares, self.values, self.n)
        )
        return cautious_shifts(total, squares, n, np.where(n > 0, values / np.maximum(n, 1), 0.5), margin_se)


@dataclass(frozen=True)
class Reference:
    """What is expected of one metric.

    Attributes
    ----------
    expectation
        Learned from the reference; None where the user gave rates, or every series learns from its own beginning.
    residuals
        By number of the roster, how its segments did in the reference.
    rates
        One row per stratum: what the user gave, with a margin.
    margin_se
        Standard errors in the margin of a series.
    """

    expectation: Expectation | None = None
    residuals: Mapping[int, Residuals] = field(default_factory=dict)
    rates: pl.DataFrame | None = None
    margin_se: float = 1.0

    @property
    def is_given(self) -> bool:
        """Whether anything is expected before a series has learned its level."""
        return self.expectation is not None or self.rates is not None

    def expected(self, labels: pl.DataFrame, where: Strata, sizes: Sequence[int]) -> Expected | None:
        """Return what is expected of each label; none where every series learns its level."""
        if self.expectation is not None:
            return Expected(self.expectation.of(where, sizes))
        return _look_up(labels, self.rates) if self.rates is not None else None

    def shifts(self, roster: int, n_segments: int) -> tuple[Numbers, Numbers]:
        """Return the shift and the margin of each segment of a roster."""
        if roster not in self.residuals:
            return np.zeros(n_segments), np.zeros(n_segments)
        return self.residuals[roster].shifts(n_segments, self.margin_se)

    def offset(self, roster: int, segment: int, direction: Direction) -> float:
        """Return how far a segment lies off the expectation in the reference, without a margin."""
        total, n = self.residuals[roster].of(segment) if roster in self.residuals else (0.0, 0.0)
        return (total if direction == "drop" else -total) / (n + 1)


def refer_to_labels(
    values: Numbers,
    where: Strata,
    coding: Coding,
    *,
    codes: Mapping[int, Indices],
    sizes: Sequence[int],
    margin_se: float,
) -> Reference:
    """Return the reference of one metric, learned from the labels before the baseline.

    Parameters
    ----------
    values
        One entry per label, NaN where nothing is known.
    where, coding
        Where each label belongs.
    codes, sizes
        By number of the roster, the segment of each label; how many segments each roster has.
    margin_se
        Standard errors in the margin, twice as many under 2,000 labels.
    """
    known = ~np.isnan(values)
    inside = Strata(where.codes[:, known], where.cell[known])
    found = learn_expectation(values[known], inside, coding.sizes)
    off = values[known] - found.of(inside, coding.sizes)
    residuals = {roster: _add_up(off, values[known], code[known], sizes[roster]) for roster, code in codes.items()}
    return Reference(found, residuals, margin_se=margin_se)


def _add_up(off: Numbers, values: Numbers, code: Indices, n_segments: int) -> Residuals:
    inside = code >= 0
    group = code[inside]
    total, squares, level = (add_up(of[inside], group, n_segments) for of in (off, off**2, values))
    return Residuals(total, squares, level, np.bincount(group, minlength=n_segments).astype(float))


def refer_to_rates(columns: Sequence[str], rates: pl.DataFrame, *, margin_se: float) -> Reference:
    """Return the reference of one metric, given by rates per stratum.

    Parameters
    ----------
    columns
        Those of the labels.
    rates
        One row per stratum: some of the dimensions, `rate` in [0, 1] and, where known, `n`, the number of labels
        behind it. A stratum that has none gets their mean. Without `n` the rates are taken at their word.
    margin_se
        Standard errors in the margin, twice as many under 2,000 labels.

    Raises
    ------
    SchemaError
        When there is no `rate` or it lies outside [0, 1], a dimension is not among the labels', or a stratum is
        there twice.
    """
    by = [name for name in rates.columns if name not in ("rate", "n")]
    if "rate" not in rates.columns or set(by) - set(columns):
        raise SchemaError(f"a baseline has a column rate and dimensions of the labels, not {name_some(rates.columns)}")
    is_share = rates["rate"].is_between(0, 1).fill_null(value=False).all()
    if rates.is_empty() or not is_share or (rates.select(by).is_duplicated().any() if by else rates.height > 1):
        raise SchemaError("a baseline has one row per stratum, with a rate in [0, 1]")
    p, n = pl.col("rate"), pl.col("n").cast(pl.Float64) if "n" in rates.columns else pl.lit(None, pl.Float64)
    times = pl.when(n >= MANY).then(margin_se).otherwise(2 * margin_se)
    margin = ((p * (1 - p) / n).sqrt() * times).fill_null(0.0)
    return Reference(rates=rates.select(*by, "rate", margin.alias(_MARGIN)), margin_se=margin_se)


def _look_up(labels: pl.DataFrame, rates: pl.DataFrame) -> Expected:
    by = [name for name in rates.columns if name not in ("rate", _MARGIN)]
    if by:
        joined = labels.select(by).join(rates, on=by, how="left", maintain_order="left", nulls_equal=True)
    else:
        joined = labels.select(pl.lit(rates["rate"][0]).alias("rate"), pl.lit(rates[_MARGIN][0]).alias(_MARGIN))
        joined = joined if joined.height == labels.height else pl.concat([joined] * labels.height)
    overall = rates["rate"].mean()
    return Expected(joined["rate"].fill_null(overall).to_numpy(), joined[_MARGIN].fill_null(0.0).to_numpy())  # pyright: ignore[reportArgumentType]
