"""What a level learned from a few values is taken to be: their mean, less a margin for what is not known."""

from math import sqrt

MANY = 2_000
"""values from which one standard error is margin enough; below, it takes two"""
UNIT = 2**32
"""Sums are kept in whole units of 2**-32: whole numbers add up to the same, however a log is cut."""


def margin_errors(n: float, margin_se: float) -> float:
    """Return how many standard errors are taken off a level learned from n values.

    Examples
    --------
    >>> margin_errors(2_000, 1.0), margin_errors(500, 1.0)
    (1.0, 2.0)
    """
    return margin_se if n >= MANY else 2 * margin_se


def cautious_level(n: int, total: int, squares: int, total_values: int, margin_se: float) -> float:
    """Return the mean of n residuals less the margin.

    Parameters
    ----------
    n
        How many values there were.
    total, squares, total_values
        Sums of the residuals (value minus what was expected), of their squares and of the values, in units.
    margin_se
        Standard errors to take off; twice as many under 2,000 values. The error counts two values more, a 0
        and a 1, so that a run of equal values is not taken for certainty.

    Examples
    --------
    >>> round(cautious_level(2_000, 1_700 * UNIT, 1_700 * UNIT, 1_700 * UNIT, 1.0), 4)
    0.842
    """
    mean, level = total / UNIT / n, total_values / UNIT / n
    spread = max(squares / UNIT / n - mean**2, 0.0) + (level**2 + (1 - level) ** 2) / n
    return mean - margin_errors(n, margin_se) * sqrt(spread / n)
