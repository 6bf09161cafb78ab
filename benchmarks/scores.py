"""Proper scores of probabilities, and paired differences between methods over seeds."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata, t

Array = np.ndarray
# A method that is sure and wrong pays 13.8, not infinity.
_SUREST = 1e-6


def log_loss(p: Array, is_good: Array) -> float:
    """Return the mean of -log of the probability given to what happened."""
    sure = np.clip(p, _SUREST, 1 - _SUREST)
    return float(-np.log(np.where(is_good, sure, 1 - sure)).mean())


def brier(p: Array, is_good: Array) -> float:
    """Return the mean squared distance between probability and outcome."""
    return float(((p - is_good) ** 2).mean())


def calibration_error(p: Array, is_good: Array, *, bins: int = 10) -> float:
    """Return the expected calibration error over adaptive bins: |mean p - share good|, weighted by rows.

    Bins hold about equally many rows and never split a tie, so a constant forecast is one bin.

    Examples
    --------
    >>> calibration_error(np.array([0.5, 0.5, 0.5, 0.5]), np.array([True, False, True, True]))
    0.25
    """
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf"))
    place = np.searchsorted(edges, p, side="left")
    return float(np.abs(np.bincount(place, p - is_good)).sum() / len(p))


def auc(p: Array, is_good: Array) -> float:
    """Return the probability that a good one outranks a bad one, ties counting half; NaN with one class only."""
    n_good = int(is_good.sum())
    n_bad = len(is_good) - n_good
    if not n_good or not n_bad:
        return float("nan")
    return float((rankdata(p)[is_good].sum() - n_good * (n_good + 1) / 2) / (n_good * n_bad))


def measure(p: Array, is_good: Array) -> dict[str, float]:
    """Return all four scores by name."""
    return {
        "log_loss": log_loss(p, is_good),
        "ece": calibration_error(p, is_good),
        "auc": auc(p, is_good),
        "brier": brier(p, is_good),
    }


def interval_of_mean(values: Sequence[float] | Array) -> tuple[float, float, float]:
    """Return the mean over seeds and its 95 % t interval (NaN bounds below two values)."""
    values = np.asarray(values, float)
    if len(values) < 2:
        return float(values.mean()), float("nan"), float("nan")
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)
