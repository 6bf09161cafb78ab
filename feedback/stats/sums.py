"""Sums per group, where a group is a position."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.int64]


def add_up(values: Numbers, group: Indices, n_groups: int) -> Numbers:
    """Return the sum of the values of each group, 0 for one without any.

    Examples
    --------
    >>> add_up(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 2]), 3).tolist()
    [3.0, 0.0, 4.0]
    """
    return np.bincount(group, weights=values, minlength=n_groups).astype(np.float64, copy=False)
