"""What to expect of every label and how far every segment lies off it, from the baseline the user named."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from feedback.drift.baselines import Coding, Strata, cautious_shifts, learn_expectation
from feedback.drift.drop_detector import Direction
from feedback.drift.learning import MANY
from feedback.errors import SchemaError, name_some
from feedback.stats import Indices, Numbers, add_up


@dataclass(frozen=True)
class Reference:
    """What is expected of one metric.

    Attributes
    ----------
    values
        One entry per label, NaN where nothing is known.
    expected
        The rate expected of each label; None where every series learns from its own beginning.
    margin
        The margin of each label's expectation, 0 where series have one instead.
    n_rows
        How many of the first labels it was learned from; 0 where the user gave the rates.
    margin_se
        Standard errors in the margin of a series.
    """

    values: Numbers
    expected: Numbers | None = None
    margin: Numbers | float = 0.0
    n_rows: int = 0
    margin_se: float = 1.0

    def oriented(self, rows: Indices, direction: Direction) -> tuple[Numbers, Numbers]:
        """Return values and expectations of some labels, a rise turned into a drop; 0 expected where nothing is."""
        values = self.values[rows] if direction == "drop" else 1 - self.values[rows]
        if self.expected is None:
            return values, np.zeros(len(rows))
        expected = self.expected[rows] if direction == "drop" else 1 - self.expected[rows]
        return values, expected - (self.margin[rows] if isinstance(self.margin, np.ndarray) else self.margin)

    def shifts(self, codes: Indices, n_segments: int) -> tuple[Numbers, Numbers]:
        """Return the shift and the margin of each segment, given the segment of each label."""
        if self.expected is None or not self.n_rows:
            return np.zeros(n_segments), np.zeros(n_segments)
        some = slice(0, self.n_rows)
        inside = (codes[some] >= 0) & ~np.isnan(self.values[some])
        group, values = codes[some][inside], self.values[some][inside]
        residuals = values - self.expected[some][inside]
        n = np.bincount(group, minlength=n_segments).astype(float)
        rate = add_up(values, group, n_segments) / np.maximum(n, 1)
        total, squares = (add_up(of, group, n_segments) for of in (residuals, residuals**2))
        return cautious_shifts(total, squares, n, np.where(n > 0, rate, 0.5), self.margin_se)


def refer_to_labels(values: Numbers, where: Strata, coding: Coding, *, n_rows: int, margin_se: float) -> Reference:
    """Return the reference of one metric, learned from the first `n_rows` labels."""
    known = ~np.isnan(values[:n_rows])
    first = Strata(where.codes[:, :n_rows][:, known], where.cell[:n_rows][known])
    found = learn_expectation(values[:n_rows][known], first, coding.sizes)
    return Reference(values, found.of(where, coding.sizes), 0.0, n_rows, margin_se)


def refer_to_rates(values: Numbers, labels: pl.DataFrame, rates: pl.DataFrame, *, margin_se: float) -> Reference:
    """Return the reference of one metric, given by rates per stratum.

    Parameters
    ----------
    values
        One entry per label, NaN where nothing is known.
    labels
        One row per label.
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
    if "rate" not in rates.columns or set(by) - set(labels.columns):
        raise SchemaError(f"a baseline has a column rate and dimensions of the labels, not {name_some(rates.columns)}")
    is_share = rates["rate"].is_between(0, 1).fill_null(value=False).all()
    if rates.is_empty() or not is_share or (rates.select(by).is_duplicated().any() if by else rates.height > 1):
        raise SchemaError("a baseline has one row per stratum, with a rate in [0, 1]")
    p, n = pl.col("rate"), pl.col("n").cast(pl.Float64) if "n" in rates.columns else pl.lit(None, pl.Float64)
    times = pl.when(n >= MANY).then(margin_se).otherwise(2 * margin_se)
    cautious = rates.select(*by, "rate", margin_=((p * (1 - p) / n).sqrt() * times).fill_null(0.0))
    overall = rates.select(pl.col("rate").mean()).item()
    if by:
        joined = labels.select(by).join(cautious, on=by, how="left", maintain_order="left", nulls_equal=True)
    else:
        joined = pl.concat([cautious] * labels.height) if labels.height else cautious.clear()
    expected = joined["rate"].fill_null(overall).to_numpy()
    return Reference(values, expected, joined["margin_"].fill_null(0.0).to_numpy(), 0, margin_se)
