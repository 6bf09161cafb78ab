"""What every label would have been worth before: a logistic regression on the dimensions and their pairs.

What is left over is what a changed mix cannot explain.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from feedback.segments.cells import Subset, combine, width
from feedback.segments.rows import Windows
from feedback.stats.additive import Factor, fit_effects
from feedback.stats.logistic import log_odds
from feedback.stats.sums import Numbers

# More than enough for some hundred effects; its error is the same before and after, and so cancels.
MOST_ROWS = 200_000
# An effect is held at 0 until some hundred labels say otherwise; what that leaves over of a rare value is the same
# before and after.
RIDGE_OF_VALUES, RIDGE_OF_PAIRS = 15.0, 20.0
# A value with less than this part of its later share was as good as new: a version that began just before the window
# ended would else set, by a handful of labels, what is expected of thousands.
AS_GOOD_AS_NEW = 0.1
MOST_DIMENSIONS_WITH_PAIRS = 12
PASSES, PASSES_OF_PAIRS = 6, 2


def expect(windows: Windows) -> tuple[Numbers, Numbers]:
    """Return the log-odds of every label before and after, as the window before would have them.

    Each dimension adds its own; pairs of them are fitted to what these leave over.
    """
    before, sizes = windows.before, windows.sizes
    every = max(before.n // MOST_ROWS, 1)
    sample = [codes[::every] for codes in before.codes]
    y = before.value[::every]
    level = log_odds(np.array([y.mean() if len(y) else 0.5]))[0]
    fitted, *said = (np.full(n, level) for n in (len(y), before.n, windows.after.n))
    for subsets, ridge, passes in _rounds(len(sizes)):
        factors = [Factor(combine(sample, sizes, subset), width(sizes, subset), ridge) for subset in subsets]
        effects = fit_effects(y, fitted, factors, passes=passes)
        for subset, factor, effect in zip(subsets, factors, effects, strict=True):
            fitted += effect[factor.codes]
            effect[_is_new(windows, subset)] = 0
            for place, window in enumerate((before, windows.after)):
                said[place] += effect[combine(window.codes, sizes, subset)]
    return said[0], said[1]


def _rounds(n_dimensions: int) -> Iterator[tuple[list[Subset], float, int]]:
    yield [(one,) for one in range(n_dimensions)], RIDGE_OF_VALUES, PASSES
    if n_dimensions <= MOST_DIMENSIONS_WITH_PAIRS:
        yield list(combinations(range(n_dimensions), 2)), RIDGE_OF_PAIRS, PASSES_OF_PAIRS


def _is_new(windows: Windows, subset: Subset) -> npt.NDArray[np.bool_]:
    """Return which codes of a subset of dimensions were hardly there before."""
    n_codes = width(windows.sizes, subset)
    before, after = (
        np.bincount(combine(window.codes, windows.sizes, subset), minlength=n_codes) / max(window.n, 1)
        for window in (windows.before, windows.after)
    )
    return before < AS_GOOD_AS_NEW * after
